"""The whole path from counts to a published release, attacked by someone who knows all answers but one."""
