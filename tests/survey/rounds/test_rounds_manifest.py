"""The manifest of a round: signed, canonical, and what its id is made of."""

import hashlib
import json
from dataclasses import fields, replace
from datetime import timedelta

import pytest
import rfc8785
from a_round import CLOSES, OPENS, changed, make_round
from form_samples import every_kind, forms
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from signed_documents import MAIL, signed

from survey.rounds.eligibility import Eligibility, MailEligibility
from survey.rounds.manifest import Manifest, ManifestError, Service, read_manifest, sign_manifest

quick = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
texts = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=60).filter(str.isprintable)


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


def test_a_manifest_of_another_round_is_refused(spring, autumn):
    with pytest.raises(ManifestError, match="not of the round you were invited to"):
        read_manifest(spring.served, autumn.manifest.id)
    for expected in ("", spring.manifest.id[:8], spring.manifest.id.upper()):
        with pytest.raises(ManifestError):
            read_manifest(spring.served, expected)


def test_services_are_found_by_their_role(spring):
    assert spring.manifest.service("intake").url == "https://intake.example"
    assert spring.manifest.service("tally").url == ""


@pytest.mark.parametrize("codes", [True, False])
@pytest.mark.parametrize("changes", [{}, {"domains": []}, {"per_domain": None}, {"members_only": False}])
def test_who_may_take_part_reads_back_as_it_was_promised(spring, codes, changes):
    document = json.loads(spring.served)["manifest"]
    document["eligibility"] = {"codes": codes, "mail": MAIL | changes}
    manifest = read_manifest(signed(document, spring.host))
    assert manifest.to_json() == document
    assert manifest.eligibility.mail.members_only is (MAIL | changes)["members_only"]
    assert manifest.id != spring.manifest.id
