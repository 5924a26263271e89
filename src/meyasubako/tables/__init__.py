"""Arrivals, evidence, observations: schema, durable append, feed, read, compact."""
