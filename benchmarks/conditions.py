"""Conditions judged per CPU second: amlaudit, plain Python, JMESPath, CEL and Rego.

Usage: python -m benchmarks.conditions, in an environment with `benchmarks/requirements.txt`

100,000 decoded workspaces are processed in blocks; in each, all engines judge the same rows, one
engine after the other, so that other load on the machine affects all of them. The figure of an
engine is the median over its blocks.
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
"""Rows per block on which all engines must agree; slow engines judge only these."""
_SCOPE: Final = "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg"
_ONE: Final = (CLAUSES[:1], CLAUSES[1:2])
"""Conditions of one clause: one whose absence has a meaning, and one whose absence has none."""


_NO_NEIGHBOURS: Final = Estate(MemoryStore())


class Engine(NamedTuple):
    """One way to judge.

    Attributes:
        make: Returns the judge of a condition.
        rows: How many rows of a block it judges; fewer if it is slow.
        prepare: Converts a resource to the judge's input, once for any number of conditions.
    """

    make: Callable[[tuple[Clause, ...]], Callable[[Any], tuple[object, ...]]]
    rows: int = _ROWS
    prepare: Callable[[Resource], Any] = lambda resource: resource


def main() -> None:
    """Measure, print and record."""
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
    """Return the rate of an engine, and its ratio to that of amlaudit."""
    return f"{rates[name]:,.0f}", f"{rates[name] / rates['amlaudit']:.3g}"


def _measured(
    engines: Mapping[str, Engine], conditions: Sequence[tuple[Clause, ...]]
) -> dict[str, float]:
    """Return how many conditions each engine judges per CPU second, the median over all blocks."""
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
    """Return the CPU seconds spent on judging rows."""
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
    """Raise unless all engines agree, and all three truth values occur."""
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

    The evidence is what a verdict contains: identical resources share it, and the finding says
    which resource it is about.
    """
    find = _compiled(clauses)

    def judge(subject: Subject) -> tuple[object, ...]:
        outcome = find(subject)
        return outcome.truth, outcome.looks if outcome.truth == FALSE else ()

    return judge


def _compiled(clauses: tuple[Clause, ...]) -> Judge:
    """Return a conjunction, compiled by amlaudit."""
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
