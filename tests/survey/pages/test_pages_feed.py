"""The Atom feed: what a reader of feeds makes of it."""

from xml.etree import ElementTree

import pytest
from a_release import corrected, withdrawn

from survey.pages.feed import feed
from survey.pages.site import Site

NAME = "{http://www.w3.org/2005/Atom}"


def parsed(data):
    """The entries, after a check of what RFC 4287 demands of a feed and of each of them."""
    root = ElementTree.fromstring(data)  # noqa: S314  (ours)
    assert root.tag == f"{NAME}feed"
    for element in (root, *root.iter(f"{NAME}entry")):
        for needed in ("id", "title", "updated"):
            assert len(element.findall(f"{NAME}{needed}")) == 1
        assert element.find(f"{NAME}id").text.startswith("urn:uuid:")
        assert element.find(f"{NAME}updated").text.endswith("T00:00:00Z")
        assert all(link.get("href").startswith("https://site.example/") for link in element.findall(f"{NAME}link"))
        assert "alternate" in {link.get("rel") for link in element.findall(f"{NAME}link")}
    assert root.find(f"{NAME}author/{NAME}name").text
    entries = [
        {part: entry.find(f"{NAME}{part}").text for part in ("id", "title", "updated", "summary")}
        | {link.get("rel"): link.get("href") for link in entry.findall(f"{NAME}link")}
        for entry in root.iter(f"{NAME}entry")
    ]
    assert len({entry["id"] for entry in entries}) == len(entries)
    return root, entries


def test_every_revision_is_an_entry_and_the_latest_stands_first(published):
    root, (first,) = parsed(published.get("/releases/feed.atom").data)
    assert (first["title"], first["updated"]) == ("A small form (spring)", "2026-04-02T00:00:00Z")
    corrected(published.folder, published.round, 2, reason="A <label> & more.")
    answer = published.get("/releases/feed.atom")
    assert answer.content_type == "application/atom+xml; charset=utf-8"
    after, (second, again) = parsed(answer.data)
    assert again == first  # with the id it had
    assert second["title"] == "Corrected: A small form (spring, revision 2)"
    assert second["summary"] == "What changed: A <label> & more."
    assert second["alternate"] == f"https://site.example/releases/{published.id}.2/"
    assert second["enclosure"] == f"https://site.example/releases/{published.id}.2/release.zip"
    assert after.find(f"{NAME}updated").text == second["updated"] == "2026-05-02T00:00:00Z"
    assert after.find(f"{NAME}title").text == "Releases of A <society>"
    assert after.find(f"{NAME}id").text == root.find(f"{NAME}id").text


def test_a_withdrawal_is_an_entry_and_nothing_leads_to_what_is_gone(published):
    _, (before,) = parsed(published.get("/releases/feed.atom").data)
    withdrawn(published.folder, published.round, "A fault.")
    _, (entry,) = parsed(published.get("/releases/feed.atom").data)
    assert entry["title"] == "Withdrawn: A small form (spring)"
    assert "A fault." in entry["summary"]
    assert entry["id"] != before["id"]
    assert "enclosure" not in entry


@pytest.mark.parametrize("society", ["A\x00\x0b\ufffeB", "]]>&<x/>", "🦊 \u202e"])
def test_no_name_of_a_society_breaks_the_feed(society):
    root, entries = parsed(feed(Site(society, "c", "https://site.example"), ()))
    assert entries == []
    assert root.find(f"{NAME}title").text.startswith("Releases of ")


def test_pages_of_the_site_that_list_results_name_the_feed(published):
    assert 'type="application/atom+xml"' in published.get("/releases/").text
