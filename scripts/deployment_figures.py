"""Prints, for each deployment in a folder, how much of it is known and how the rules judge it.

Usage: deployment_figures.py FOLDER…

A missing value that a rule asked for is *open* if only the deployment decides it, or if it is
outside of the files; it is *lost* if it was written but not understood. Target: at most 5 % of the
values that rules ask for are lost.
"""

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from amlaudit.core.errors import AmlauditError
from amlaudit.core.gap import Reason
from amlaudit.core.rule import Rule
from amlaudit.core.scope import Scope
from amlaudit.core.verdict import Seen
from amlaudit.engine.evaluate import evaluate
from amlaudit.resources import shipped
from amlaudit.rulebook.packs import load_pack
from amlaudit.rulebook.shipped_pack import SHIPPED
from amlaudit.scanners.deployments.kinds import kind_of
from amlaudit.scanners.files.input import read_input
from amlaudit.scanners.files.source import Files

LOST = (Reason.UNSUPPORTED, Reason.RULE_ERROR)


def main(folders: list[Path]) -> int:
    """Print a row for each deployment and a total; return 1 if too much is lost."""
    _, rules = load_pack(shipped("rules"), SHIPPED)
    whole: Counter[str] = Counter()
    for path in _deployments(folders):
        try:
            figures = _figures(path, rules)
        except AmlauditError as error:
            sys.stdout.write(f"{path}: {error}: {error.cause}" + "\n")
            continue
        whole.update(figures)
        sys.stdout.write(_row(f"{path.parent.name}/{path.name}", figures) + "\n")
    sys.stdout.write(_row("all", whole) + "\n")
    asked = whole["known"] + whole["default"] + whole["open"] + whole["lost"]
    return int(whole["lost"] * 20 > asked)


def _deployments(folders: list[Path]) -> Iterator[Path]:
    """Yield the files in folders that declare a deployment."""
    for folder in folders:
        for path in sorted(folder.rglob("*.json")):
            try:
                if kind_of(read_input(path, path.name).value):
                    yield path
            except (ValueError, RecursionError):
                continue


def _figures(path: Path, rules: Sequence[Rule]) -> Counter[str]:
    """Return the figures of one deployment."""
    figures: Counter[str] = Counter()
    estate = Files((path,)).collect(Scope())
    figures["resources"] = sum(estate.store.counts().values())
    for finding in evaluate(rules, estate):
        verdict = finding.verdict
        figures[str(verdict.status)] += 1
        if verdict.reason:
            figures[f"({verdict.reason})"] += 1
        for each in verdict.looks:
            figures[_kind(each.seen, verdict.reason)] += 1
    estate.close()
    return figures


def _kind(seen: Seen, reason: Reason | None) -> str:
    """Return how a value that a rule asked for was found."""
    if seen is Seen.PRESENT:
        return "known"
    if seen is Seen.DEFAULT:
        return "default"
    return "lost" if reason in LOST else "open"


def _row(name: str, figures: Counter[str]) -> str:
    """Return a row of figures."""
    order = ("resources", "known", "default", "open", "lost", "pass", "fail", "unknown", "manual")
    shown = "  ".join(f"{key} {figures[key]}" for key in order)
    why = "  ".join(f"{key} {figures[key]}" for key in sorted(figures) if key.startswith("("))
    return f"{name[-60:]:60}  {shown}  {why}"


if __name__ == "__main__":
    sys.exit(main([Path(each) for each in sys.argv[1:]]) if sys.argv[1:] else __doc__)
