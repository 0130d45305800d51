"""Synthetic records of a release: drawn from a model of its noisy measurements, so that no row is a person."""
