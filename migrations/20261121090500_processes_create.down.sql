-- Takes back processes and documents, with their bytes.
DROP TABLE documents;
DROP TABLE document_contents;
DROP TABLE process_releases;
DROP TABLE processes;
