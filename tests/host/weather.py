"""What a long storm is made of: one bad thing after the other, at moments that a seeded die chooses."""

import random
import time
from collections.abc import Callable

from meddlers import Fate
from storms import OwnPostgres, Storm, every_so_many_commits


class Weather:
    """Bad things that can happen to a storm's servers and databases, by name, and which of them did."""

    def __init__(self, it: Storm, server: OwnPostgres | None, seed: int) -> None:
        self._it, self._server, self._die = it, server, random.Random(seed)
        self.seen: list[str] = []

    def rage(self, until: Callable[[], bool], things: int) -> None:
        """So many bad things, or fewer if the crowd is through before."""
        choices = [self.worker_killed, self.server_killed]
        if self._server is not None:
            choices += [self.database_restarted, self.wires_cut, self.commits_cut]
            if self._server.disk is not None:
                choices.append(self.disk_full)
        for _ in range(things):
            if until():
                return
            thing = self._die.choice(choices)
            self.seen.append(thing.__name__)
            thing()
            time.sleep(self._die.uniform(0.1, 1.5))

    def _role(self) -> str:
        return self._die.choice(list(self._it.doors))

    def worker_killed(self) -> None:
        role = self._role()
        if self._it.servers[role].poll() is None:
            self._it.kill_a_worker(role, self._die.randrange(8))

    def server_killed(self) -> None:
        role = self._role()
        if self._it.servers[role].poll() is None:
            self._it.kill_all_of(role)
        self._it.begin_again(role)

    def database_restarted(self) -> None:
        assert self._server is not None
        self._server.stop_at_once()
        time.sleep(self._die.uniform(0, 2))
        self._server.start()

    def wires_cut(self) -> None:
        for wire in self._it.wires.values():
            wire.reset_all()

    def commits_cut(self) -> None:
        for wire in self._it.wires.values():
            wire.judge = every_so_many_commits(self._die.randint(15, 40), self._die.choice([Fate.CUT, Fate.UNHEARD]))

    def disk_full(self) -> None:
        """A PostgreSQL server that cannot write its log ends itself; somebody makes room and begins it again."""
        assert self._server is not None
        assert self._server.disk is not None
        self._server.disk.fill()
        time.sleep(self._die.uniform(0.5, 2))
        self._server.disk.free()
        if not self._server.runs:
            self._server.start()
