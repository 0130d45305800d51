"""Societies on disk for the tests: founded for real, entered through the real protocol, served by real processes."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import urllib3
import warm

from aggregation.wishes import Wishes
from host.folders import private_folder
from host.founding import found
from host.house import House
from host.opening import Admission, Dates, open_round
from host.ports import free_port
from survey.forms.codec import encode
from survey.forms.loading import form_from_toml
from survey.intake.box import DATABASE, BallotBox
from survey.registrar.codes import hash_code, new_code
from survey.registrar.issuing import Issuer
from survey.registrar.register import Register, Verdict
from survey.respondent.ticket import new_ticket, redeem, request_for, seal
from survey.rounds.manifest import Manifest
from survey.rounds.times import now, stamp
from survey.sealing import Status

PULSE = """
id = "pulse"
title = "Pulse"
intro = "One minute, no names."

[[page]]
title = "You"
why = "Figures are split by this."

[[page.question]]
id = "team"
kind = "choice"
label = "Team"
cohort = true
options = [{ id = "north", label = "North" }, { id = "south", label = "South" }]

[[page.question]]
id = "mood"
kind = "scale"
label = "Mood"
points = 5

[[page.question]]
id = "tools"
kind = "choices"
label = "Tools"
at_most = 2
options = [{ id = "pen", label = "Pen" }, { id = "saw", label = "Saw" }, { id = "pot", label = "Pot" }]
"""
WAIT_SECONDS = 30
CLOSE = {"Connection": "close"}  # an idle connection would keep a server from stopping at once


class Ran(NamedTuple):
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str


def subrosa(folder: Path, *arguments: object, stdin: str = "") -> Ran:
    """The command line in a process of its own, in `folder`."""
    command = [sys.executable, "-m", "host.cli", *map(str, arguments)]
    ran = warm.run(command, cwd=folder, given=stdin)
    return Ran(ran.returncode, ran.stdout, ran.stderr)


@dataclass(frozen=True)
class Society:
    """A founded society, with registrar and intake on two free ports."""

    folder: Path

    @property
    def config(self) -> Path:
        return self.folder / "subrosa.toml"

    @property
    def house(self) -> House:
        return House.at(self.config)

    @property
    def register(self) -> Register:
        """The registrar's store, as the registrar opens it."""
        return self.house.new_register()

    @property
    def box(self) -> BallotBox:
        """The intake's store, as the intake opens it."""
        return BallotBox.open(private_folder(self.folder / "intake") / DATABASE)

    def __call__(self, *arguments: object, stdin: str = "") -> Ran:
        return subrosa(self.folder, *arguments, stdin=stdin)

    def does(self, *arguments: object, stdin: str = "") -> str:
        """What a command that succeeds prints."""
        ran = self(*arguments, stdin=stdin)
        assert ran.code == 0, ran
        return ran.out

    def json(self, *arguments: object) -> Any:
        return json.loads(self.does(*arguments, "--json"))

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def url(self, role: str, path: str = "") -> str:
        return f"{getattr(self.house.config, role).url}{path}"


def founded(folder: Path, settle_seconds: int = 300) -> Society:
    """A society as `subrosa init` makes it, on free ports."""
    config = found(folder, None).config
    place_on_free_ports(config)
    text = config.read_text().replace("settle_seconds = 300", f"settle_seconds = {settle_seconds}")
    config.write_text(text)
    return Society(folder)


def place_on_free_ports(config: Path) -> None:
    text = config.read_text()
    for port in ("8000", "8001", "8002"):
        text = text.replace(f":{port}", f":{free_port()}")  # the colon, or a port found before could end like it
    config.write_text(text)


def later(**kwargs: float) -> str:
    """A time from now on, as the command line takes it."""
    return stamp(datetime.now(UTC) + timedelta(**kwargs))


def opened(society: Society, name: str = "spring", form: str = PULSE, **changes: Any) -> Manifest:
    """A round that is open now, without going through the command line."""
    dates = Dates(now().replace(microsecond=0), *[now() + timedelta(days=1)] * 2)
    wishes = {
        "respondents": 40,
        "epsilon": 3.0,
        "delta": 1e-6,
        "min_cohort": 2,
        "minimum_responses": 0,
        "usable_margin": 0.5,
        "beta": 0.05,
        "by": (),
        "split_only": (),
        "cohort_shares": {},
        "accept_imprecise": True,
    } | changes
    dates = wishes.pop("dates", dates)
    sealing_key, admission = wishes.pop("sealing_key", None), wishes.pop("admission", Admission())
    return open_round(society.house, form_from_toml(form), name, dates, Wishes(**wishes), sealing_key, admission)


