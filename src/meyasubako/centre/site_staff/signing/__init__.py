"""Pages of logging in: password, code, setting the second factor up, invitations, the own account."""
