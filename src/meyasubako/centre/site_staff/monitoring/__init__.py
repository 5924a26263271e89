"""Pages about monitor mailboxes, mail to names that do not exist, and keys of the API."""
