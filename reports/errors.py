"""The one error of this room."""


class ReleaseError(ValueError):
    """A release that cannot be made, or does not hold together; one sentence that says why."""
