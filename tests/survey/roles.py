"""Each role as an app, with one open round, its codes and tokens, and a published release."""

from dataclasses import dataclass, field
from pathlib import Path

from a_release import released, withdrawn
from a_round import DURING, Round, SetClock, changed, make_round
from flask import Flask
from mail_worlds import PostOffice

from survey.description.operations import Described
from survey.intake.app import create_app as new_intake
from survey.intake.box import BallotBox
from survey.intake.description import INTAKE
from survey.pages.app import create_app as new_site
from survey.pages.description import SITE
from survey.pages.site import Site
from survey.registrar.app import create_app as new_registrar
from survey.registrar.codes import hash_code, new_code
from survey.registrar.description import REGISTRAR
from survey.registrar.mail_counter import MailCounter
from survey.registrar.mail_desk import MailDesk
from survey.registrar.mail_keys import MailKey
from survey.registrar.register import Register
from survey.rounds.eligibility import Eligibility, MailEligibility
from survey.rounds.folder import RoundsFolder

ORIGIN = "https://site.example"


@dataclass
class Roles:
    """codes: valid ones of `open`, which takes mail too. published: a round whose release is there."""

    apps: dict[str, Flask]
    open: Round
    published: Round
    gone: Round
    codes: list[str] = field(repr=False)


DESCRIBED: dict[str, Described] = {"registrar": REGISTRAR, "intake": INTAKE, "site": SITE}


def in_roles(folder: Path, codes: int = 6) -> Roles:
    """All three, with stores in a folder."""
    both = Eligibility(True, MailEligibility(free_mail=False))
    opened = changed(make_round("spring"), eligibility=both)
    published = changed(make_round("winter"), opens=DURING.replace(year=2025), closes=DURING)
    gone = changed(make_round("ancient"), opens=DURING.replace(year=2025), closes=DURING)
    rounds = RoundsFolder(folder / "rounds")
    for one in (opened, published, gone):
        rounds.add(one.served)
    released(folder / "releases", published, more="A file.")
    withdrawn(folder / "releases", gone)
    register = Register.open(folder / "registrar.sqlite")
    given = [new_code() for _ in range(codes)]
    register.add(opened.manifest.id_bytes, [hash_code(code, opened.manifest.id_bytes) for code in given])
    clock, issuers = SetClock(), {opened.manifest.id: opened.issuer}
    keys = {opened.manifest.id: MailKey.generate()}
    mail = MailCounter(MailDesk(register.passes, PostOffice(), clock), register.passes, keys.get)
    apps = {
        "registrar": new_registrar(rounds, register, issuers.get, clock, ORIGIN, mail),
        "intake": new_intake(rounds, BallotBox.open(folder / "intake.sqlite"), clock, ORIGIN),
        "site": new_site(Site("The Society", "hello", ORIGIN), rounds, folder / "releases", clock),
    }
    return Roles(apps, opened, published, gone, given)
