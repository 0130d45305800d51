"""Not one free block under registrar, intake and tally: nothing is confirmed, nothing is lost, and then all goes on."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from crowds import arriving, invited
from reckonings import check_codes, check_destroyed, check_responses, exact_counts, opened_box
from small_disks import small_disk
from societies import founded, opened, serving, until
from storms import kill_a_worker_of
from tallies import everything_below, pieces_left, tally_of

from survey.respondent import services as services_module


@pytest.fixture(scope="module")
def refilled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleNamespace]:
    """A society on a small disk that was full while people came, and has room again; its round is still open."""
    place = tmp_path_factory.mktemp("full")
    with pytest.MonkeyPatch.context() as patch, small_disk(place / "disk") as disk:
        patch.setattr(services_module, "_RETRY", services_module._RETRY.new(total=1, backoff_factor=0.02))
        society, log = founded(disk.folder / "society"), place / "servers.log"
        manifest = opened(society)
        people = invited(society, manifest, 9, 1)
        before, amid, after = people[:3], people[3:6], people[6:]
        with serving(society, log=log) as servers:
            early = arriving(before, 3, 1)
            early.join()
            for person in amid:
                del person.tickets[1:]
                assert person.fetch(early.services, 0)
            disk.fill()
            late = arriving(after, 3, 1)
            with ThreadPoolExecutor(3) as pool:
                answering = [pool.submit(person.answer, early.services) for person in amid]
                until(lambda: log.read_text().count("storage fault") > 12)
                confirmed = [person.acknowledged for person in amid], late.got_tokens
                for server in servers.values():
                    kill_a_worker_of(server.pid)
                time.sleep(0.5)
                disk.free()
                for one in answering:
                    one.result(60)
            late.join()
            check_codes(society, people, late.services)
        yield SimpleNamespace(
            society=society, manifest=manifest, people=people, confirmed=confirmed, disk=disk, log=log
        )


def test_on_a_full_disk_nothing_is_confirmed(refilled):
    assert refilled.confirmed == ([0, 0, 0], 0)


def test_with_room_again_everything_is_stored_once(refilled):
    check_responses(refilled.people, opened_box(refilled.society, refilled.manifest))


def test_a_tally_on_a_full_disk_charges_nothing_and_measures_once_when_there_is_room(refilled):
    society, disk = refilled.society, refilled.disk
    expected = exact_counts(refilled.manifest, opened_box(society, refilled.manifest))
    with tally_of(society, disk.folder.parent / "notes") as tally:
        assert tally.run("close") == {}
        disk.fill()
        refused = [tally.run()]
        disk.free()
        refused.append(tally.run(f"fill {disk.filler}"))  # when it has drawn, and is about to commit
        disk.free()
        assert [said["error"] for said in refused] == ["LedgerUnavailable"] * 2
        assert all("nothing was charged" in said["words"] for said in refused)
        assert tally.run() == {}
    assert tally.counted == [expected] * 2
    drafts = tally.drafts
    assert len(set(drafts)) == 2
    files = everything_below(disk.folder)
    assert pieces_left(drafts, drafts[-1], files) == []
    assert any("tally.sqlite" in name for name in pieces_left(drafts, drafts[0], files))
    check_destroyed(society, refilled.manifest)
