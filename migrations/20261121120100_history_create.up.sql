-- What plugins wanted remembered of a client's documents, for `history` of wit/plugin-v1. Written in the transaction
-- that stores the verdict, under advisory locks that make the ordinals gapless; rows are only ever added.

-- `nth` numbers the documents that bear a fingerprint, and `first_seen` is the earliest time among them up to this one:
-- how often and since when are read from the newest row.
CREATE TABLE document_fingerprints (
    client_id uuid NOT NULL,
    name text NOT NULL,
    value text NOT NULL,
    nth bigint NOT NULL,
    document_id uuid NOT NULL,
    process_id uuid NOT NULL,
    seen_at timestamptz NOT NULL,
    first_seen timestamptz NOT NULL,
    CONSTRAINT document_fingerprints_pkey PRIMARY KEY (client_id, name, value, nth),
    CONSTRAINT document_fingerprints_document_fkey
        FOREIGN KEY (client_id, document_id) REFERENCES documents (client_id, document_id),
    CONSTRAINT document_fingerprints_process_fkey
        FOREIGN KEY (client_id, process_id) REFERENCES processes (client_id, process_id),
    CONSTRAINT document_fingerprints_name_check CHECK (octet_length(name) BETWEEN 1 AND 64),
    CONSTRAINT document_fingerprints_value_check CHECK (octet_length(value) BETWEEN 1 AND 256),
    CONSTRAINT document_fingerprints_nth_check CHECK (nth >= 1),
    CONSTRAINT document_fingerprints_first_seen_check CHECK (first_seen <= seen_at)
);
CREATE INDEX document_fingerprints_document_idx ON document_fingerprints (client_id, document_id);

ALTER TABLE document_fingerprints ENABLE ROW LEVEL SECURITY;
ALTER TABLE document_fingerprints FORCE ROW LEVEL SECURITY;
CREATE POLICY document_fingerprints_tenant ON document_fingerprints
    USING (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid))
    WITH CHECK (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid));
GRANT SELECT, INSERT ON document_fingerprints TO assay_app;

-- The 64 bits with their four quarters: fingerprints that differ in d bits agree in one quarter up to d / 4 bits, so
-- that the few values a quarter may have are looked up in its index.
CREATE TABLE document_simhashes (
    client_id uuid NOT NULL,
    name text NOT NULL,
    document_id uuid NOT NULL,
    bits bigint NOT NULL,
    quarter_0 integer NOT NULL,
    quarter_1 integer NOT NULL,
    quarter_2 integer NOT NULL,
    quarter_3 integer NOT NULL,
    process_id uuid NOT NULL,
    seen_at timestamptz NOT NULL,
    CONSTRAINT document_simhashes_pkey PRIMARY KEY (client_id, name, document_id, bits),
    CONSTRAINT document_simhashes_document_fkey
        FOREIGN KEY (client_id, document_id) REFERENCES documents (client_id, document_id),
    CONSTRAINT document_simhashes_process_fkey
        FOREIGN KEY (client_id, process_id) REFERENCES processes (client_id, process_id),
    CONSTRAINT document_simhashes_name_check CHECK (octet_length(name) BETWEEN 1 AND 64),
    CONSTRAINT document_simhashes_quarters_check CHECK (
        quarter_0 = bits & 65535 AND quarter_1 = (bits >> 16) & 65535
        AND quarter_2 = (bits >> 32) & 65535 AND quarter_3 = (bits >> 48) & 65535
    )
);
CREATE INDEX document_simhashes_quarter_0_idx ON document_simhashes (client_id, name, quarter_0);
CREATE INDEX document_simhashes_quarter_1_idx ON document_simhashes (client_id, name, quarter_1);
CREATE INDEX document_simhashes_quarter_2_idx ON document_simhashes (client_id, name, quarter_2);
CREATE INDEX document_simhashes_quarter_3_idx ON document_simhashes (client_id, name, quarter_3);

ALTER TABLE document_simhashes ENABLE ROW LEVEL SECURITY;
ALTER TABLE document_simhashes FORCE ROW LEVEL SECURITY;
CREATE POLICY document_simhashes_tenant ON document_simhashes
    USING (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid))
    WITH CHECK (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid));
GRANT SELECT, INSERT ON document_simhashes TO assay_app;

CREATE TABLE document_values (
    client_id uuid NOT NULL,
    document_id uuid NOT NULL,
    subject text NOT NULL,
    field text NOT NULL,
    value text NOT NULL,
    process_id uuid NOT NULL,
    seen_at timestamptz NOT NULL,
    CONSTRAINT document_values_pkey PRIMARY KEY (client_id, document_id, subject, field, value),
    CONSTRAINT document_values_document_fkey
        FOREIGN KEY (client_id, document_id) REFERENCES documents (client_id, document_id),
    CONSTRAINT document_values_process_fkey
        FOREIGN KEY (client_id, process_id) REFERENCES processes (client_id, process_id),
    CONSTRAINT document_values_subject_check CHECK (octet_length(subject) BETWEEN 1 AND 256),
    CONSTRAINT document_values_field_check CHECK (octet_length(field) BETWEEN 1 AND 64),
    CONSTRAINT document_values_value_check CHECK (octet_length(value) BETWEEN 1 AND 256)
);
CREATE INDEX document_values_subject_idx ON document_values (client_id, subject, field, value, seen_at DESC);

ALTER TABLE document_values ENABLE ROW LEVEL SECURITY;
ALTER TABLE document_values FORCE ROW LEVEL SECURITY;
CREATE POLICY document_values_tenant ON document_values
    USING (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid))
    WITH CHECK (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid));
GRANT SELECT, INSERT ON document_values TO assay_app;

-- The sums of document_values, kept with each document: a supplier with 100,000 invoices has few accounts.
CREATE TABLE known_values (
    client_id uuid NOT NULL,
    subject text NOT NULL,
    field text NOT NULL,
    value text NOT NULL,
    documents bigint NOT NULL,
    first_seen timestamptz NOT NULL,
    last_seen timestamptz NOT NULL,
    CONSTRAINT known_values_pkey PRIMARY KEY (client_id, subject, field, value),
    CONSTRAINT known_values_client_fkey FOREIGN KEY (client_id) REFERENCES clients (client_id),
    CONSTRAINT known_values_documents_check CHECK (documents >= 1),
    CONSTRAINT known_values_seen_check CHECK (first_seen <= last_seen)
);
CREATE INDEX known_values_frequent_idx ON known_values (client_id, subject, field, documents DESC, value);

ALTER TABLE known_values ENABLE ROW LEVEL SECURITY;
ALTER TABLE known_values FORCE ROW LEVEL SECURITY;
CREATE POLICY known_values_tenant ON known_values
    USING (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid))
    WITH CHECK (client_id = (SELECT nullif(current_setting('app.current_client_id', true), '')::uuid));
GRANT SELECT, INSERT, UPDATE (documents, first_seen, last_seen) ON known_values TO assay_app;
