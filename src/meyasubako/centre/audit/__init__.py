"""What was done, by whom, to what: append-only events, a hash chain closed by a sealer step, no foreign keys."""
