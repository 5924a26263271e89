"""Outlook's .msg files: a compound file of MAPI properties, read here and put together as a mail again."""
