"""What a report and a petition are, without a framework: kinds, receipt numbers, states, routing, automatic mail."""
