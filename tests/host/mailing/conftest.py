"""What tests of invitations by mail share: a mail server whose mails can be read, and whom to write to."""

import pytest
from invitations import members, use
from post_office import post_office
from societies import opened


@pytest.fixture
def office():
    with post_office() as opened_office:
        yield opened_office


@pytest.fixture
def spring(society, office, monkeypatch):
    """An open round, a list of eight members, and a mail server."""
    monkeypatch.chdir(society.folder)
    society.write("members.csv", "\n".join(members(8)) + "\n")
    use(society, office)
    return opened(society)
