"""Monitor mailboxes: addresses, classes, carriers, service dates; mail to names that never existed."""
