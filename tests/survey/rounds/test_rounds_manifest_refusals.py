"""What is no manifest: changed, cut short, of somebody else, or signed though it cannot be."""

import hashlib
import json

import pytest
import rfc8785
from a_round import issuer_of
from hypothesis import given, settings
from hypothesis import strategies as st
from signed_documents import EVERY, MAIL, PLACES, signed

from survey.rounds.manifest import ManifestError, manifest_from_json, read_manifest


def test_a_manifest_cut_short_or_padded_is_refused(spring):
    for served in (b"", spring.served[:-1], spring.served[: len(spring.served) // 2], spring.served + b" "):
        with pytest.raises(ManifestError):
            read_manifest(served)


def test_another_encoding_of_the_same_document_is_refused(spring):
    document = json.loads(spring.served)
    backwards = {"signature": document["signature"], "manifest": document["manifest"]}
    doubled = spring.served[:-1] + b',"signature":"' + document["signature"].encode() + b'"}'
    for served in (
        json.dumps(document, indent=1).encode(),
        json.dumps(backwards, separators=(",", ":")).encode(),
        spring.served + b"\n",
        doubled,
        spring.served.replace(b'"society"', b'"\\u0073ociety"'),
    ):
        with pytest.raises(ManifestError):
            read_manifest(served)


def test_a_signature_of_another_host_is_refused(spring, autumn):
    document = json.loads(spring.served)["manifest"]
    with pytest.raises(ManifestError, match="signature is wrong"):
        read_manifest(signed(document, autumn.host))
    assert read_manifest(signed(document, spring.host)) == spring.manifest


@settings(deadline=None, max_examples=60)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["manifest", "signature", "x"]), inner),
        max_leaves=8,
    )
)
def test_any_other_json_is_refused_in_the_same_way(document):
    with pytest.raises(ManifestError):
        read_manifest(json.dumps(document).encode())


@pytest.mark.parametrize(
    "served", [b"[" * 100_000, b'{"manifest":{"a":1e999},"signature":"' + b"0" * 128 + b'"}', b"\xff", b"9" * 5000]
)
def test_json_that_breaks_readers_is_refused_in_the_same_way(served):
    with pytest.raises(ManifestError):
        read_manifest(served)


def _with(document, place, value):
    if not place:
        return value
    copied = document.copy()
    copied[place[0]] = _with(document[place[0]], place[1:], value)
    return copied


replacements = st.sampled_from(
    [
        None,
        True,
        False,
        0,
        1,
        -1,
        1.5,
        2**53,
        2**70,
        float("inf"),
        "",
        "x",
        "1",
        "0" * 64,
        "2026-01-01",
        [],
        [[]],
        {},
        {"": 1},
        "\ud800",
    ]
)


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(PLACES), replacements)
def test_a_manifest_that_a_host_wrote_otherwise_is_refused_or_has_the_id_of_its_bytes(place, value):
    """Signed by the host herself: what is taken must mean to everyone what its bytes say."""
    document = _with(EVERY.manifest.to_json(), place, value)
    try:
        served = signed(document, EVERY.host)
    except ValueError:
        return  # not even JSON in canonical form
    try:
        manifest = read_manifest(served)
    except ManifestError:
        return
    assert hashlib.sha256(rfc8785.dumps(document)).hexdigest() == manifest.id


def _value(document, place):
    for key in place:
        document = document[key]
    return document


