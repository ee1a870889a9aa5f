"""Conditions judged in a CPU second: amlaudit, plain Python, JMESPath, CEL and Rego.

Usage: python -m benchmarks.conditions, in an environment with `benchmarks/requirements.txt`

100,000 decoded workspaces pass by in blocks; in each, every engine judges the same rows, one after
the other, so that whatever else the machine does falls on all of them. The figure of an engine is
the median of its blocks.
"""

import gc
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from time import process_time
from typing import Any, Final, NamedTuple

from amlaudit.core.conditions import (
    FALSE,
    TRUE,
    UNKNOWN,
    AllOf,
    Comparison,
    Default,
    Operator,
)
from amlaudit.core.estate import Estate
from amlaudit.core.memory import MemoryStore
from amlaudit.core.resource import Origin, Resource
from amlaudit.core.subject import Subject
from amlaudit.engine.compile import compile_condition
from amlaudit.engine.outcome import Judge
from amlaudit.scanners.documents import resources_of
from benchmarks import peers
from benchmarks.common import Table, publish
from benchmarks.estates import API_VERSION, READ_AT, unit
from benchmarks.peers import CLAUSES, Clause

_BLOCKS: Final = 20
_ROWS: Final = 5_000
_SAMPLE: Final = 50
"""Rows of each block on which all engines must come to the same truths; all that slow ones get."""
_SCOPE: Final = "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg"
_ONE: Final = (CLAUSES[:1], CLAUSES[1:2])
"""Conditions of one clause: one whose absence means something, and one whose does not."""


_NO_NEIGHBOURS: Final = Estate(MemoryStore())


class Engine(NamedTuple):
    """One way to judge.

    Attributes:
        make: Returns the judge of a condition.
        rows: How many rows of a block it judges; fewer where it is slow.
        prepare: Makes of a resource what the judge takes, once for however many conditions.
    """

    make: Callable[[tuple[Clause, ...]], Callable[[Any], tuple[object, ...]]]
    rows: int = _ROWS
    prepare: Callable[[Resource], Any] = lambda resource: resource


def main() -> None:
    """Measure, print and write down."""
    engines = {
        "amlaudit": Engine(_amlaudit, prepare=lambda resource: Subject(resource, _NO_NEIGHBOURS)),
        "Python written by hand": Engine(peers.by_hand),
        "JMESPath (jmespath)": Engine(peers.jmespath),
        "CEL in C++ (cel-expr-python)": Engine(peers.cel),
        "Rego in Rust (regorus)": Engine(peers.regorus),
        "Rego in C++ (regopy)": Engine(peers.regopy, _SAMPLE),
    }
    one = _measured(engines, _ONE)
    three = _measured(engines, (CLAUSES,))
    head = ("conditions a CPU second", "1 clause", "amlaudit = 1", "3 clauses", "amlaudit = 1")
    publish(
        "conditions",
        Table(head, [(name, *_cells(one, name), *_cells(three, name)) for name in engines]),
    )


def _cells(rates: Mapping[str, float], name: str) -> tuple[str, str]:
    """Return the rate of an engine, and how it compares with that of amlaudit."""
    return f"{rates[name]:,.0f}", f"{rates[name] / rates['amlaudit']:.3g}"


def _measured(
    engines: Mapping[str, Engine], conditions: Sequence[tuple[Clause, ...]]
) -> dict[str, float]:
    """Return how many conditions each engine judges in a CPU second, the median of all blocks."""
    judges = {
        name: [each.make(clauses) for clauses in conditions] for name, each in engines.items()
    }
    rates: dict[str, list[float]] = {name: [] for name in engines}
    for block in range(_BLOCKS):
        rows = _rows(block)
        _check(engines, judges, rows[:_SAMPLE])
        names = list(engines)
        for name in names[block % len(names) :] + names[: block % len(names)]:
            part = [engines[name].prepare(row) for row in rows[: engines[name].rows]]
            spent = sum(_seconds(judge, part) for judge in judges[name])
            rates[name].append(len(part) * len(conditions) / spent)
    return {name: median(each) for name, each in rates.items()}


def _seconds(judge: Callable[[Any], object], rows: Sequence[object]) -> float:
    """Return the CPU seconds that it takes to judge rows."""
    gc.collect()
    gc.freeze()  # the rows are not the engine's garbage
    begin = process_time()
    for row in rows:
        judge(row)
    spent = process_time() - begin
    gc.unfreeze()
    return spent


def _check(
    engines: Mapping[str, Engine],
    judges: Mapping[str, Sequence[Callable[[Any], tuple[object, ...]]]],
    rows: Sequence[Resource],
) -> None:
    """Raise unless all engines come to the same truths, of all three kinds."""
    told = {
        name: [judge(engines[name].prepare(row))[0] for judge in several for row in rows]
        for name, several in judges.items()
    }
    for name, truths in told.items():
        if truths != told["amlaudit"] or len(set(truths)) != len((FALSE, UNKNOWN, TRUE)):
            raise AssertionError(f"{name} and amlaudit differ")


def _rows(block: int) -> list[Resource]:
    """Return the decoded workspaces of a block."""
    origin = Origin("GENERATED estate", API_VERSION, READ_AT)
    documents = (next(unit(_SCOPE, block * _ROWS + number)) for number in range(_ROWS))
    return [next(resources_of(document, origin)) for document in documents]


def _amlaudit(clauses: tuple[Clause, ...]) -> Callable[[Subject], tuple[object, ...]]:
    """Return amlaudit's own judge of a conjunction, with evidence for what fails.

    The evidence is what a verdict holds: resources that are alike share it, and whose it is the
    finding knows.
    """
    find = _compiled(clauses)

    def judge(subject: Subject) -> tuple[object, ...]:
        outcome = find(subject)
        return outcome.truth, outcome.looks if outcome.truth == FALSE else ()

    return judge


def _compiled(clauses: tuple[Clause, ...]) -> Judge:
    """Return a conjunction as amlaudit compiles it."""
    leaves = tuple(
        Comparison(
            ("properties", each.name),
            Operator.EQUALS,
            each.wanted,
            None if each.default is None else Default(each.default),
        )
        for each in clauses
    )
    return compile_condition(leaves[0] if len(leaves) == 1 else AllOf(leaves))


if __name__ == "__main__":
    main()
