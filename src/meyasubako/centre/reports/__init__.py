"""Reports and petitions from people: receipts, holding pen, outcomes; a reporter's identity apart from the report."""
