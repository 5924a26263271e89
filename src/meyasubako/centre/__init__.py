"""The Django project: everything that changes, and every page."""
