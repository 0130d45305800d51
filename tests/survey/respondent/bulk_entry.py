"""Bulk entry of a list in one process, and what is in the box afterwards."""

from in_process import InProcessServices, Told

from survey.respondent.bulk import Entering, enter
from survey.respondent.wallet import Wallet

ROWS = 12


def records(count=ROWS):
    """A record a row that says which row it is."""
    return [bytes([row % 3, row % 6]) for row in range(count)]


def run(town, round_, tmp_path, codes, trouble=None, clients=1, answers=None, skip_failed=False, resend=False):
    services = InProcessServices(town, trouble)
    wallet = Wallet.open(tmp_path / "state.sqlite")
    told = Told()
    entering = Entering(round_.manifest, services, wallet, clients, told, skip_failed, resend)
    outcome = enter(entering, codes, records(len(codes)) if answers is None else answers)
    return outcome, services, told


def in_box(town, round_):
    """The records in the box, sorted, every ballot opened with the tally's key."""
    opened = []
    for nonce, revision, authenticator, sealed in town.box.ballots(round_.manifest.id_bytes):
        assert round_.manifest.verifier.accepts(nonce, authenticator)
        response = round_.sealing.open(sealed, round_.manifest.id_bytes, nonce)
        assert response.revision == revision
        opened.append(response.record)
    return sorted(opened)
