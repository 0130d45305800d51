"""In a real browser, with a real mail server whose mailbox is read: an address, eight digits, a pass."""

import json
import re
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from post_office import post_office
from societies import founded, opened, serving, until
from visits import FOUND, SENT, faults, found, in_a_browser, opened_ballots
from ways import PULSE_SAYS, SEND, THE_PULSE

from host.opening import Admission
from survey.forms.codec import encode
from survey.rounds.eligibility import Eligibility, MailEligibility
from survey.sealing import Status

pytestmark = in_a_browser

DIGITS = re.compile(r"Your code: (\d{4}) (\d{4})")
CONFIG = '\n[mail]\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\nsender = "post@letters.example"\n'
ADDRESS, CODE, DIGITS_PAGE = "Your mail address", "Your code", "The digits from your mail"


@pytest.fixture(scope="module")
def posted(tmp_path_factory):
    """A society with a mail server, a round by mail and one by codes or mail."""
    society = founded(tmp_path_factory.mktemp("posted") / "society")
    with post_office() as office:
        with society.config.open("a", encoding="utf-8") as config:
            config.write(CONFIG.format(port=office.server.port))
        limited = MailEligibility(domains=("a.example", "b.example"), per_domain=3)
        by_mail = opened(society, "by-mail", admission=Admission(Eligibility(False, limited)), epsilon=0.5)
        both = opened(society, "both", admission=Admission(Eligibility(True, MailEligibility())), epsilon=0.5)
        with serving(society, "registrar", "intake", "site"):
            yield SimpleNamespace(society=society, office=office, by_mail=by_mail, both=both)


def page_of(posted, manifest) -> str:
    return f"{posted.society.url('site')}/round#{manifest.id}"


def mailbox(posted, address: str) -> dict:
    """Reads the digits of the newest mail to the address, once there is one more than last time."""
    read: list[str] = []

    def newest() -> str:
        until(lambda: len(posted.office.mails_to(address)) > len(read))
        found = DIGITS.search(posted.office.mails_to(address)[-1].text)
        assert found is not None
        read.append("".join(found.groups()))
        return read[-1]

    return {"mail": newest}


def asking(address: str) -> list:
    return [["fill", "Mail address", address], ["click", "Send me the digits"]]


USE = [["help", "mail"], ["fill_helped", "Eight digits"], ["click", "Use the digits"]]


def test_the_whole_way_by_mail_keeps_the_address_nowhere_but_at_the_registrar(browser, posted):
    address = "ana.marked@a.example"
    way = [
        ["at", "Pulse"],
        ["reads", "an address at a.example or b.example; each address gives one pass"],
        ["reads", "The registrar sees your address while it sends the mail."],
        ["axe"],
        ["click", "Go on"],
        ["at", ADDRESS],
        ["reads", "An employer's mail system can see the mail."],
        ["reads", "3 at most"],
        ["look", "address"],
        ["shot", "address"],
        *asking("nobody"),
        ["reads", "A mail address has one @"],
        *asking("ana@elsewhere.example"),
        ["reads", "This round takes no addresses at this domain."],
        *asking(address),
        ["at", DIGITS_PAGE],
        ["look", "digits"],
        ["shot", "digits"],
        ["help", "mail"],
        ["fill", "Eight digits", "123"],
        ["click", "Use the digits"],
        ["reads", "The mail has eight digits."],
        ["fill_helped", "Eight digits"],
        ["click", "Use the digits"],
        ["at", "You"],
        *THE_PULSE,
        SEND,
        ["at", SENT],
    ]
    seen = browser.visit(page_of(posted, posted.by_mail), way, helps=mailbox(posted, address))
    assert (faults(seen), found(seen.looks)) == ([], {})
    assert seen.kept == [f"subrosa/sent/{posted.by_mail.id}"]
    record = encode(posted.by_mail.form, PULSE_SAYS)
    assert opened_ballots(posted.society, posted.by_mail) == [(record, Status.ANSWERS)]
    registrar = urlsplit(posted.society.url("registrar")).netloc
    carriers = [r for r in seen.requests if address.encode().hex() in (r["body"] or "")]
    assert [(r["method"], urlsplit(r["url"]).netloc) for r in carriers] == [("POST", registrar)]
    assert not any(address in json.dumps([r["url"], r["headers"]]) for r in seen.requests)


def test_wrong_digits_and_another_mail_cost_nothing(browser, posted):
    address = "bea@b.example"
    way = [
        ["at", "Pulse"],
        ["click", "Go on"],
        ["at", ADDRESS],
        *asking(address),
        ["at", DIGITS_PAGE],
        ["help", "mail"],
        ["fill", "Eight digits", "0000 0000"],
        ["click", "Use the digits"],
        ["reads", "These are not the digits of the newest mail."],
        ["click", "Send again"],
        *USE,
        ["at", "You"],
    ]
    seen = browser.visit(page_of(posted, posted.by_mail), way, helps=mailbox(posted, address))
    assert faults(seen) == []
    assert len(posted.office.mails_to(address)) == 2


def test_lost_replies_and_a_reload_cost_another_mail_and_no_pass(browser, posted):
    address = "ben@b.example"
    way = [
        ["at", "Pulse"],
        ["click", "Go on"],
        ["at", ADDRESS],
        *asking(address),
        ["at", DIGITS_PAGE],
        ["reads", "None comes if two were asked for in the last hour."],
        ["lose", "POST", "/token-request", 0, ["reply"] * 5],
        ["hurry"],
        *USE,
        ["reads", "nothing is lost."],
        ["reload"],
        ["at", "Pulse"],
        ["click", "Go on"],
        ["at", ADDRESS],
        *asking(address),
        ["at", DIGITS_PAGE],
        *USE,
        ["at", "You"],
        ["reload"],
        ["at", FOUND],
    ]
    seen = browser.visit(page_of(posted, posted.by_mail), way, helps=mailbox(posted, address))
    assert len(posted.office.mails_to(address)) == 2
    assert posted.society.register.passes.counts(posted.by_mail.id_bytes).passes >= 1
    assert seen.kept == [f"subrosa/kept/{posted.by_mail.id}"]


def test_an_address_that_has_its_pass_is_told_so_and_another_can_be_entered(browser, posted):
    address = "cat@a.example"
    way = [
        ["at", "Pulse"],
        ["click", "Go on"],
        ["at", CODE],
        ["click", "Use my mail address"],
        ["at", ADDRESS],
        *asking(address),
        ["at", DIGITS_PAGE],
        *USE,
    ]
    helps = mailbox(posted, address)
    browser.visit(page_of(posted, posted.both), [*way, ["at", "You"]], helps=helps)
    title = "This address has its pass already"
    again = [*way, ["at", title], ["look", title], ["click", "Use another address"], ["at", ADDRESS]]
    seen = browser.visit(page_of(posted, posted.both), again, helps=helps)
    assert (faults(seen), found(seen.looks)) == ([], {})
