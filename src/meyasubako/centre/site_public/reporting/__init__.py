"""The pages where people report: forms by kind of violation, the receipt and what became of it, petitions."""
