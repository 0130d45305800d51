"""Precision at an equal privacy budget, ours beside others', measured and never asserted in a test."""
