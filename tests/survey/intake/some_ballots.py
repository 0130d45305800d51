"""Two rounds and a ballot for tests of the box."""

ROUND, OTHER = ROUNDS = b"r" * 32, b"o" * 32
TOKEN = b"a" * 256
NONCE = b"n" * 32


def content(box, round_id=ROUND):
    """Revision and sealed bytes of every ballot, in the order of nonces."""
    return [(revision, sealed) for _, revision, _, sealed in box.ballots(round_id)]
