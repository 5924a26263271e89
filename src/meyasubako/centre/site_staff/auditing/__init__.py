"""Pages about the audit log, for auditors."""
