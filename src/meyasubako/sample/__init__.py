"""A seeded generator of mail with ground truth: demo, tests, benchmarks."""
