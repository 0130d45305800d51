"""What a role says about its database server when it starts."""

import logging
from pathlib import Path

import pytest
from societies import founded
from sqlalchemy import URL

from host.house import House
from host.roles import check_role


def test_a_role_points_out_once_what_keeps_the_log_of_its_server(
    tmp_path: Path, database: URL, caplog: pytest.LogCaptureFixture
) -> None:
    config = founded(tmp_path / "society").folder / "subrosa.toml"
    text = config.read_text(encoding="utf-8")
    address = database.set(drivername="postgresql").render_as_string()
    config.write_text(text.replace("[intake]\n", f'[intake]\ndatabase = "{address}"\n'), encoding="utf-8")
    caplog.set_level(logging.WARNING)
    for role in ("registrar", "intake"):
        check_role(House.at(config).config, role)
    (said,) = [record.message for record in caplog.records if record.name == "subrosa"]
    assert said.startswith(
        "The database server of the intake keeps the order of arrival longer than need be: wal_recycle ("
    )
    assert str(database.database) not in said
