"""The promise as JSON."""

import json

from a_round import small_promise
from hypothesis import given, settings
from hypothesis import strategies as st

from survey.rounds.promise import Promise, PromisedAxis, PromisedNoise, PromisedTable, PromisedTerm

numbers = st.floats(min_value=1e-9, max_value=1e9)
counts = st.integers(0, 10**6)
names = st.text(min_size=1, max_size=20)
tuples = st.lists(names, max_size=3).map(tuple)
axes = st.builds(PromisedAxis, names, counts, counts, st.lists(counts, max_size=3).map(tuple))
tables = st.builds(PromisedTable, names, tuples, tuples, numbers, st.none() | numbers, counts, numbers, numbers)
noise = st.builds(PromisedNoise, tuples, numbers, numbers)
promises = st.builds(
    Promise,
    *[numbers] * 5,
    *[counts] * 3,
    *[numbers] * 2,
    names,
    st.builds(PromisedTerm, names, names, numbers, numbers),
    st.lists(axes, max_size=3).map(tuple),
    st.lists(noise, max_size=3).map(tuple),
    st.lists(tables, max_size=3).map(tuple),
)


@settings(deadline=None)
@given(promises)
def test_a_promise_reads_back_as_it_was_written(promise):
    assert Promise.from_json(json.loads(json.dumps(promise.to_json()))) == promise


def test_a_promise_is_written_with_lists_only():
    document = small_promise().to_json()
    assert json.loads(json.dumps(document)) == document
