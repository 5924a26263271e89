"""Fingerprint of a body, similarity, and the deterministic grouping step. Pure."""
