"""Pulls mail out of IMAP mailboxes (RFC 9051): each mail once, and nothing changed on the server unless told."""
