"""Rounds by mail on the command line: what can be promised, who is entered, what is said, and what is refused."""

import stat

import pytest
from a_round import issuer_of
from societies import PULSE, later, opened

from host.opening import Admission
from survey.registrar.issuing import Issuer
from survey.registrar.mail_addresses import read_address
from survey.registrar.mail_keys import NO_DOMAIN
from survey.registrar.passes import Grant, MailCounts
from survey.rounds.eligibility import Eligibility, MailEligibility
from survey.rounds.folder import RoundsFolder

MAIL = '[mail]\nhost = "127.0.0.1"\nport = 2525\nsecurity = "none"\nsender = "post@letters.example"\n'
OPEN = ("round", "open", "--form", "pulse.toml", "--name", "spring", "--respondents", 40, "--minimum-responses", 0)
LIST = "ana.marked@a.example\nBen <ben>\n\neva@b.example\nmarked at c.example\n"


@pytest.fixture(autouse=True)
def in_the_society(society, monkeypatch):
    monkeypatch.chdir(society.folder)
    society.write("pulse.toml", PULSE)


@pytest.fixture(autouse=True)
def one_token_key(monkeypatch):
    """A key takes long to draw, and here nothing depends on which it is."""
    key = issuer_of("host")
    monkeypatch.setattr(Issuer, "generate", lambda: key)


@pytest.fixture
def with_mail(society):
    society.write("subrosa.toml", f"{society.config.read_text()}\n{MAIL}")


def refuses(ran, *words):
    assert (ran.code, ran.out) == (2, ""), ran
    (sentence,) = ran.err.splitlines()
    assert "Traceback" not in sentence
    for word in words:
        assert word in sentence, sentence


def open_by_mail(ask, *options):
    return ask(*OPEN, "--closes", later(days=1), *options)


@pytest.mark.usefixtures("with_mail")
def test_a_round_by_mail_promises_what_was_asked_for_and_says_it_in_words(ask, society):
    society.write("list.csv", "address,name\nana@a.example,Ana\nEva+x@B.example,Eva\nana@A.example,again\n")
    options = ("--verify", "mail", "--mail-domain", "B.example", "--mail-domain", "a.example")
    ran = open_by_mail(ask, *options, "--refuse-free-mail", "--per-domain", 5, "--members", "list.csv")
    assert ran.code == 0, ran
    manifest = society.house.rounds.find("spring").manifest
    limits = MailEligibility(("a.example", "b.example"), members_only=True, free_mail=False, per_domain=5)
    assert manifest.eligibility == Eligibility(False, limits)
    said = ask("round", "show", "spring").out
    assert (
        "Who may take part: whoever reads a code mailed to an address that was entered as a member's at a.example or "
        "b.example, but not at a well-known free provider; at most 5 passes a domain."
    ) in said
    assert "Passes by mail: 0 given; members entered: 2" in said
    key = society.house.mail_key(manifest.id)
    assert (len(key.read_bytes()), stat.S_IMODE(key.stat().st_mode)) == (32, 0o600)


@pytest.mark.usefixtures("with_mail")
@pytest.mark.parametrize(
    ("options", "warned"),
    [
        (("--per-domain", 5), True),
        (("--per-domain", 5, "--refuse-free-mail"), False),
        (("--per-domain", 5, "--mail-domain", "a.example"), False),
        (("--per-domain", 5, "--members", "list.csv"), False),
        ((), False),
    ],
    ids=str,
)
def test_a_cap_that_all_users_of_a_free_provider_share_is_warned_of(ask, society, options, warned):
    society.write("list.csv", "ana@a.example\n")
    ran = open_by_mail(ask, "--verify", "mail", *options)
    assert ran.code == 0
    assert ("free mail provider together" in ran.err) is warned


@pytest.mark.usefixtures("with_mail")
def test_a_round_may_take_codes_and_mail_and_shows_both(ask, society, told):
    assert open_by_mail(ask, "--verify", "codes,mail").code == 0
    assert ask("invite", "spring", "--count", 1).code == 0
    manifest = society.house.rounds.find("spring").manifest
    assert manifest.eligibility == Eligibility(True, MailEligibility())
    society.register.passes.grant(manifest.id_bytes, b"a" * 32, NO_DOMAIN, b"m", None)
    assert "whoever has a code, or whoever reads a code mailed to an address." in ask("round", "show", "spring").out
    assert "Passes by mail: 1 given" in ask("round", "show", "spring").out
    assert told(society, "round", "show", "spring")["mail"] == {"passes": 1, "members": 0}


def test_a_round_is_by_codes_alone_unless_told_otherwise(ask, society):
    assert open_by_mail(ask).code == 0
    manifest = society.house.rounds.find("spring").manifest
    assert manifest.eligibility == Eligibility(True, None)
    assert not society.house.mail_key(manifest.id).exists()
    said = ask("round", "show", "spring").out
    assert "Who may take part: whoever has a code." in said
    assert "Passes by mail" not in said


@pytest.mark.parametrize("way", ["mail", "codes,mail"])
def test_a_round_by_mail_needs_a_mail_server(ask, society, way):
    refuses(open_by_mail(ask, "--verify", way), "[mail]", "subrosa.toml")
    assert society.house.rounds.ids() == []
    assert list((society.folder / "registrar").rglob("*.*")) == []


