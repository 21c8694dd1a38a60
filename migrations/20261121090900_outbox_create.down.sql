-- Takes back the outbox and the named types of docsafe-integration.md.
DROP TABLE docsafe_event_outbox;
DROP TYPE docsafe_actor_type;
DROP TYPE docsafe_share_backend;
DROP TYPE docsafe_proof_status;
DROP TYPE docsafe_storage_backend;
