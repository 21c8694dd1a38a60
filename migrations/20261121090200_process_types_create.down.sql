-- Takes back the process types and their prompts.
DROP TABLE prompts;
DROP TABLE process_types;
