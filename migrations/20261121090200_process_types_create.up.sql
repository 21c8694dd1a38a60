-- What can be processed is the same for all clients: they read it, the platform writes it.

CREATE TABLE process_types (
    process_type_id text NOT NULL,
    display_name text NOT NULL,
    description text NOT NULL DEFAULT '',
    is_active boolean NOT NULL DEFAULT true,
    default_version integer,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT process_types_pkey PRIMARY KEY (process_type_id),
    CONSTRAINT process_types_id_check CHECK (process_type_id ~ '^[a-z][a-z0-9_]{0,62}$'),
    CONSTRAINT process_types_default_version_check CHECK (default_version >= 1)
);
CREATE TRIGGER process_types_updated_at BEFORE UPDATE ON process_types
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();

ALTER TABLE process_types ENABLE ROW LEVEL SECURITY;
ALTER TABLE process_types FORCE ROW LEVEL SECURITY;
CREATE POLICY process_types_read ON process_types FOR SELECT USING (true);
CREATE POLICY process_types_platform ON process_types
    USING ((SELECT current_setting('app.platform', true)) = 'on')
    WITH CHECK ((SELECT current_setting('app.platform', true)) = 'on');
GRANT SELECT, INSERT, UPDATE (display_name, description, is_active, default_version) ON process_types TO assay_app;

CREATE TABLE prompts (
    prompt_id uuid NOT NULL,
    process_type_id text NOT NULL,
    version integer NOT NULL,
    stage text NOT NULL,
    prompt_template text NOT NULL,
    model_name text NOT NULL,
    temperature numeric NOT NULL DEFAULT 0,
    max_tokens integer NOT NULL DEFAULT 4096,
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT prompts_pkey PRIMARY KEY (prompt_id),
    CONSTRAINT prompts_process_type_fkey FOREIGN KEY (process_type_id) REFERENCES process_types (process_type_id),
    CONSTRAINT prompts_version_stage_key UNIQUE (process_type_id, version, stage),
    CONSTRAINT prompts_version_check CHECK (version >= 1),
    CONSTRAINT prompts_stage_check CHECK (stage IN ('classification', 'ocr', 'validation', 'summarization')),
    CONSTRAINT prompts_temperature_check CHECK (temperature BETWEEN 0 AND 2),
    CONSTRAINT prompts_max_tokens_check CHECK (max_tokens >= 1)
);

ALTER TABLE prompts ENABLE ROW LEVEL SECURITY;
ALTER TABLE prompts FORCE ROW LEVEL SECURITY;
CREATE POLICY prompts_read ON prompts FOR SELECT USING (true);
CREATE POLICY prompts_platform ON prompts
    USING ((SELECT current_setting('app.platform', true)) = 'on')
    WITH CHECK ((SELECT current_setting('app.platform', true)) = 'on');
GRANT SELECT, INSERT, UPDATE (is_active) ON prompts TO assay_app;
