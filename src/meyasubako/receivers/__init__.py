"""Archives and servers that take mail in: durable first, then tables."""
