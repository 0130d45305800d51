"""Speed, measured as ratios taken in one run on one machine, never asserted in a test."""
