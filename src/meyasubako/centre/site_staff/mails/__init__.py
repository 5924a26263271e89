"""Pages about mails: searching them and reading one. What is shown of a mail is decided in ``reading``."""
