"""The clock of the slow phone runs over a real sending. What it shows is printed by `make bench`, never asserted."""

import pytest

from benchmarks import sending
from browsing.driver import missing


@pytest.mark.long
@pytest.mark.skipif(bool(missing()), reason=f"NO BROWSER: there is no {', no '.join(missing())}")
def test_one_request_is_seen_and_subtracted_from_the_pass_and_from_the_sending():
    (run,) = sending.measure(1)
    for span in (run["pass"], run["sent"]):
        assert span["requests"] == 1
        assert 0 < span["network"] < span["whole"]


def test_the_median_is_said_beside_the_target_and_without_the_network(capsys):
    spans = [{"whole": whole, "network": 400.0, "requests": 1} for whole in (900.0, 2100.0, 1000.0)]
    sending._say("click", spans, 1.5)
    said = capsys.readouterr().out
    assert "click: 0.60 s without the network (target under 1.5 s: met), which took 0.40 s more here" in said


def test_a_missed_target_is_said_loudly(capsys):
    sending._say("click", [{"whole": 2000.0, "network": 400.0, "requests": 1}], 1.5)
    assert "MISSED" in capsys.readouterr().out


def test_without_a_browser_that_is_said_loudly_and_the_other_benchmarks_go_on(monkeypatch, capsys):
    monkeypatch.setattr(sending, "missing", lambda: ["node"])
    sending.run()
    assert "SENDING FROM A SLOW PHONE IS NOT MEASURED: there is no node." in capsys.readouterr().out
