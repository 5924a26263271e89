"""Running analyses and queries: one interface, worker processes and DuckDB on one machine."""
