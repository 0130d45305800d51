"""What is told for Prometheus: read back by its own parser, and nothing in it moves with one request."""

import http.client
import socket
import time
from contextlib import closing

import pytest
from prometheus_client.parser import text_string_to_metric_families
from stopped_clock import StoppedClock

from host import metrics
from host.coarse_counts import OUTCOMES, SHORTEST_INTERVAL, CoarseCounts
from host.metrics import RoleCollector, metrics_app, serve_metrics
from host.ports import free_port
from survey.readiness import Readiness


@pytest.fixture
def clock():
    return StoppedClock()


@pytest.fixture
def broken():
    return set()


@pytest.fixture
def counts(clock):
    return CoarseCounts(1, 300, clock, lambda _step: 0)


@pytest.fixture
def app(clock, broken, counts):
    def check():
        if "store" in broken:
            raise OSError

    readiness = Readiness({"store": check, "rounds": lambda: None}, clock)
    return metrics_app(RoleCollector("intake", readiness, counts, lambda: "disk" in broken, settles=True))


def read(app):
    """Every sample by its name and labels."""
    text = b"".join(app({}, lambda *_given: None)).decode()
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_what_is_told_is_this_and_no_more(app):
    samples = read(app)
    (info,) = (key for key in samples if key[0] == "subrosa_info")
    assert info[1] == "intake"
    assert set(samples) - {info} == {
        ("subrosa_ready", "store"),
        ("subrosa_ready", "rounds"),
        ("subrosa_settled",),
        ("subrosa_disk_nearly_full",),
        *(("subrosa_requests_total", outcome) for outcome in OUTCOMES),
    }


def test_what_must_be_fresh_is_fresh(app, broken, counts, clock):
    assert read(app)["subrosa_ready", "store"] == 1
    broken |= {"store", "disk"}
    counts.tell_settled(False)
    clock.now += 1
    samples = read(app)
    assert (samples["subrosa_ready", "store"], samples["subrosa_ready", "rounds"]) == (0, 1)
    assert (samples["subrosa_settled",], samples["subrosa_disk_nearly_full",]) == (0, 1)


def test_requests_show_after_an_interval_and_in_steps(app, counts, clock):
    before = read(app)
    for _ in range(2500):
        counts.count("answered")
    assert read(app) == before
    clock.now += SHORTEST_INTERVAL
    assert read(app)["subrosa_requests_total", "answered"] == 2000
    counts.count("answered")
    assert read(app)["subrosa_requests_total", "answered"] == 2000


def test_one_who_hangs_up_or_keeps_silent_does_not_silence_the_numbers(app, capfd, monkeypatch):
    monkeypatch.setattr(metrics._Quiet, "timeout", 0.5)
    port = free_port()
    serve_metrics(("127.0.0.1", port), app)
    with socket.create_connection(("127.0.0.1", port)) as silent, socket.create_connection(("127.0.0.1", port)) as odd:
        odd.sendall(b"GET /marked\r\n\r\n\x00 strange")
        odd.close()
        begun = time.monotonic()
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
            connection.request("GET", "/metrics")
            answer = connection.getresponse()
            assert (answer.status, b"subrosa_ready" in answer.read()) == (200, True)
            assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
            assert "Access-Control-Allow-Origin" not in answer.headers
        assert time.monotonic() - begun < 10
        assert silent.fileno() > 0
    assert capfd.readouterr() == ("", "")
