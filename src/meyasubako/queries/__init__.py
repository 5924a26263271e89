"""One .sql a file, in the SQL that every engine runs."""
