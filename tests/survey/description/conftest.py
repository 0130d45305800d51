"""The three roles, once a run: what is asked of them here changes nothing that another test looks at."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "registrar"))

from roles import Roles, in_roles


@pytest.fixture(scope="session")
def roles(tmp_path_factory: pytest.TempPathFactory) -> Roles:
    return in_roles(tmp_path_factory.mktemp("roles"))
