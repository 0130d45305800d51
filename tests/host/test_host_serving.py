"""Real servers in production: watched over, limited, told to stop with requests under way, and sent odd signals."""

import logging
import os
import resource
import signal
import time
from contextlib import ExitStack

import psutil
import pytest
from served import (
    PER_MINUTE,
    PROCESSES,
    ROLES,
    get,
    in_production,
    person,
    refused,
    set_up,
    status_of,
    tells,
    told,
    under_way,
    without_table,
    workers,
)
from societies import enter_directly, opened, serving, some_rows, until
from test_host_arrival_order import log_of
from traces import files_below

from host.config import ConfigError, load_config
from host.processes import processes_of
from survey.readiness import FRESH_SECONDS
from survey.registrar.issuing import Issuer
from survey.tokens import authorization

OFFICE = "203.0.113.55"


@pytest.fixture(scope="module")
def production(tmp_path_factory):
    with in_production(tmp_path_factory.mktemp("production")) as served:
        yield served


def address(production, role):
    return getattr(production.society.house.config, role).address


def ready(production, role):
    return get(address(production, role), "/readyz")


def everywhere(production, role, status):
    """Every process says so: each keeps what it knows for a second, and one of them answers."""
    return all(ready(production, role)[0] == status for _ in range(6 * PROCESSES))


def test_each_role_works_in_as_many_processes_as_the_config_says(production):
    for process in production.processes.values():
        assert len(workers(process.pid)) == PROCESSES


@pytest.mark.parametrize("role", ROLES)
def test_a_role_says_that_it_is_healthy_and_ready(production, role):
    for path in ("/healthz", "/readyz"):
        status, headers, body = get(address(production, role), path)
        assert (status, body, headers["Cache-Control"]) == (200, b"ok\n", "no-store")


def test_where_the_rounds_cannot_be_read_no_role_is_ready_but_all_are_healthy(production):
    rounds = production.society.folder / "rounds"
    rounds.rename(rounds.with_name("away"))
    for role in ROLES:
        until(lambda role=role: everywhere(production, role, 503))
        assert get(address(production, role), "/healthz")[0] == 200
    rounds.with_name("away").rename(rounds)
    for role in ROLES:
        until(lambda role=role: everywhere(production, role, 200))


