"""The one door out: exact counts become one paid-for, stored measurement; the rest is post-processing."""
