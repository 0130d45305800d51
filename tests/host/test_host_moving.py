"""`subrosa database move`: a society goes on with its rounds on a server."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from servers import Postgres
from societies import founded, opened
from sqlalchemy import URL

from host.cli.program import main, program
from host.house import House
from host.keys import KeyMissing
from host.moving import PARTIES, CannotMove, move
from host.opening import OpeningError
from host.roles import check_role
from privacy.errors import LedgerUnavailable
from storage.moved import Moved, aside
from storage.opening import DatabaseUnavailable
from survey.registrar.register import CodeCounts, Verdict

ROUND = b"r" * 32
OPENS = {"registrar": House.new_register, "intake": House.ballot_box, "tally": House.new_ledger}


def address(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A society whose registrar, intake and tally each have something."""
    society = founded(tmp_path / "society")
    register, box = society.register, society.box
    register.add(ROUND, [bytes([n]) * 32 for n in range(5)])
    assert register.spend(ROUND, bytes(32), b"m") is Verdict.SIGN
    box.put(ROUND, b"n" * 32, 1, b"a" * 256, b"sealed")
    register.release()
    box.release()
    return society.folder / "subrosa.toml"


@pytest.fixture(scope="module")
def databases(postgres: Postgres) -> Iterator[dict[str, URL]]:
    made = {party: postgres.new_database() for party in PARTIES}
    yield made
    for url in made.values():
        postgres.drop(url)


@pytest.fixture
def urls(postgres: Postgres, databases: dict[str, URL]) -> dict[str, str]:
    for url in databases.values():
        postgres.empty(url)
    return {party: address(url) for party, url in databases.items()}


def write(config: Path, party: str, url: str) -> None:
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace(f"[{party}]\n", f'[{party}]\ndatabase = "{url}"\n'), encoding="utf-8")


def test_every_party_moves_and_goes_on_where_it_was(config: Path, urls: dict[str, str]) -> None:
    with House.at(config).ledger().transaction() as transaction:
        transaction.record("one", "measured", 0.001, b"{}")
    before = House.at(config).ledger().entries()
    for party in PARTIES:
        done = CliRunner().invoke(program, ["database", "move", party, "--to", urls[party], "--config", str(config)])
        assert done.exit_code == 0, done.output
        assert f'database = "{urls[party]}"' in done.output
        assert f"under [{party}]" in done.output
        with pytest.raises(Moved):  # until the config says where it is now
            {"registrar": House.new_register, "intake": House.ballot_box, "tally": House.new_ledger}[party](
                House.at(config)
            )
        write(config, party, urls[party])
    house = House.at(config)
    register, box = house.register(), house.ballot_box()
    assert register is not None
    assert box is not None
    assert register.counts(ROUND) == CodeCounts(5, 1, 0)
    assert register.spend(ROUND, bytes(32), b"other") is Verdict.USED
    assert [sealed for *_, sealed in box.ballots(ROUND)] == [b"sealed"]
    assert house.ledger().entries() == before
    register.release()
    box.release()
    with pytest.raises(CannotMove, match="on a server already"):
        move(house, "intake", urls["intake"])