def test_what_python_takes_for_equal_is_not_taken_for_the_same():
    """True is 1 to Python, but not in JSON: read alike, they would give one id to two documents."""
    document = EVERY.manifest.to_json()
    swapped = 0
    for place in PLACES:
        value = _value(document, place)
        if isinstance(value, (bool, int)) and value in (0, 1):
            other = int(value) if isinstance(value, bool) else bool(value)
            with pytest.raises(ManifestError):
                read_manifest(signed(_with(document, place, other), EVERY.host))
            swapped += 1
    assert swapped >= 8


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("token_key",), "00" * 342),
        (("sealing_key",), "ff" * 1216),
        (("host_key",), "00" * 31),
        (("form_digest",), "0" * 64),
        (("closes",), "2026-03-31T12:00:00"),
        (("closes",), "2026-03-31T14:00:00+02:00"),
        (("closes",), "2026-02-01T12:00:00Z"),
        (("closes_latest",), "2026-03-31T11:59:59Z"),
        (("format",), "subrosa/round/v2"),
        (("name",), "Spring Round"),
        (("services", "intake", "url"), "ftp://intake.example"),
        (("services", "intake", "url"), "https://user@intake.example"),
        (("services", "intake", "url"), "https://intake.example/?a=b"),
        (("services", "tally", "url"), "https://tally.example"),
        (("services", "broker"), {"operator": "x", "url": ""}),
        (("promise", "epsilon"), 0),
        (("promise", "epsilon"), "1.0"),
        (("promise", "respondents"), 10.5),
        (("promise", "surprise"), 1),
        (("promise", "term", "end"), "20261231"),
        (("promise", "term", "start"), "2027-01-01"),
        (("promise", "term", "end"), "never"),
        (("promise", "term", "end"), "0 \x1b[31mfake\nline"),
        (("promise", "tables", 1, "margin"), -0.1),
        (("promise", "tables", 1, "sampling"), -0.1),
        (("promise", "tables", 1, "shown"), -0.1),
        (("eligibility", "codes"), False),
        (("eligibility", "codes"), 1),
        (("eligibility", "surprise"), 1),
        (("eligibility", "mail"), {}),
        (("form", "surprise"), 1),
        (("surprise",), 1),
        (("society",), "Two\nlines"),
        (("contact",), ""),
        (("society",), "\x1b[31mred"),
    ],
)
def test_a_field_that_cannot_be_is_refused_though_it_is_signed(spring, place, value):
    document = json.loads(spring.served)["manifest"]
    target = document
    for key in place[:-1]:
        target = target[key]
    target[place[-1]] = value
    with pytest.raises(ManifestError):
        read_manifest(signed(document, spring.host))


@pytest.mark.parametrize("place", [place for place in PLACES if len(place) == 1], ids=lambda place: place[0])
def test_every_field_is_needed(spring, place):
    document = json.loads(spring.served)["manifest"]
    del document[place[0]]
    with pytest.raises(ManifestError, match=place[0]):
        manifest_from_json(document)


def test_a_token_key_of_another_make_is_refused(spring):
    spki = issuer_of("issuer").public.spki
    document = json.loads(spring.served)["manifest"]
    document["token_key"] = (spki[:10] + bytes([spki[10] ^ 1]) + spki[11:]).hex()
    with pytest.raises(ManifestError, match="RSASSA-PSS"):
        read_manifest(signed(document, spring.host))


@pytest.mark.parametrize(
    "changes",
    [
        {"domains": ["b.example", "a.example"]},
        {"domains": ["a.example", "a.example"]},
        {"domains": ["A.example"]},
        {"domains": ["example"]},
        {"domains": ["a@b.example"]},
        {"domains": ["-a.example"]},
        {"domains": ["a..example"]},
        {"domains": "a.example"},
        {"domains": None},
        {"members_only": 1},
        {"members_only": "true"},
        {"free_mail": 0},
        {"free_mail": None},
        {"per_domain": 0},
        {"per_domain": 2.5},
        {"per_domain": True},
        {"surprise": 1},
    ],
    ids=str,
)
def test_what_says_unclearly_who_may_take_part_is_refused(spring, changes):
    document = json.loads(spring.served)["manifest"]
    document["eligibility"] = {"codes": True, "mail": MAIL | changes}
    with pytest.raises(ManifestError):
        read_manifest(signed(document, spring.host))
