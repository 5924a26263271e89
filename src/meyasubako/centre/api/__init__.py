"""The programming interface over HTTP: keys with scopes, batches of mails, a result per item."""
