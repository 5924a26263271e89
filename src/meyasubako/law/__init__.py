"""Regimes as dated data; one check a file; penalties and deadlines. Pure."""
