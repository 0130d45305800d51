"""What tests of bulk entry share: both services in this process, and a list of codes."""

import pytest
from bulk_entry import ROWS
from in_process import make_town


@pytest.fixture
def town(tmp_path, rounds, clock, spring, autumn):
    return make_town(tmp_path, rounds, clock, spring, autumn)


@pytest.fixture
def codes(town, spring):
    return town.codes(spring, ROWS)