@pytest.mark.usefixtures("with_mail")
@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--mail-domain", "a.example"), ("--verify mail",)),
        (("--per-domain", "3"), ("--verify mail",)),
        (("--refuse-free-mail",), ("--verify mail",)),
        (("--members", "list.txt"), ("--verify mail",)),
        (("--verify", "letters"), ("--verify",)),
        (("--verify", "mail", "--per-domain", "0"), ("--per-domain",)),
        (("--verify", "mail", "--mail-domain", "a"), ("society.example",)),
        (("--verify", "mail", "--mail-domain", "marked@a.example"), ("society.example",)),
        (("--verify", "mail", "--mail-domain", "gmail.com", "--refuse-free-mail"), ("--mail-domain",)),
        (("--verify", "mail", "--members", "none.txt"), ("cannot be read",)),
        (("--verify", "mail", "--members", "empty.txt"), ("no mail address",)),
        (("--verify", "mail", "--members", "list.txt"), ("rows", "2, 5")),
        (("--verify", "mail", "--members", "binary.txt"), ("cannot be read",)),
    ],
)
def test_what_cannot_be_promised_is_refused_and_no_address_is_repeated(ask, society, options, words):
    society.write("list.txt", LIST)
    society.write("empty.txt", "\n\n")
    (society.folder / "binary.txt").write_bytes(b"\xff\xfe\0")
    ran = open_by_mail(ask, *options)
    refuses(ran, *words)
    assert "marked" not in ran.err
    assert society.house.rounds.ids() == []


@pytest.mark.usefixtures("with_mail")
def test_a_round_that_could_not_be_published_leaves_no_key_and_no_member(ask, society, monkeypatch):
    society.write("list.txt", "ana@a.example\n")

    keys, kept = society.folder / "registrar" / "keys", []

    def full(*_):
        for key in list(keys.iterdir()):
            kept.append(society.folder / key.name)
            kept[-1].hardlink_to(key)  # what a disk would still hold of a file that is only removed
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(RoundsFolder, "add", full)
    assert open_by_mail(ask, "--verify", "mail", "--members", "list.txt").code == 2
    assert list(keys.iterdir()) == []
    assert len(kept) == 2
    assert [set(key.read_bytes()) for key in kept] == [{0}, {0}]
    with society.register._engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM mail_members").scalar_one() == 0


def by_mail(society, codes=False, members=(), **limits):
    eligibility = Eligibility(codes, MailEligibility(**limits))
    return opened(society, admission=Admission(eligibility, tuple(read_address(member) for member in members)))


@pytest.mark.usefixtures("with_mail")
def test_members_can_be_entered_later_and_again(ask, society):
    manifest = by_mail(society, members=["ana@a.example"], members_only=True)
    society.write("more.txt", "ana@a.example\r\nben@b.example\r\n")
    for new in (1, 0):
        ran = ask("round", "members", "spring", "--add", "more.txt")
        assert ran.out == f"Entered {new} new members of 'spring'; {2 - new} were there already.\n"
    assert society.register.passes.counts(manifest.id_bytes) == MailCounts(0, 2)
    society.write("bad.txt", LIST)
    refuses(ask("round", "members", "spring", "--add", "bad.txt"), "2, 5", "Nothing was done")
    assert society.register.passes.counts(manifest.id_bytes) == MailCounts(0, 2)
    assert ask("round", "close", "spring", "--early").code == 0
    refuses(ask("round", "members", "spring", "--add", "more.txt"), "closed")


@pytest.mark.usefixtures("with_mail")
def test_members_cannot_be_entered_where_everybody_may_take_part_or_the_registrar_is_elsewhere(ask, society):
    society.write("more.txt", "ben@b.example\n")
    by_mail(society)
    refuses(ask("round", "members", "spring", "--add", "more.txt"), "not for listed members only")
    assert ask("round", "cancel", "spring", "--yes").code == 0
    eligibility = Eligibility(False, MailEligibility(members_only=True))
    other = opened(society, "autumn", admission=Admission(eligibility))
    society.house.mail_key(other.id).unlink()
    refuses(ask("round", "members", "autumn", "--add", "more.txt"), "where the registrar works")


@pytest.mark.usefixtures("with_mail")
def test_a_round_by_mail_alone_makes_no_codes(ask, society):
    by_mail(society)
    refuses(ask("invite", "spring", "--count", 3), "by mail only")


@pytest.mark.usefixtures("with_mail")
@pytest.mark.parametrize("ending", [("close", "--early"), ("cancel", "--yes")])
def test_ending_a_round_destroys_the_key_and_forgets_who(ask, society, ending):
    manifest = by_mail(society, members=["ana@a.example"], members_only=True, per_domain=2)
    key = society.house.mail_key(manifest.id).read_bytes()
    hashes = [b"marked-address-hash" + bytes(13), b"marked-domain-hash" + bytes(14)]
    assert society.register.passes.grant(manifest.id_bytes, *hashes, b"m", 2) is Grant.SIGN
    ran = ask("round", ending[0], "spring", ending[1])
    assert ran.code == 0, ran
    assert not society.house.mail_key(manifest.id).exists()
    left = b"".join(path.read_bytes() for path in society.folder.rglob("*") if path.is_file())
    assert key not in left
    assert b"marked-" not in left
    assert "Passes by mail: 1 given; members entered: 1" in ask("round", "show", "spring").out


def test_the_registrar_does_not_serve_a_round_by_mail_without_a_mail_server(ask, society):
    config = society.config.read_text()
    society.write("subrosa.toml", f"{config}\n{MAIL}")
    by_mail(society)
    society.write("subrosa.toml", config)
    refuses(ask("serve", "--role", "registrar"), "'spring'", "[mail]")