class Respondent:
    """One way through the protocol, step by step, with everything kept that a test may look for."""

    def __init__(self, manifest: Manifest, record: bytes) -> None:
        self.manifest, self.record = manifest, record
        self.code = new_code()
        self.ticket = new_ticket(manifest)
        self.sealed = seal(manifest, self.ticket, 1, Status.ANSWERS, record)

    @property
    def code_hash(self) -> bytes:
        return hash_code(self.code, self.manifest.id_bytes)

    @cached_property
    def request(self) -> bytes:
        return request_for(self.manifest, self.ticket).to_bytes()

    def redeem(self, signature: bytes) -> None:
        self.token = redeem(self.manifest, self.ticket, signature)


def enter_directly(society: Society, manifest: Manifest, rows: Sequence[dict[str, Any]]) -> list[Respondent]:
    """Responses in the box as the services would have put them there, without HTTP."""
    register, box = society.register, society.box
    issuer = Issuer(society.house.issuer_key(manifest.id).read_bytes())
    respondents = [Respondent(manifest, encode(manifest.form, row)) for row in rows]
    register.add(manifest.id_bytes, [hash_code(r.code, manifest.id_bytes) for r in respondents])
    for respondent in respondents:
        code, blinded = hash_code(respondent.code, manifest.id_bytes), respondent.ticket.blinded_message
        assert register.spend(manifest.id_bytes, code, blinded) is Verdict.SIGN
        respondent.redeem(issuer.sign(blinded))
        token = respondent.token
        box.put(manifest.id_bytes, token.nonce, 1, token.authenticator, respondent.sealed)
    # A connection left open here would lose its locks when this process opens the database again.
    register.release()
    box.release()
    return respondents


def some_rows(count: int) -> list[dict[str, Any]]:
    """Answers to the pulse form."""
    return [{"team": ("north", "south")[i % 2], "mood": 1 + i % 5, "tools": ("saw",)} for i in range(count)]


def some_csv(count: int) -> str:
    """The same answers as a table."""
    lines = (f"{row['team']},{row['mood']},{';'.join(row['tools'])}" for row in some_rows(count))
    return "\n".join(("team,mood,tools", *lines)) + "\n"


@contextmanager
def serving(
    society: Society,
    *roles: str,
    flags: Sequence[str] = (),
    log: Path | None = None,
    settings: Mapping[str, str] | None = None,
) -> Iterator[Any]:
    """Each role as a process of its own, from when it answers until the block ends; yields the processes by role.

    settings: environment variables beside those of this process.
    """
    processes = {role: start(society, role, flags, log, settings) for role in roles or ("registrar", "intake")}
    try:
        for role, process in processes.items():
            wait_until_served(society, role, process)
        yield processes
    finally:
        for process in processes.values():
            process.terminate()
        for process in processes.values():
            stop(process)


def start(
    society: Society,
    role: str,
    flags: Sequence[str] = (),
    log: Path | None = None,
    settings: Mapping[str, str] | None = None,
) -> warm.Popen:
    """`serve` in a session of its own, so that it can be ended with all its children."""
    command = [sys.executable, *flags, "-m", "host.cli", "serve", "--role", role, "--config", str(society.config)]
    with (log or Path(os.devnull)).open("ab") as sink:
        return warm.Popen(
            command,
            cwd=society.folder,
            env=os.environ | dict(settings or {}),
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            start_new_session=True,
        )


def stop(process: warm.Popen) -> int:
    """Politely, then for good; then whatever children are left."""
    process.terminate()
    try:
        return process.wait(15)
    except subprocess.TimeoutExpired:
        return kill(process)


def kill(process: warm.Popen) -> int:
    """As a power cut would: the process and its children at once."""
    os.killpg(process.pid, 9)
    return process.wait(15)


def wait_until_served(society: Society, role: str, process: warm.Popen) -> None:
    until(lambda: answers(society, role) or process.poll() is not None)
    assert process.poll() is None, f"the {role} did not start"


def answers(society: Society, role: str) -> bool:
    try:
        urllib3.request("GET", society.url(role, "/"), headers=CLOSE, retries=False, timeout=2)
    except urllib3.exceptions.HTTPError:
        return False
    return True


def until(condition: Any, seconds: float = WAIT_SECONDS) -> None:
    """Wait for something that another process does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)
