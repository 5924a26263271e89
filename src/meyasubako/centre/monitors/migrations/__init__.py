"""Migrations of the monitors' tables."""
