-- Takes back notifications and output actions.
DROP TABLE output_actions;
DROP TABLE notifications;
