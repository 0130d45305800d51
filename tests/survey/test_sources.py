"""Where a request comes from, as a token that says nothing."""

import ipaddress

import pytest

from survey.sources import Sources, read_proxy

PATH = "/v1/rounds/x/mail-request"


def token(sources, remote, forwarded=None, path=PATH):
    header = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    return sources({"PATH_INFO": path, "REMOTE_ADDR": remote} | header)


def test_only_requests_for_mail_have_a_source_where_no_others_are_to_have_one():
    sources = Sources("/mail-request")
    assert token(sources, "203.0.113.7") is not None
    for path in ("/", "/v1/rounds/x/token-request", "/v1/rounds/x/manifest", "/v1/rounds/x/mail-request/x"):
        assert token(sources, "203.0.113.7", path=path) is None
        assert token(Sources(), "203.0.113.7", path=path) is not None


@pytest.mark.parametrize("loopback", ["127.0.0.1", "127.0.0.9", "::1", "", "::ffff:127.0.0.1"])
def test_a_proxy_on_this_machine_is_believed_in_its_last_word_and_nobody_else(loopback):
    sources = Sources()
    assert token(sources, loopback) is None
    assert token(sources, loopback, "") is None
    direct = token(sources, "203.0.113.7")
    assert token(sources, loopback, "198.51.100.1,  203.0.113.7 ") == direct
    assert token(sources, "203.0.113.7", "198.51.100.1") == direct
    assert token(sources, loopback, "203.0.113.7, 198.51.100.1") != direct


@pytest.mark.parametrize("proxy", ["172.18.0.1", "172.18.0.0/28", "fd00:18::/64"])
def test_a_proxy_elsewhere_is_believed_where_it_is_named_and_no_other_address_is(proxy):
    sources, asks_from = Sources(proxy=read_proxy(proxy)), str(read_proxy(proxy)[1 if "/" in proxy else 0])
    direct, other = token(sources, "203.0.113.7"), token(sources, "198.51.100.1")
    assert token(sources, asks_from, "198.51.100.1, 203.0.113.7") == direct
    assert token(sources, asks_from, "198.51.100.1") == other != direct
    assert token(sources, asks_from) is None
    for stranger in ("172.18.0.16", "fd00:18:0:1::1"):
        assert token(sources, stranger, "203.0.113.7") == token(sources, stranger) != direct
    nobody_named = Sources()
    assert token(nobody_named, asks_from, "203.0.113.7") == token(nobody_named, asks_from, "198.51.100.1")
    assert token(sources, "127.0.0.1", "203.0.113.7") == direct


@pytest.mark.parametrize(
    "wrong", ["", "proxy", "0.0.0.0/0", "10.0.0.0/8", "172.18.0.1/24", "::/0", "fd00::/48", "1.2.3"]
)
def test_a_proxy_is_named_by_one_address_or_a_narrow_network(wrong):
    with pytest.raises(ValueError, match=r".*"):
        read_proxy(wrong)


def test_who_is_given_65536_networks_of_ipv6_is_one_source_and_another_is_another():
    sources = Sources()
    assert token(sources, "2001:db8:1:2::3") == token(sources, "2001:db8:1:ffff:ffff::9")
    assert token(sources, "2001:db8:1:2::3") != token(sources, "2001:db8:2:2::3")


@pytest.mark.parametrize(
    "written", ["::ffff:203.0.113.7", "203.0.113.7:5150", "[::ffff:203.0.113.7]:5150", "64:ff9b::cb00:7107"]
)
def test_an_address_of_ipv4_is_itself_however_a_proxy_writes_it(written):
    sources = Sources()
    assert token(sources, "127.0.0.1", written) == token(sources, "203.0.113.7")
    assert token(sources, "127.0.0.1", written) != token(
        sources, "127.0.0.1", written.replace("113.7", "113.8").replace("7107", "7108")
    )


@pytest.mark.parametrize("written", ["[2001:db8:1:2::3]", "[2001:db8:1:2::3]:5150", "2001:db8:1:2::3%eth0"])
def test_so_is_one_of_ipv6(written):
    sources = Sources()
    assert token(sources, "127.0.0.1", written) == token(sources, "2001:db8:1:2::3")


def test_nonsense_is_no_way_around_the_limit():
    sources = Sources()
    assert token(sources, "127.0.0.1", "one") == token(sources, "127.0.0.1", "two") is not None


def test_tokens_mean_nothing_in_another_process_and_hold_no_address():
    one, two = token(Sources(), "203.0.113.7"), token(Sources(), "203.0.113.7")
    assert one != two
    assert len(one) == 32
    assert ipaddress.ip_address("203.0.113.7").packed not in one
    assert repr(Sources()) == "Sources(<redacted>)"
