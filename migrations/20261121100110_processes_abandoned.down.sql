DROP FUNCTION abandoned_processes(uuid, integer);
DROP POLICY processes_unfinished ON processes;
