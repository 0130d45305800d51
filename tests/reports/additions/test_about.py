"""What a host says of a release as a data set is checked before anything repeats it."""

import json
from typing import Any

import pytest
from release_rounds import Round
from said import SAID

from reports.additions.about import NOTHING, about_bytes, read_about
from reports.additions.licences import KNOWN
from reports.errors import ReleaseError


def test_what_was_said_comes_back_in_one_form(tiny_round: Round) -> None:
    data = about_bytes(tiny_round.manifest, SAID)
    about = read_about(tiny_round.manifest, data)
    assert about_bytes(tiny_round.manifest, json.loads(data)) == data
    assert (about.doi, about.url) == ("10.1234/rose.5", "https://rose.example/releases/5/")
    assert about.licence == KNOWN["CC-BY-4.0"]
    assert about.eligible == 640
    assert [(c.cited, c.person, c.orcid) for c in about.creators] == [
        ("Society of the Rose", False, ""),
        ("Doe, Jane", True, "0000-0002-1825-0097"),
    ]


def test_nothing_said_is_nothing_claimed(tiny_round: Round) -> None:
    assert read_about(tiny_round.manifest, None) is NOTHING
    assert NOTHING.licence is None
    assert NOTHING.eligible is None


def test_another_licence_needs_the_address_of_its_text(tiny_round: Round) -> None:
    own = {"licence": "Terms of the Rose", "licence_url": "https://rose.example/terms"}
    licence = read_about(tiny_round.manifest, about_bytes(tiny_round.manifest, own)).licence
    assert licence is not None
    assert (licence.name, licence.url, licence.spdx) == ("Terms of the Rose", "https://rose.example/terms", False)


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ({}, "at least one of its settings"),
        ([], "at least one of its settings"),
        ({"titel": "x"}, "titel: there is no such setting"),
        ({"title": ""}, "title: must be one line"),
        ({"title": "a\x1b[2Jb"}, "title: must be one line"),
        ({"title": " a"}, "title: must be one line"),
        ({"title": "\ud800"}, "title: must be one line"),
        ({"title": 5}, "title"),
        ({"description": "a\x00"}, "description: must be text"),
        ({"licence": "Terms of the Rose"}, "licence: 'Terms of the Rose' has to be followed by licence_url"),
        ({"licence": "CC-BY-4.0", "licence_url": "https://rose.example/terms"}, "leave licence_url out"),
        ({"licence_url": "https://rose.example/terms"}, "licence: must be named"),
        ({"licence": "x", "licence_url": "javascript:alert(1)"}, "licence_url: must be an https address"),
        ({"url": "http://rose.example/"}, "url: must be an https address"),
        ({"url": "https://rose.example@evil.example/"}, "url: must be an https address"),
        ({"url": 'https://rose.example/"><script>'}, "url: must be an https address"),
        ({"doi": "doi:10.1/2"}, "doi: must be a DOI"),
        ({"keywords": []}, "keywords"),
        ({"keywords": "mood"}, "keywords"),
        ({"eligible": 0}, "eligible"),
        ({"eligible": True}, "eligible"),
        ({"eligible": 64.5}, "eligible"),
        ({"creator": [{}]}, "creator.0.name"),
        ({"creator": [{"name": "x", "family": "y"}]}, "creator.0.name"),
        ({"creator": [{"family": "Doe", "orcid": "0000-0002-1825-0098"}]}, "creator.0.orcid"),
        ({"creator": [{"name": "Office", "orcid": "0000-0002-1825-0097"}]}, "creator.0.orcid"),
    ],
)
def test_what_cannot_be_repeated_is_refused_by_its_place(tiny_round: Round, said: Any, place: str) -> None:
    with pytest.raises(ReleaseError, match="About the release") as fault:
        about_bytes(tiny_round.manifest, said)
    assert place in str(fault.value)


@pytest.mark.parametrize(
    "data", [b"", b"{", b"{}", b'{"title": "x"}', b'{"title":"x","titel":"y"}', b"[" * 100_000, b'{"eligible":1.0}']
)
def test_a_file_that_publish_did_not_write_is_refused(tiny_round: Round, data: bytes) -> None:
    with pytest.raises(ReleaseError):
        read_about(tiny_round.manifest, data)
