"""The officers' site: queue, search, reading mail safely. A process and a host of its own."""
