"""Pages about accounts and organisations, for administrators."""
