"""From the trace fields to the address that handed the mail over the trust boundary, with the reason. Pure."""
