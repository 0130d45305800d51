"""Support resources: what the config takes, and what a host is told who names nobody to turn to."""

from pathlib import Path

import pytest
from societies import later

from host.config import ConfigError, load_config
from host.founding import found

EXAMPLE = Path(__file__).resolve().parents[2] / "config.example.toml"

NAMED = """
[[support]]
forms = ["hr-hazards"]
title = "Somebody to talk to"
text = "Free of charge."
contact = "0800 000"
"""


def opening(form):
    return ("round", "open", "--form", form, "--name", "spring", "--respondents", 300, "--closes", later(days=1))


@pytest.fixture
def named_society(society, monkeypatch):
    monkeypatch.chdir(society.folder)
    named = society.config.read_text().replace("Our society", "Society of the Rose").replace("how to reach us", "us")
    society.config.write_text(named)
    return society


def test_a_heavy_form_without_support_resources_is_opened_and_the_host_is_told_how_to_fill_the_page(ask, named_society):
    ran = ask(*opening("hr-hazards"))
    assert ran.code == 0
    (line,) = ran.err.splitlines()
    assert line.startswith(
        "subrosa: 'hr-hazards' asks about what makes ill, and its page of support resources is empty;"
    )
    assert "[[support]] in subrosa.toml" in line


def test_nothing_is_said_where_there_is_somebody_to_turn_to_or_the_form_is_not_heavy(ask, named_society):
    assert ask(*opening("team-pulse")).err == ""
    named_society.config.write_text(named_society.config.read_text() + NAMED)
    ran = ask(*[part if part != "spring" else "autumn" for part in opening("hr-hazards")], "--epsilon", 1)
    assert (ran.code, ran.err) == (0, "")


SUPPORT = """
[[support]]
forms = ["hr-hazards"]
title = "Somebody to talk to"
text = "Free of charge."
contact = "0800 000"
url = "tel:+800000"
"""


@pytest.fixture
def with_support(tmp_path):
    """The example config with this support resource alone, after one change to it."""

    def change(old, new):
        assert SUPPORT.count(old) == 1, old
        path = tmp_path / "subrosa.toml"
        text = EXAMPLE.read_text(encoding="utf-8").partition("[[support]]")[0]
        path.write_text(text + SUPPORT.replace(old, new), encoding="utf-8")
        return load_config(path)

    return change


def test_a_society_names_nobody_unless_it_says_so(tmp_path):
    assert load_config(found(tmp_path / "society", None).config).support == ()


def test_the_example_names_somebody_for_the_heavy_form():
    (resource,) = load_config(EXAMPLE).support
    assert resource.forms == ("hr-hazards",)
    assert "" not in (resource.title, resource.text, resource.contact, resource.url)


@pytest.mark.parametrize(
    "url",
    [
        "https://help.example",
        "https://help.example/a/b?c=d#e",
        "tel:+49-800-111",
        "tel:112",
        "mailto:someone@help.example",
    ],
)
def test_a_support_resource_leads_to_a_page_a_telephone_or_a_mailbox(with_support, url):
    assert with_support('"tel:+800000"', f'"{url}"').support[0].url == url


def test_a_support_resource_needs_a_contact_or_an_address_and_not_both(with_support):
    assert with_support('contact = "0800 000"\n', "").support[0].contact == ""
    assert with_support('url = "tel:+800000"\n', "").support[0].url == ""
    with pytest.raises(ConfigError, match=r"support\.0\.contact: needs a contact or a url"):
        with_support('contact = "0800 000"\nurl = "tel:+800000"\n', "")


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('url = "tel:+800000"', 'url = "http://help.example"', "url"),
        ('url = "tel:+800000"', 'url = "javascript:alert(1)"', "url"),
        ('url = "tel:+800000"', "url = 'https://help.example/\"x'", "url"),
        ('url = "tel:+800000"', 'url = "https://help.example/a b"', "url"),
        ('url = "tel:+800000"', 'url = "https://me@help.example"', "url"),
        ('url = "tel:+800000"', 'url = "https://help.example\\n"', "url"),
        ('url = "tel:+800000"', 'url = "tel:call me"', "url"),
        ('url = "tel:+800000"', 'url = "mailto:a@b.example?cc=c@d.example"', "url"),
        ('url = "tel:+800000"', 'link = "tel:+800000"', "link"),
        ('title = "Somebody to talk to"', 'title = ""', "title"),
        ('text = "Free of charge."', "", "text"),
        ('text = "Free of charge."', "text = 5", "text"),
        ('forms = ["hr-hazards"]', "forms = []", "forms"),
        ('forms = ["hr-hazards"]', 'forms = "hr-hazards"', "forms"),
        ('forms = ["hr-hazards"]', 'forms = ["HR hazards"]', "forms.0"),
        ('contact = "0800 000"', 'contact = ""', "contact"),
    ],
)
def test_every_fault_of_a_support_resource_is_named_by_its_place(with_support, old, new, place):
    with pytest.raises(ConfigError) as caught:
        with_support(old, new)
    assert str(caught.value).startswith(f"subrosa.toml, support.0.{place}: ")
