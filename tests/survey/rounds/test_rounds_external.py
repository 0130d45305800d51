"""The manifest of external answers: signed like a round's, and without anything that only a round has."""

import hashlib
import json

import pytest
import rfc8785
from a_round import Round, make_round, small_form, small_promise
from form_samples import forms
from hypothesis import HealthCheck, given, settings

from survey.rounds.external import ExternalManifest, external_from_json, read_any_manifest, read_external
from survey.rounds.manifest import Manifest, ManifestError, read_manifest, sign_manifest

quick = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])


def external(spring: Round, form=None) -> ExternalManifest:
    return ExternalManifest(
        name="staff-2025",
        society="The Society",
        contact="host@society.example",
        form=form or small_form(),
        host_key=spring.manifest.host_key,
        promise=small_promise(),
    )


def _signed(document, key):
    """What a host could sign who does not use our code."""
    return rfc8785.dumps({"manifest": document, "signature": key.sign(rfc8785.dumps(document)).hex()})


def test_an_external_manifest_reads_back_as_it_was_signed(spring):
    manifest = external(spring)
    served = sign_manifest(manifest, spring.host)
    assert read_external(served) == manifest
    assert read_external(served, manifest.id) == manifest
    assert read_any_manifest(served) == manifest
    assert manifest.id == hashlib.sha256(rfc8785.dumps(json.loads(served)["manifest"])).hexdigest()


@quick
@given(forms())
def test_external_manifests_of_any_form_read_back(form):
    round_ = make_round()
    manifest = external(round_, form)
    assert read_external(sign_manifest(manifest, round_.host)) == manifest


def test_it_says_its_source_and_names_no_key_service_date_or_eligibility(spring):
    document = external(spring).to_json()
    assert document["source"] == "external"
    only_a_rounds = set(spring.manifest.to_json()) - set(document)
    assert only_a_rounds == {
        "opens",
        "closes",
        "closes_latest",
        "services",
        "issuer_name",
        "origin_info",
        "token_key",
        "sealing_key",
        "eligibility",
    }
    assert set(document) - set(spring.manifest.to_json()) == {"source"}
    assert "source" not in spring.manifest.to_json()


def test_what_only_a_round_has_is_refused_in_it(spring):
    document = external(spring).to_json()
    for member in set(spring.manifest.to_json()) - set(document):
        pretending = document | {member: spring.manifest.to_json()[member]}
        with pytest.raises(ManifestError, match=member):
            read_external(_signed(pretending, spring.host))


@pytest.mark.parametrize("member", ["format", "source", "name", "form", "form_digest", "host_key", "promise"])
def test_every_member_is_needed(spring, member):
    document = {key: value for key, value in external(spring).to_json().items() if key != member}
    with pytest.raises(ManifestError, match=member):
        external_from_json(document)


@pytest.mark.parametrize("source", ["round", "External", "", None, True])
def test_no_other_source_is_taken(spring, source):
    with pytest.raises(ManifestError, match="source"):
        external_from_json(external(spring).to_json() | {"source": source})


def test_neither_manifest_is_taken_for_the_other(spring):
    served = sign_manifest(external(spring), spring.host)
    with pytest.raises(ManifestError, match=r"format|source"):
        read_manifest(served)  # so that no service, no client and no tally ever takes it for a round
    with pytest.raises(ManifestError):
        read_external(spring.served)
    assert isinstance(read_any_manifest(spring.served), Manifest)
    with pytest.raises(ManifestError):
        read_any_manifest(_signed(external(spring).to_json() | {"format": "subrosa/other/v1"}, spring.host))


def test_another_signature_another_id_and_another_form_are_refused(spring, autumn):
    manifest = external(spring)
    served = sign_manifest(manifest, spring.host)
    with pytest.raises(ManifestError, match="signature"):
        read_external(sign_manifest(manifest, autumn.host))
    with pytest.raises(ManifestError):
        read_external(served, spring.manifest.id)
    with pytest.raises(ManifestError, match="digest"):
        read_external(_signed(manifest.to_json() | {"form_digest": "0" * 64}, spring.host))
    with pytest.raises(ManifestError):
        read_external(served + b" ")
