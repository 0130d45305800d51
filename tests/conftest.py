"""What every test has: properties are tried without a deadline, because how fast a machine is proves nothing."""

from hypothesis import settings

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
