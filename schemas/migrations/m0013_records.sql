-- Records written one by one over HTTP: who asked for each change. A row of a feed has its feed instead.

ALTER TABLE immunization_version ADD COLUMN client text COLLATE "C";
