"""Meyasubako (目安箱): an anti-spam centre as software."""

__version__ = "0.1.0"
