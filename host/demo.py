"""The main job on real input, for `make demo`: a whole round with the respondents of a public survey.

Every respondent is verified by a code, gets a blind-signed token, seals her answers and hands them in over HTTP to
two server processes; then the round is closed, tallied, published and verified, just as a host would do it.
"""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from math import exp
from pathlib import Path
from typing import Final

import click
import urllib3
from rich.console import Console
from rich.table import Table

from aggregation.wishes import Wishes
from host.cli.show import bars
from host.demo_surveys import SURVEYS, Survey
from host.entering import EntryFiles, enter_file
from host.founding import found
from host.house import House
from host.in_words import verdict_in_words
from host.inviting import make_invitations
from host.keys import read_signing_key
from host.lifecycle import close
from host.opening import Dates, open_round
from host.ports import free_port
from host.publishing import Publication, publish_round
from host.supervising import start_role, stop_all
from host.tallying import TallyOutcome, run_tally
from reports.checking.verdict import Verdict
from reports.checking.verify import verify_release
from reports.signing import fingerprint
from survey.forms.loading import bundled
from survey.rounds.manifest import Manifest
from survey.rounds.times import now

FOLDER: Final = Path("demo")
EPSILON: Final = 3.0
DELTA: Final = 1e-6
CLIENTS: Final = 8
SERVICES: Final = ("registrar", "intake")  # the demonstration opens no pages


@dataclass(slots=True)
class Clocked:
    """Seconds spent in each phase."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def phase(self, title: str) -> Iterator[None]:
        start = time.monotonic()
        yield
        self.seconds[title] = time.monotonic() - start


def prepare(folder: Path) -> House:
    """A fresh society with registrar, intake and site on three free ports of this machine."""
    shutil.rmtree(folder, ignore_errors=True)
    founded = found(folder, None)
    text = founded.config.read_text(encoding="utf-8").replace("Our society", "Demonstration society")
    for port in ("8000", "8001", "8002"):
        text = text.replace(f":{port}", f":{free_port()}")  # the colon, or a port found before could end like it
    founded.config.write_text(text, encoding="utf-8")
    return House.at(founded.config)


def open_demo_round(house: House, survey: Survey, respondents: int) -> Manifest:
    opens = now().replace(microsecond=0)
    closes = opens + timedelta(days=7)
    wishes = Wishes(
        respondents=respondents,
        epsilon=EPSILON,
        delta=DELTA,
        min_cohort=10,
        # A short demonstration must not end at the gate because of the noise in its few responses.
        minimum_responses=30 if respondents >= 120 else 0,
        usable_margin=0.15,
        beta=0.05,
        by=survey.by,
        split_only=(),
        cohort_shares={},
        accept_imprecise=True,  # a short demonstration shows as well what few respondents cannot carry
    )
    return open_round(house, bundled(survey.form), survey.form, Dates(opens, closes, closes), wishes, None)


@contextmanager
def serving(house: House, manifest: Manifest) -> Iterator[None]:
    """Registrar and intake as two processes, until the block ends."""
    children = [start_role(role, house.config.root / "subrosa.toml") for role in SERVICES]
    try:
        for role in SERVICES:
            _wait_for(f"{manifest.service(role).url}/v1/rounds/{manifest.id}/manifest")
        yield
    finally:
        stop_all(children)


def _wait_for(url: str) -> None:
    for _ in range(150):
        try:
            if urllib3.request("GET", url, retries=False, timeout=2).status == 200:
                return
        except urllib3.exceptions.HTTPError:
            pass
        time.sleep(0.1)
    raise click.ClickException("A service did not start; run `subrosa serve --config demo/subrosa.toml` to see why.")


def run(survey: Survey, respondents: int | None, say: Callable[[str], None]) -> int:
    """The whole demonstration; returns the exit code."""
    clocked, folder = Clocked(), FOLDER.resolve()
    with clocked.phase("Load the survey"):
        rows = survey.rows()[:respondents]
    with clocked.phase("Found the society, open the round"):
        house = prepare(folder)
        manifest = open_demo_round(house, survey, len(rows))
        published = house.rounds.find(manifest.id)
        survey.write(folder / "answers.csv", rows)
        codes = make_invitations(house, published, len(rows), links=True)
        (folder / "links.txt").write_text("\n".join(codes) + "\n", encoding="utf-8")
    say(f"{len(rows)} respondents of {survey.title} answer round {manifest.id[:12]}…")
    with serving(house, manifest), bars() as progress, clocked.phase("Tokens, sealing, submission over HTTP"):
        url = f"{manifest.service('intake').url}/v1/rounds/{manifest.id}/manifest"
        files = (folder / "links.txt", folder / "answers.csv", folder / "answers.state")
        entered = enter_file(EntryFiles(url, *files), CLIENTS, progress)
    if entered.failures or entered.sent != len(rows):
        say(f"{len(entered.failures)} responses did not go through; the first because: {entered.failures[0].reason}")
        return 1
    with clocked.phase("Close the round"):
        close(house, published, now(), early=True)
    with bars() as progress, clocked.phase("Open, count, measure, destroy"):
        outcome = run_tally(house, manifest, None, progress)
    with clocked.phase("Publish"):
        release, _ = publish_round(house, house.rounds.find(manifest.id), Publication())
    with clocked.phase("Verify"):
        verdict = verify_release(release, _own_fingerprint(house))
    for leftover in files:
        leftover.unlink()
    _summary(survey, manifest, outcome, (release, verdict), clocked)
    return 0 if outcome.measurement.complete and verdict.whole else 1


def _own_fingerprint(house: House) -> str:
    """Of the host's own key, not of the one in the release, which would vouch for itself."""
    return fingerprint(read_signing_key(house.signing_key).public_key())


def _summary(
    survey: Survey, manifest: Manifest, outcome: TallyOutcome, published: tuple[Path, Verdict], clocked: Clocked
) -> None:
    console, promise, (release, verdict) = Console(), manifest.promise, published
    table = Table("phase", "seconds", title="Where the time went")
    for title, seconds in clocked.seconds.items():
        table.add_row(title, f"{seconds:.1f}")
    console.print(table)
    counted = outcome.inspection.counted if outcome.inspection else 0
    console.print(f"{counted} responses were counted, none of them is kept: key and ballots are destroyed.")
    console.print(
        f"Released: {len(outcome.measurement.tables)} noised tables ({len(manifest.form.questions)} questions, for "
        f"everyone and by {survey.by_words}), and all raw noisy measurements."
    )
    console.print(
        f"Privacy: (epsilon {promise.epsilon:g}, delta {promise.delta:g}). Whatever anyone concludes from the release "
        f"would have been at most {exp(promise.epsilon):.0f} times more or less likely had any one person not taken "
        f"part, save with a chance of about one in {1 / promise.delta:,.0f}."
    )
    console.print(verdict_in_words(verdict))
    console.print(f"The report to read: {release / 'index.html'}", soft_wrap=True)


@click.command()
@click.option("--survey", type=click.Choice(list(SURVEYS)), default="stackoverflow", help="Whose answers.")
@click.option("--respondents", default="all", help="How many of the survey's respondents; all if left out.")
def main(survey: str, respondents: str) -> None:
    """Run a whole round on real survey data, in ./demo."""
    if respondents != "all" and not (respondents.isdigit() and int(respondents) > 0):
        raise click.UsageError("RESPONDENTS is a whole number above zero, or 'all'.")
    sys.exit(run(SURVEYS[survey], None if respondents == "all" else int(respondents), click.echo))


if __name__ == "__main__":
    main()
