"""Where in a document a fault lies is told so that no terminal takes it for more than one line of words."""

import pytest

from survey.forms.faults import sentences


@pytest.mark.parametrize("key", ["\x00", "a\x1b[2Jb", "a\nb", "\u202e", "a" * 10_000])
def test_a_name_in_a_document_is_told_on_one_short_line(key):
    (said,) = sentences({"roles": {key: {"key": ["is none"]}}}, {"roles": {key: 1}})
    assert said.startswith("roles, ")
    assert said.endswith(", key: is none")
    assert said.isprintable()
    assert len(said) < 100
