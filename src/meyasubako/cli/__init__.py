"""The command meyasu: one verb a file."""
