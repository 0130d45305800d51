"""What tests of bulk entry share: both services in this process, and a list of codes."""

import shutil

import pytest
from bulk_entry import ROWS
from in_process import make_town


@pytest.fixture
def town(tmp_path, rounds, clock, spring, autumn, empty_stores):
    shutil.copytree(empty_stores, tmp_path, dirs_exist_ok=True)
    return make_town(tmp_path, rounds, clock, spring, autumn)


@pytest.fixture
def codes(town, spring):
    return town.codes(spring, ROWS)
