"""Composes the pure rooms: observe(mail, envelope, context) -> Observation."""
