"""Mail addresses: what is one and the same, and what can be written to."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.registrar import mail_addresses
from survey.registrar.mail_addresses import MalformedAddress, is_free_mail, read_address, read_domain


def test_counting_ignores_case_and_tags():
    address = read_address("  Ana.Lopez+Survey@Society.Example ")
    assert address.mailbox == "Ana.Lopez+Survey@society.example"
    assert address.counted == "ana.lopez@society.example"
    assert address.domain == "society.example"


@pytest.mark.parametrize("other", ["ANA@a.example", "ana+x@a.example", "ana+x+y@A.EXAMPLE", "Ana@a.example"])
def test_spellings_of_one_address_count_as_one(other):
    assert read_address(other).counted == read_address("ana@a.example").counted


@pytest.mark.parametrize("other", ["an.a@a.example", "ana@b.example", "ana@sub.a.example", "ana-x@a.example"])
def test_other_addresses_count_as_others(other):
    assert read_address(other).counted != read_address("ana@a.example").counted


@given(
    st.text(max_size=80)
    | st.builds("{}@{}.example".format, st.text("aZ0_'&+-.%", max_size=8), st.text("aé0-.", max_size=5))
)
def test_whatever_is_read_can_stand_in_a_mail_header_and_has_one_domain(text):
    try:
        address = read_address(text)
    except MalformedAddress:
        return
    assert re.fullmatch(r"[!-~]+@[a-z0-9.-]+", address.mailbox)
    assert address.mailbox.count("@") == 1
    assert read_address(address.counted).mailbox == address.counted  # it can be written to
    assert read_address(address.mailbox).counted == address.counted
    assert read_domain(address.domain) == address.domain


def test_an_address_shows_nothing_of_itself():
    assert "ana" not in repr(read_address("ana@a.example"))


def test_a_domain_that_older_and_newer_software_read_differently_is_refused():
    for domain in ("straße.example", "STRASSE.example".replace("SS", "ß"), "ς.example", "a\u200db.example"):
        with pytest.raises(MalformedAddress):
            read_domain(domain)
    assert read_domain("xn--strae-oqa.example") == "xn--strae-oqa.example"


def test_the_list_of_free_providers_is_made_of_domains_in_order():
    listed = sorted(mail_addresses._free_mail_domains())
    assert len(listed) > 80
    assert [read_domain(domain) for domain in listed] == listed
    assert {"gmail.com", "gmx.de", "proton.me", "outlook.com", "yahoo.es"} <= set(listed)
    assert is_free_mail("gmail.com")
    assert not is_free_mail("society.example")