def test_a_move_that_was_interrupted_is_finished_by_running_it_again(
    config: Path, urls: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(_file: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("host.moving.put_aside", killed)
        with pytest.raises(KeyboardInterrupt):
            move(House.at(config), "intake", urls["intake"])
    moved = move(House.at(config), "intake", urls["intake"])
    assert moved.rows == 1
    assert moved.old == aside(config.parent / "intake" / "intake.sqlite")
    assert moved.old.exists()


def test_what_cannot_be_moved_is_refused_and_stays(config: Path, urls: dict[str, str]) -> None:
    with pytest.raises(CannotMove, match="postgresql://"):
        move(House.at(config), "intake", "mysql://x/y")
    write(config, "registrar", urls["registrar"])
    with pytest.raises(CannotMove, match="one each"):
        move(House.at(config), "intake", urls["registrar"])
    (config.parent / "intake" / "intake.sqlite").rename(config.parent / "elsewhere")
    (config.parent / "tally" / "tally.sqlite").rename(config.parent / "elsewhere-too")
    for party in ("intake", "tally"):
        with pytest.raises(KeyMissing):
            move(House.at(config), party, urls[party])


def test_a_society_that_names_a_server_before_its_first_round_begins_its_ledger_there(
    tmp_path: Path, urls: dict[str, str]
) -> None:
    society = founded(tmp_path / "society")
    file = society.folder / "tally" / "tally.sqlite"
    for party in PARTIES:
        write(society.config, party, urls[party])
    assert file.exists()
    manifest = opened(society)
    assert not file.exists()
    assert aside(file).exists()
    assert House.at(society.config).ledger().entries() == ()
    assert House.at(society.config).rounds.ids() == [manifest.id]


def test_a_ledger_that_may_have_been_used_is_never_begun_anew_on_a_server(tmp_path: Path, urls: dict[str, str]) -> None:
    """The server's name may be wrong, or its database lost: then an empty ledger would be a fresh budget."""
    used = {
        "round": opened,
        "measured": lambda society: put(society.folder / "measured" / f"{'0' * 64}.json"),
        "released": lambda society: put(society.folder / "releases" / "one"),
        "marked": lambda society: put(society.house.answer_marks / "one"),
        "moved": lambda society: put(aside(society.house.ledger_file)),
        "charged": lambda society: charge_one(society.house),  # last: it is moved at its end
    }
    for why, use in used.items():
        society = founded(tmp_path / why)
        use(society)
        plain_config = society.config.read_text(encoding="utf-8")
        write(society.config, "tally", urls["tally"])
        house = House.at(society.config)
        assert not house.has_tally(), why
        for refused in (house.ledger, lambda society=society: opened(society, "other")):
            with pytest.raises((KeyMissing, OpeningError), match=r"take `database` out of \[tally\].* move tally --to"):
                refused()
        with pytest.raises(CannotMove, match=r"take `database` out of \[tally\].* move tally --to"):
            move(house, "tally", urls["tally"])
        assert house.ledger_file.exists(), why
        if why == "charged":  # what the sentence advises helps
            society.config.write_text(plain_config, encoding="utf-8")
            move(society.house, "tally", urls["tally"])
            write(society.config, "tally", urls["tally"])
            assert len(society.house.ledger().entries()) == 1


def charge_one(house: House) -> None:
    with house.ledger().transaction() as transaction:
        transaction.record("one", "measured", 0.001, b"{}")


def put(path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    path.touch()


def test_an_unused_ledger_whose_file_is_gone_or_damaged_is_not_begun_on_a_server(
    tmp_path: Path, urls: dict[str, str]
) -> None:
    for content, error in ((None, KeyMissing), (b"", KeyMissing), (b"not a database at all" * 100, LedgerUnavailable)):
        society = founded(tmp_path / str(error.__name__ if content else content))
        house = society.house
        house.ledger_file.unlink()
        if content is not None:
            house.ledger_file.write_bytes(content)
        write(society.config, "tally", urls["tally"])
        with pytest.raises(error):
            House.at(society.config).ledger()
        with pytest.raises(error):
            House.at(society.config).ledger()


def test_a_server_that_does_not_answer_is_one_sentence_without_its_address(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = config.parent / "secretplace"
    for party in PARTIES:
        write(config, party, f"postgresql:///secret{party}?host={secret}")
    with pytest.raises(SystemExit) as stopped:
        main(["ledger", "--config", str(config)])
    said = capsys.readouterr().err
    assert (stopped.value.code, said.count("\n")) == (2, 1)
    assert "Nothing answers there" in said
    assert "secret" not in said
    for role in ("registrar", "intake"):  # before a server forks, so that it is told and not only seen to fail
        with pytest.raises(DatabaseUnavailable, match=role):
            check_role(House.at(config).config, role)
