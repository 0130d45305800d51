"""The manifest of a round: signed, canonical, and what its id is made of."""

import hashlib
import json
from dataclasses import fields, replace
from datetime import timedelta

import pytest
import rfc8785
from a_round import CLOSES, OPENS, changed, issuer_of, make_round
from form_samples import every_kind, forms
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from survey.rounds.eligibility import Eligibility, MailEligibility
from survey.rounds.manifest import Manifest, ManifestError, Service, manifest_from_json, read_manifest, sign_manifest

quick = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
texts = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=60).filter(str.isprintable)


def _signed(document, key):
    """What a host could sign who does not use our code."""
    signature = key.sign(rfc8785.dumps(document)).hex()
    return rfc8785.dumps({"manifest": document, "signature": signature})


def test_a_manifest_reads_back_as_it_was_signed(spring):
    manifest = read_manifest(spring.served)
    assert manifest == spring.manifest
    assert read_manifest(spring.served, spring.manifest.id).id == spring.manifest.id


@quick
@given(forms(), texts, texts, texts, st.integers(0, 10**6))
def test_manifests_of_any_form_and_in_any_script_read_back(form, society, contact, operator, seconds):
    round_ = make_round(form=form)
    services = tuple(replace(service, operator=operator) for service in round_.manifest.services)
    latest = CLOSES + timedelta(seconds=seconds)
    round_ = changed(round_, society=society, contact=contact, services=services, closes_latest=latest)
    manifest = read_manifest(round_.served)
    assert manifest == round_.manifest
    assert sign_manifest(manifest, round_.host) == round_.served


def test_the_id_is_the_digest_of_the_canonical_unsigned_manifest(spring):
    document = json.loads(spring.served)["manifest"]
    digest = hashlib.sha256(rfc8785.dumps(document)).hexdigest()
    assert spring.manifest.id == digest
    assert spring.manifest.id_bytes.hex() == digest
    assert len(digest) == 64
    assert spring.manifest.challenge.redemption_context == spring.manifest.id_bytes


def test_the_id_is_not_in_the_manifest(spring):
    assert spring.manifest.id.encode() not in spring.served


def test_every_field_is_bound_by_the_id(spring, autumn):
    manifest = spring.manifest
    others = {
        "name": "other",
        "society": "Another",
        "contact": "other@society.example",
        "form": every_kind(),
        "opens": OPENS + timedelta(seconds=1),
        "closes": CLOSES + timedelta(seconds=1),
        "closes_latest": manifest.closes_latest + timedelta(seconds=1),
        "services": (*manifest.services[:2], Service("tally", "Someone else", "")),
        "issuer_name": "other.example",
        "origin_info": "other.example",
        "token_key": autumn.manifest.token_key,
        "sealing_key": autumn.manifest.sealing_key,
        "host_key": autumn.manifest.host_key,
        "eligibility": Eligibility(True, MailEligibility()),
        "promise": replace(manifest.promise, min_cohort=11),
    }
    assert set(others) == {field.name for field in fields(Manifest)}
    ids = {replace(manifest, **{name: value}).id for name, value in others.items()}
    assert len(ids | {manifest.id}) == len(others) + 1


def test_two_rounds_with_the_same_words_differ_by_their_keys():
    assert make_round("spring").manifest.id != make_round("spring", issuer="other").manifest.id


@settings(deadline=None, max_examples=250)
@given(st.data())
def test_a_change_of_any_byte_is_refused(spring, data):
    position = data.draw(st.integers(0, len(spring.served) - 1))
    change = data.draw(st.integers(1, 255))
    broken = bytearray(spring.served)
    broken[position] ^= change
    with pytest.raises(ManifestError):
        read_manifest(bytes(broken))


def test_a_manifest_cut_short_or_padded_is_refused(spring):
    for served in (b"", spring.served[:-1], spring.served[: len(spring.served) // 2], spring.served + b" "):
        with pytest.raises(ManifestError):
            read_manifest(served)


def test_a_manifest_of_another_round_is_refused(spring, autumn):
    with pytest.raises(ManifestError, match="not of the round you were invited to"):
        read_manifest(spring.served, autumn.manifest.id)
    for expected in ("", spring.manifest.id[:8], spring.manifest.id.upper()):
        with pytest.raises(ManifestError):
            read_manifest(spring.served, expected)


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
        read_manifest(_signed(document, autumn.host))
    assert read_manifest(_signed(document, spring.host)) == spring.manifest


@quick
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


def _places(document, place=()):
    """Every place in a JSON document."""
    yield place
    inner = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    for key, value in inner:
        yield from _places(value, (*place, key))


def _with(document, place, value):
    if not place:
        return value
    copied = document.copy()
    copied[place[0]] = _with(document[place[0]], place[1:], value)
    return copied


EVERY = make_round("every", form=every_kind())
PLACES = list(_places(EVERY.manifest.to_json()))[1:]
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
        served = _signed(document, EVERY.host)
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
                read_manifest(_signed(_with(document, place, other), EVERY.host))
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
        read_manifest(_signed(document, spring.host))


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
        read_manifest(_signed(document, spring.host))


def test_services_are_found_by_their_role(spring):
    assert spring.manifest.service("intake").url == "https://intake.example"
    assert spring.manifest.service("tally").url == ""


MAIL = {"domains": ["a.example", "b.example"], "members_only": True, "free_mail": False, "per_domain": 3}


@pytest.mark.parametrize("codes", [True, False])
@pytest.mark.parametrize("changes", [{}, {"domains": []}, {"per_domain": None}, {"members_only": False}])
def test_who_may_take_part_reads_back_as_it_was_promised(spring, codes, changes):
    document = json.loads(spring.served)["manifest"]
    document["eligibility"] = {"codes": codes, "mail": MAIL | changes}
    manifest = read_manifest(_signed(document, spring.host))
    assert manifest.to_json() == document
    assert manifest.eligibility.mail.members_only is (MAIL | changes)["members_only"]
    assert manifest.id != spring.manifest.id


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
        read_manifest(_signed(document, spring.host))
