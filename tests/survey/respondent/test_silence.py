"""A service that is away: said once, and not waited for without end."""

import socket
import threading
import time

import pytest
from bulk_entry import ROWS, run
from in_process import Trouble
from urllib3.exceptions import MaxRetryError, ProtocolError

from survey import problems
from survey.respondent import bulk
from survey.respondent import services as services_module
from survey.respondent.services import ServiceRefused, Services, ServiceUnreachable
from survey.respondent.silence import SAY_SECONDS, STOP_SECONDS, Silence
from survey.respondent.waiting import Waiting

STORAGE = ServiceRefused(problems.STORAGE.name, problems.STORAGE.detail)
GATEWAY = ServiceRefused("unreadable", "The service answered 502 without saying why; tell the society.")
UNREACHABLE = ServiceUnreachable("The service does not answer; try again later.")
A_TRY = 13.0  # seconds in which one row uses up its tries


class Clock:
    """Time passes only where somebody says so."""

    def __init__(self):
        self.time = 0.0

    def __call__(self):
        return self.time


@pytest.fixture
def time_of_tries(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(bulk, "monotonic", clock)
    return clock


@pytest.fixture
def said(monkeypatch):
    """What a whole entry said."""
    sentences, real = [], bulk.Entering

    def telling(*given):
        return real(*given, sentences.append)

    monkeypatch.setattr("bulk_entry.Entering", telling)
    return sentences


def away(kind, clock, error, after=0):
    """Every request of this kind fails from then on, late."""

    def fail(asked, number):
        if asked == kind and number > after:
            clock.time += A_TRY
            raise error

    return Trouble(before=fail)


def test_silence_is_said_once_and_ends_in_time():
    clock, sentences = Clock(), []
    silence = Silence("intake", sentences.append, clock)
    for seconds, words, over in (
        (SAY_SECONDS - 0.1, 0, False),
        (SAY_SECONDS, 1, False),
        (STOP_SECONDS - 0.1, 1, False),
    ):
        clock.time = seconds
        silence.nothing()
        assert (len(sentences), silence.over) == (words, over)
    silence.answered()
    clock.time += STOP_SECONDS - 0.1
    silence.failed()
    assert not silence.over
    clock.time += 0.1
    silence.failed()
    assert silence.over
    assert sentences == ["The intake does not answer; waiting."]


def test_who_asks_to_be_waited_for_is_not_silent_until_a_request_is_given_up():
    clock, sentences = Clock(), []
    silence = Silence("intake", sentences.append, clock)
    clock.time = 600.0
    silence.asked_to_wait()
    silence.nothing()
    assert (sentences, silence.over) == ([], False)
    silence.failed()
    assert (len(sentences), silence.over) == (1, True)


@pytest.mark.parametrize("error", [STORAGE, GATEWAY, UNREACHABLE])
def test_an_intake_that_stays_away_is_said_once_and_stops_the_entry(
    town, spring, tmp_path, codes, time_of_tries, said, error
):
    trouble = away("response", time_of_tries, error, after=2)
    outcome, services, _ = run(town, spring, tmp_path, codes, trouble)
    tries = services.seen["response"] - 2
    assert said == ["The intake does not answer; waiting."]
    assert STOP_SECONDS <= time_of_tries.time <= STOP_SECONDS + 3 * A_TRY  # one client has two in hand
    assert (outcome.stopped, outcome.sent, outcome.not_yet, len(outcome.failures)) == ("intake", 2, ROWS - 2, tries)
    assert tries < ROWS - 2  # the rest was not tried
    outcome, _, _ = run(town, spring, tmp_path, codes)
    assert (outcome.stopped, outcome.sent, outcome.not_yet, outcome.failures) == ("", ROWS, 0, ())
    assert town.box.count(spring.manifest.id_bytes) == ROWS


def test_a_registrar_that_stays_away_stops_the_entry_before_anything_is_sent(
    town, spring, tmp_path, codes, time_of_tries, said
):
    trouble = away("token-request", time_of_tries, UNREACHABLE, after=2)
    outcome, services, _ = run(town, spring, tmp_path, codes, trouble, skip_failed=True)
    assert said == ["The registrar does not answer; waiting."]
    assert (outcome.stopped, outcome.sent, outcome.not_yet, outcome.held_back) == ("registrar", 0, ROWS, True)
    assert services.seen["response"] == 0
    assert services.seen["token-request"] < ROWS


def test_a_service_that_refuses_every_row_for_a_reason_of_its_own_is_heard(
    town, spring, tmp_path, codes, time_of_tries, said
):
    closed = ServiceRefused(problems.CLOSED.name, problems.CLOSED.detail)
    outcome, services, _ = run(town, spring, tmp_path, codes, away("response", time_of_tries, closed))
    assert (outcome.stopped, len(outcome.failures), services.seen["response"]) == ("", ROWS, ROWS)
    assert said == []


def test_an_outage_that_passes_stops_nothing(town, spring, tmp_path, codes, time_of_tries, said):
    """One row in six goes through, each time before it has lasted too long."""

    def fail(asked, number):
        if asked == "response" and number % 6:
            time_of_tries.time += A_TRY
            raise STORAGE

    outcome, _, _ = run(town, spring, tmp_path, codes, Trouble(before=fail))
    assert (outcome.stopped, outcome.sent, len(outcome.failures)) == ("", ROWS // 6, ROWS - ROWS // 6)
    assert len(said) == 1


def test_a_service_that_hangs_is_said_and_stops_the_entry_too(
    town, spring, tmp_path, codes, time_of_tries, said, monkeypatch
):
    """No request comes to an end, so nothing fails either; what is under way may still be confirmed."""
    monkeypatch.setattr(bulk, "_TICK_SECONDS", 0.01)
    hangs = threading.Event()

    def hang(asked, _number):
        if asked == "response":
            time_of_tries.time += STOP_SECONDS
            hangs.wait(60)

    monkeypatch.setattr(Waiting, "end", lambda _waiting: hangs.set())
    outcome, _, _ = run(town, spring, tmp_path, codes, Trouble(before=hang))
    assert said == ["The intake does not answer; waiting."]
    assert (outcome.stopped, outcome.sent, outcome.not_yet) == ("intake", 1, ROWS - 1)


def test_whoever_stops_begins_no_further_try():
    waiting, lost = Waiting(), ProtocolError()
    retries = services_module._RETRY.until_ended(waiting).increment("PUT", "/v1/x", error=lost)
    retries = retries.increment("PUT", "/v1/x", error=lost)
    waiting.end()
    with pytest.raises(MaxRetryError):
        retries.increment("PUT", "/v1/x", error=lost)


def test_whoever_stops_does_not_sit_out_the_pause_before_the_next_try(monkeypatch):
    monkeypatch.setattr(services_module, "_RETRY", services_module._RETRY.new(total=50, backoff_factor=60))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    services, begun = Services(), time.monotonic()
    later = threading.Timer(0.2, services.waiting.end)
    later.start()
    with pytest.raises(ServiceUnreachable):
        services._send("PUT", f"http://127.0.0.1:{port}/v1/x", {}, b"sealed")
    later.join()
    assert time.monotonic() - begun < 20
