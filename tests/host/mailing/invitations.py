"""A list of members, the command that mails them, and what became of their codes."""

import re

from survey.registrar.codes import hash_code

LINK = re.compile(r"http://127\.0\.0\.1:\d+/round#([0-9a-f]{64})\.([a-z2-7]{5}(?:-[a-z2-7]{1,5}){5})")
MAIL = ("invite", "spring", "--mail", "members.csv")


def members(count):
    return [f"member{number}mark@members.example" for number in range(1, count + 1)]


def use(society, office, extra=""):
    """Write the mail server into the society's config."""
    server = office.server
    section = (
        f'host = "{server.host}"\nport = {server.port}\nsecurity = "{server.security}"\nsender = "{server.sender}"'
    )
    society.write("subrosa.toml", f"{society.config.read_text()}\n[mail]\n{section}\n{extra}\n")


def code_in(mail):
    (found,) = LINK.findall(mail.text)
    return found[1]


def verdict(society, manifest, mail, message=b"one"):
    return society.register.spend(manifest.id_bytes, hash_code(code_in(mail), manifest.id_bytes), message)


def counts(society, manifest):
    return society.register.counts(manifest.id_bytes)


def said_nothing_of_members(ran):
    assert not re.search(r"mark@|members\.example|[a-z2-7]{5}-[a-z2-7]{5}", ran.out + ran.err), ran
