"""Prints for each deployment in a folder what was read of it, and how it was judged.

Usage: deployment_figures.py FOLDER

For each file that declares something: resources, values that are known, gaps in documents and
beside them by their reasons, verdicts of the shipped rules by their kinds.
"""

import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path

from amlaudit.core.errors import AmlauditError
from amlaudit.core.estate import Estate
from amlaudit.core.resource import Resource
from amlaudit.core.rule import Rule
from amlaudit.core.scope import Scope
from amlaudit.engine.evaluate import evaluate
from amlaudit.resources import shipped
from amlaudit.rulebook.library import SHIPPED
from amlaudit.rulebook.packs import load_pack
from amlaudit.scanners.files.source import Files

SUFFIXES = (".json", ".jsonc", ".bicep")


def main(folder: Path) -> None:
    """Print the figures of every file in a folder, and of all together."""
    _, rules = load_pack(shipped("rules"), SHIPPED)
    total: Counter[str] = Counter()
    for path in sorted(each for each in folder.rglob("*") if each.suffix in SUFFIXES):
        found = figures(path, rules)
        total.update({"files": 1, **found})
        sys.stdout.write(f"{path.relative_to(folder).as_posix()}: {_told(found)}\n")
    sys.stdout.write(f"all: {_told(total)}\n")


def figures(path: Path, rules: Iterable[Rule]) -> Mapping[str, int]:
    """Return what was read of a file and how it was judged; `not read` where it holds nothing."""
    try:
        estate = Files((path,)).collect(Scope())
    except AmlauditError:
        return {"not read": 1}
    with closing(estate):
        return _figures_of(estate, tuple(rules))


def _figures_of(estate: Estate, rules: tuple[Rule, ...]) -> Mapping[str, int]:
    """Return the figures of an estate."""
    resources = list(_all(estate))
    inside = Counter(gap for each in resources for _, gap in each.gaps)
    beside = Counter(estate.store.gaps()) - inside
    found = Counter(
        resources=len(resources), values=sum(_values_in(each.body) for each in resources)
    )
    found.update(sorted(f"{gap.reason} inside" for gap in inside.elements()))
    found.update(sorted(f"{gap.reason} beside" for gap in beside.elements()))
    found.update(sorted(each.verdict.status.value for each in evaluate(rules, estate)))
    return found


def _all(estate: Estate) -> Iterable[Resource]:
    """Yield every resource of an estate."""
    for arm_type in sorted(estate.store.counts()):
        yield from estate.of_type(arm_type)


def _values_in(value: object) -> int:
    """Return the number of plain values in a document; null is none."""
    if isinstance(value, Mapping):
        return sum(map(_values_in, value.values()))
    if isinstance(value, list):
        return sum(map(_values_in, value))
    return int(value is not None)


def _told(found: Mapping[str, int]) -> str:
    """Return figures as one line."""
    return ", ".join(f"{count:,} {name}" for name, count in found.items())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
