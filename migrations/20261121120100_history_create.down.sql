-- Takes back what is remembered of documents.
DROP TABLE known_values;
DROP TABLE document_values;
DROP TABLE document_simhashes;
DROP TABLE document_fingerprints;
