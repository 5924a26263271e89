"""Settings, addresses and wiring of the Django project."""
