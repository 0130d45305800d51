"""Releases made as in a real round: records are counted, measured once by a real ledger, and published."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import date
from typing import Final, cast

import sqlalchemy as sa
from sqlalchemy.pool import StaticPool

# Called by their modules' names: a planted fault replaces them there.
import aggregation.counting
import aggregation.promise
import privacy.measure
import reports.release
from aggregation.opening import OpenedBatch
from audit.scenarios import HOST_KEY, Scenario
from privacy.ledger import Ledger, Term
from privacy.store import METADATA
from reports.versions import installed_versions
from survey.rounds.manifest import Manifest, sign_manifest

_DAY: Final = date(2026, 4, 2)


class Press:
    """One scenario's round, with the canary or without, from which any number of releases can be made.

    Each release is the first and only one of a fresh ledger: the records, the manifest and the noise's distribution
    are the same, the noise is not.
    """

    def __init__(self, scenario: Scenario, with_canary: bool) -> None:
        self.manifest = scenario.manifest()
        self._served = sign_manifest(self.manifest, HOST_KEY)
        workload, self._allocation = aggregation.promise.plan_of(self.manifest.form, self.manifest.promise)
        batches = [OpenedBatch(scenario.records(with_canary))]
        self._counts = aggregation.counting.count(self.manifest.form, workload, batches)
        self._charge = privacy.measure.Charge(self.manifest.id, scenario.wishes.minimum_responses)
        self._versions = installed_versions()
        self._ledger = _MemoryLedger(term_of(self.manifest))

    def release(self) -> Mapping[str, bytes]:
        """All files of one more release, by name."""
        ledger = self._ledger.fresh()
        measurement = privacy.measure.measure(ledger, self._charge, self._counts, self._allocation)
        return reports.release.build_release(self._served, None, measurement, ledger.entries()[-1], self._versions)


def term_of(manifest: Manifest) -> Term:
    """The term that the manifest promises to charge."""
    promised = manifest.promise.term
    return Term(date.fromisoformat(promised.start), date.fromisoformat(promised.end), promised.epsilon, promised.delta)


class _MemoryLedger:
    """The real ledger over a database in memory, which is emptied by copying an empty one over it."""

    def __init__(self, term: Term) -> None:
        engine = sa.create_engine("sqlite://", poolclass=StaticPool)
        METADATA.create_all(engine)
        connection = engine.raw_connection().driver_connection
        self._database = cast(sqlite3.Connection, connection)
        self._empty = sqlite3.connect(":memory:")
        self._database.backup(self._empty)
        self._ledger = Ledger(engine, term, lambda: _DAY)

    def fresh(self) -> Ledger:
        """The ledger without an entry."""
        self._empty.backup(self._database)
        return self._ledger
