"""Eligibility codes."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from survey.registrar.codes import MalformedCode, hash_code, new_code

ROUND = bytes(range(32))
quick = settings(deadline=None, max_examples=100)
LETTERS = "abcdefghijklmnopqrstuvwxyz234567"


def test_a_code_is_twenty_six_letters_in_groups():
    for _ in range(50):
        assert re.fullmatch(r"([a-z2-7]{5}-){5}[a-z2-7]", new_code())


def test_codes_differ():
    codes = {new_code() for _ in range(1000)}
    assert len(codes) == 1000
    assert {letter for code in codes for letter in code} == {*LETTERS, "-"}


@quick
@given(st.randoms(use_true_random=False), st.sampled_from([str.upper, str.lower, str.title]))
def test_case_spaces_and_hyphens_do_not_matter(chance, case):
    code = new_code()
    letters = case(code.replace("-", ""))
    typed = "".join(letter + chance.choice(["", "", " ", "-", "\t"]) for letter in letters)
    assert hash_code(typed, ROUND) == hash_code(code, ROUND)


def test_digits_that_base32_does_not_have_are_read_as_the_letters_they_look_like():
    code = "oib" * 8 + "oa"
    assert hash_code("018" * 8 + "0a", ROUND) == hash_code(code, ROUND)


def test_the_round_is_part_of_the_hash():
    code = new_code()
    hashes = {hash_code(code, ROUND), hash_code(code, bytes(32)), hash_code(new_code(), ROUND)}
    assert len(hashes) == 3
    assert all(len(one) == 32 for one in hashes)


@quick
@given(st.text(max_size=40) | st.text(alphabet=LETTERS + "-!é1", min_size=20, max_size=40))
def test_anything_else_is_malformed_and_never_repeated(text):
    if _is_a_code(text):
        assert len(hash_code(text, ROUND)) == 32
        return
    with pytest.raises(MalformedCode) as caught:
        hash_code(text, ROUND)
    assert str(caught.value) == "A code has 26 letters and digits; check that none is missing or misread."


def _is_a_code(text):
    """By the letters alone: 26 of them, and the last without bits of its own."""
    letters = "".join(text.split()).replace("-", "").lower().translate({48: "o", 49: "i", 56: "b"})
    return len(letters) == 26 and set(letters) <= set(LETTERS) and LETTERS.index(letters[-1]) % 4 == 0


def test_only_one_last_letter_spells_the_same_bits():
    code = new_code().replace("-", "")
    taken = 0
    for letter in LETTERS:
        try:
            hash_code(code[:-1] + letter, ROUND)
        except MalformedCode:
            continue
        taken += 1
    assert taken == 8  # 130 bits are written, 128 are meant: two must be zero


@pytest.mark.parametrize("text", ["", "a", "a" * 25, "a" * 27, "ä" * 26, "-" * 26, "9" * 26, "a" * 25 + "="])
def test_wrong_lengths_and_letters_are_malformed(text):
    with pytest.raises(MalformedCode):
        hash_code(text, ROUND)