def test_where_the_store_or_its_disk_fails_a_service_is_not_ready_and_says_so_in_the_same_words(production):
    refusals = []
    for role, table in (("registrar", "codes"), ("intake", "ballots")):
        with without_table(production.society.folder / role / f"{role}.sqlite", table):
            until(lambda role=role: everywhere(production, role, 503))
            refusals.append(ready(production, role)[2])
        until(lambda role=role: everywhere(production, role, 200))
    for worker in workers(production.processes["intake"].pid):
        resource.prlimit(worker, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
    until(lambda: everywhere(production, "intake", 503))
    until(lambda: b'subrosa_ready{check="disk"} 0.0' in told(production.numbers["intake"]))
    refusals.append(ready(production, "intake")[2])
    for worker in workers(production.processes["intake"].pid):
        resource.prlimit(worker, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    until(lambda: everywhere(production, "intake", 200))
    assert len(set(refusals)) == 1


def test_to_ask_whether_a_service_is_ready_writes_nothing(production):
    """A mark in the log every second would tell when each response came."""
    folder = production.society.folder / "intake"
    before = {path: path.read_bytes() for path in folder.iterdir() if not path.name.endswith("-shm")}
    for _ in range(3):
        time.sleep(FRESH_SECONDS)
        assert everywhere(production, "intake", 200)
    assert {path: path.read_bytes() for path in folder.iterdir() if not path.name.endswith("-shm")} == before


def test_a_source_that_asks_too_often_is_told_to_wait_and_nobody_else(production):
    def asks(role, **headers):
        status, said, _ = get(address(production, role), "/elsewhere", **headers)
        assert (status == 429) == ("Retry-After" in said)
        return status

    for role in ("intake", "site"):
        taken = 0
        while asks(role, X_Forwarded_For=OFFICE) == 404:
            taken += 1
            assert taken < 200
        assert taken >= PER_MINUTE  # each process counts for itself
        assert asks(role, X_Forwarded_For="203.0.113.56") == 404
        assert asks(role) == 404
        assert get(address(production, role), "/healthz")[0] == 200
    assert OFFICE.encode() not in b"".join(files_below(production.society.folder).values())
    assert OFFICE not in production.log.read_text()


def test_one_request_more_changes_nothing_that_is_told(production):
    before = {role: told(production.numbers[role]) for role in ROLES}
    for role in ROLES:
        assert get(address(production, role), f"/v1/rounds/{production.manifest.id}/manifest")[0] in (200, 404)
        get(address(production, role), "/elsewhere")
    assert {role: told(production.numbers[role]) for role in ROLES} == before
    assert b"subrosa_requests_total" in before["intake"]
    for strange in (b"process_", b"python_", b"_created", b"seconds"):
        assert strange not in b"".join(before.values())


def test_numbers_are_told_at_their_own_place_only(production):
    for role in ROLES:
        assert get(address(production, role), "/metrics")[0] == 404


def test_a_process_that_dies_is_replaced_also_where_it_told_the_numbers(production):
    pid = production.processes["registrar"].pid
    for worker in workers(pid):
        os.kill(worker, signal.SIGKILL)
    until(lambda: len(workers(pid)) == PROCESSES)
    until(lambda: not refused(production.society, "registrar"))
    until(lambda: everywhere(production, "registrar", 200))
    until(lambda: tells(production.numbers["registrar"], b'role="registrar"'))


def test_a_signal_that_is_no_order_to_stop_changes_nothing(production):
    for process in production.processes.values():
        before = workers(process.pid)
        for order in ("HUP", "USR1", "USR2", "TTIN", "TTOU", "WINCH"):
            process.send_signal(getattr(signal, f"SIG{order}"))
        for worker in before:
            for order in (signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2):
                os.kill(worker, order)
        time.sleep(0.5)
        assert (process.poll(), workers(process.pid)) == (None, before)
    assert everywhere(production, "site", 200)


def test_requests_under_way_are_answered_and_no_new_ones_taken_when_services_stop(tmp_path):
    society = set_up(tmp_path / "society", processes=PROCESSES, stop_seconds=60)
    manifest = opened(society)
    answering, asking = person(society, manifest), person(society, manifest)
    issuer = Issuer(society.house.issuer_key(manifest.id).read_bytes())
    answering.redeem(issuer.sign(answering.ticket.blinded_message))
    path = f"/v1/rounds/{manifest.id}"
    token = {"Authorization": authorization(answering.token), "Subrosa_Revision": "1"}
    with serving(society) as processes, ExitStack() as open_requests:
        response = open_requests.enter_context(
            under_way(society, "intake", "PUT", f"{path}/response", answering.sealed, **token)
        )
        code = {"Authorization": f"Bearer {asking.code}"}
        request = open_requests.enter_context(
            under_way(society, "registrar", "POST", f"{path}/token-request", asking.request, **code)
        )
        time.sleep(0.5)
        os.killpg(processes["intake"].pid, signal.SIGTERM)  # as a service manager does
        os.killpg(processes["registrar"].pid, signal.SIGINT)  # as a terminal does
        until(lambda: refused(society, "intake") and refused(society, "registrar"))
        response.sendall(answering.sealed[-1:])
        request.sendall(asking.request[-1:])
        assert (status_of(response), status_of(request)) == (201, 200)
        assert [process.wait(30) for process in processes.values()] == [0, 0]
    assert society.box.count(manifest.id_bytes) == 1
    assert society.register.counts(manifest.id_bytes).spent == 1


def listening(pid):
    """The ports at which a process and its workers listen."""
    of_all = [psutil.Process(one) for one in (pid, *workers(pid))]
    return {c.laddr.port for process in of_all for c in process.net_connections() if c.status == psutil.CONN_LISTEN}


def test_a_request_that_never_ends_does_not_keep_a_service_from_stopping_and_settling(tmp_path):
    society = set_up(tmp_path / "society", stop_seconds=1)
    manifest = opened(society)
    database = society.folder / "intake" / "intake.sqlite"
    with serving(society, "intake") as processes:
        assert len(listening(processes["intake"].pid)) == 1  # and tells no numbers, because nobody asked for them
        (answering,) = enter_directly(society, manifest, some_rows(1))
        path = f"/v1/rounds/{manifest.id}/response"
        with under_way(society, "intake", "PUT", path, b"x" * 1000, Authorization=authorization(answering.token)):
            processes["intake"].terminate()
            begun = time.monotonic()
            assert processes["intake"].wait(60) == 0
            assert time.monotonic() - begun < 30
    assert log_of(database) == b""
    assert society.box.count(manifest.id_bytes) == 1


def test_the_registrar_works_in_one_process_where_it_mails_codes_and_says_so(tmp_path, caplog):
    mail = '[mail]\nhost = "127.0.0.1"\nport = 25\nsecurity = "none"\nsender = "post@society.example"\n'
    with caplog.at_level(logging.WARNING):
        without = load_config(set_up(tmp_path / "without", processes=3).config)
        assert [processes_of(without, role) for role in ROLES] == [3, 3, 3]
        assert caplog.records == []
        config = load_config(set_up(tmp_path / "with", mail, processes=3).config)
        assert [processes_of(config, role) for role in ROLES] == [1, 3, 3]
        assert "codes by mail" in caplog.text


def test_numbers_are_never_told_at_a_public_place(tmp_path):
    society = set_up(tmp_path / "society")
    public = society.house.config.site.listen
    society.config.write_text(f'{society.config.read_text()}\n[metrics]\nintake = "{public}"\n')
    with pytest.raises(ConfigError, match=r"metrics\.intake"):
        load_config(society.config)
