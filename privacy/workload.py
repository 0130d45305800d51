"""What a round releases: axes, tables over them, and how far one person can move each."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

from privacy.documents import integer, items, members, text, texts
from privacy.errors import WorkloadError

# Workloads are also read from releases that strangers wrote: nothing in one may ask for more than can be computed.
MOST_CELLS = 2**28  # of one table
MOST_AXES = 8  # of one table: it needs a residual for each subset of them
MOST_SETS = 2**14  # of axes that all tables need, those that tables share counted for each


@dataclass(frozen=True, slots=True)
class Axis:
    """One way to sort people into cells.

    Units: `touches` is the most cells one person is counted in; `outside` are the cells that are no answer.
    Guarantee expected of the counter: a person is counted in an outside cell only if in no other cell.
    """

    name: str
    size: int
    touches: int = 1
    outside: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        """Refuse an axis that cannot be."""
        where = f"axis {self.name!r}"
        if not self.name or self.size < 1 or not 1 <= self.touches <= self.size:
            raise WorkloadError(f"{where} needs a name and 1 <= touches <= size")
        if len(set(self.outside)) != len(self.outside) or not all(0 <= cell < self.size for cell in self.outside):
            raise WorkloadError(f"{where}: outside must be different cells of it")

    @property
    def single(self) -> bool:
        """Whether everybody is in exactly one cell."""
        return self.touches == 1

    @property
    def inside(self) -> tuple[int, ...]:
        """The cells that are answers."""
        return tuple(cell for cell in range(self.size) if cell not in self.outside)


@dataclass(frozen=True, slots=True)
class Table:
    """Counts over the axes `by + of`: `of` empty is a size table, both empty the total."""

    name: str
    by: tuple[str, ...]
    of: tuple[str, ...]

    @property
    def axes(self) -> tuple[str, ...]:
        """Axis names in array order."""
        return self.by + self.of

    @property
    def total(self) -> bool:
        """Whether this is the number of respondents."""
        return not self.axes


@dataclass(frozen=True, slots=True)
class Workload:
    """All axes and tables of a round.

    Raises: WorkloadError, naming the axis or table.
    """

    axes: tuple[Axis, ...]
    tables: tuple[Table, ...]

    def __post_init__(self) -> None:
        """Refuse what could not be counted, priced or estimated."""
        _distinct((axis.name for axis in self.axes), "axes are called")
        _distinct((table.name for table in self.tables), "tables are called")
        _distinct((f"{', '.join(t.of)} by {', '.join(t.by)}" for t in self.tables), "tables count")
        if sum(table.total for table in self.tables) != 1:
            raise WorkloadError("a workload needs exactly one table without axes: the total")
        known = {axis.name: axis for axis in self.axes}
        if sum(_subsets(table, known) for table in self.tables) > MOST_SETS:
            raise WorkloadError(f"the tables need more than {MOST_SETS} sets of axes; split less")
        sized = {table.by for table in self.tables if not table.of}
        for table in self.tables:
            self._check(table, known, sized)

    def _check(self, table: Table, known: Mapping[str, Axis], sized: Collection[tuple[str, ...]]) -> None:
        where = f"table {table.name!r}"
        if unknown := [name for name in table.axes if name not in known]:
            raise WorkloadError(f"{where}: there is no axis {unknown[0]!r}")
        _distinct(table.axes, f"axes of {where} are called")
        if prod(known[name].size for name in table.axes) > MOST_CELLS:
            raise WorkloadError(f"{where} would have more than {MOST_CELLS} cells; split by less")
        if not all(known[name].single for name in table.by):
            raise WorkloadError(f"{where}: one person is in several cells of a cohort axis; split by another")
        if table.by not in sized:
            raise WorkloadError(f"{where} needs the size table of {', '.join(table.by)}")

    def axis(self, name: str) -> Axis:
        """The axis of this name."""
        return next(axis for axis in self.axes if axis.name == name)

    def table(self, name: str) -> Table:
        """The table of this name."""
        return next(table for table in self.tables if table.name == name)

    @property
    def total(self) -> Table:
        """The table that counts everybody."""
        return next(table for table in self.tables if table.total)

    def size_table(self, table: Table) -> Table:
        """The table that counts the people of each cohort of `table`."""
        return next(other for other in self.tables if other.by == table.by and not other.of)

    def axes_of(self, table: Table) -> tuple[Axis, ...]:
        """The table's axes in array order."""
        return tuple(self.axis(name) for name in table.axes)

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of the table's array."""
        return tuple(axis.size for axis in self.axes_of(self.table(name)))

    def to_json(self) -> dict[str, Any]:
        """JSON types only."""
        return {
            "axes": [
                {"name": a.name, "size": a.size, "touches": a.touches, "outside": list(a.outside)} for a in self.axes
            ],
            "tables": [{"name": t.name, "by": list(t.by), "of": list(t.of)} for t in self.tables],
        }

    @classmethod
    def from_json(cls, document: object) -> "Workload":
        """What `to_json` gave. Raises: DocumentError, WorkloadError."""
        parts = members(document, ("axes", "tables"), "workload")
        axes = tuple(_axis(entry) for entry in items(parts["axes"], "axes"))
        return cls(axes, tuple(_table(entry) for entry in items(parts["tables"], "tables")))


def _axis(document: object) -> Axis:
    parts = members(document, ("name", "size", "touches", "outside"), "axis")
    outside = tuple(integer(cell, "outside") for cell in items(parts["outside"], "outside"))
    size, touches = integer(parts["size"], "size"), integer(parts["touches"], "touches")
    return Axis(text(parts["name"], "name"), size, touches, outside)


def _table(document: object) -> Table:
    parts = members(document, ("name", "by", "of"), "table")
    return Table(text(parts["name"], "name"), texts(parts["by"], "by"), texts(parts["of"], "of"))


def _subsets(table: Table, known: Mapping[str, Axis]) -> int:
    """How many sets of axes the table needs, without making them. Raises: WorkloadError."""
    if len(table.axes) > MOST_AXES:
        raise WorkloadError(f"table {table.name!r} has more than {MOST_AXES} axes; split by less")
    axes = (known.get(name) for name in table.axes)
    return 1 << sum(axis is not None and axis.single and axis.size > 1 for axis in axes)


def _distinct(values: Iterable[str], what: str) -> None:
    seen: set[str] = set()
    for value in values:
        if value in seen:
            raise WorkloadError(f"two {what} {value!r}")
        seen.add(value)
