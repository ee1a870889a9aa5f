"""Updates `docs/performance.md` and its picture from the stored figures of the benchmarks.

Usage: python -m benchmarks.page
"""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks.plot import Line, plot

_ROOT: Final = Path(__file__).parents[1]
FIGURES: Final = _ROOT / "benchmarks" / "figures"
PAGE: Final = _ROOT / "docs" / "performance.md"
PICTURE: Final = _ROOT / "docs" / "pictures" / "growth.svg"
_BETWEEN: Final = re.compile(r"(<!-- (\w+): begin -->\n\n).*?(\n\n<!-- \2: end -->)", re.DOTALL)


def write_page() -> None:
    """Rewrite the page and the picture."""
    PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8")
    PICTURE.write_text(picture(), "utf-8")


def page(written: str) -> str:
    """Return the page with every section updated from the figures; everything else is kept."""
    return _BETWEEN.sub(lambda match: f"{match[1]}{shown(match[2])}{match[3]}", written)


def shown(section: str) -> str:
    """Return the figures of a section as Markdown, and where they come from."""
    found = json.loads((FIGURES / f"{section}.json").read_text("utf-8"))
    parts = [each if isinstance(each, str) else _table(**each) for each in found["parts"]]
    return "\n\n".join([*parts, found["note"]])


def picture() -> str:
    """Return the picture of how CPU time and memory grow with an estate."""
    found = json.loads((FIGURES / "growth.json").read_text("utf-8"))
    (told,) = (each for each in found["parts"] if isinstance(each, dict))
    sizes, *columns = ([row[at] for row in told["rows"]] for at in range(len(told["head"])))
    named = dict(zip(told["head"][1:], columns, strict=True))
    return plot(
        "What an estate costs, by its workspaces",
        [
            (
                "CPU seconds, by workspaces",
                [_line(name, sizes, named, "CPU s") for name in _STAGES],
            ),
            ("peak MiB, by workspaces", [_line(name, sizes, named, "MiB") for name in _STAGES]),
        ],
    )


_STAGES: Final = ("collect", "scan", "report")


def _line(stage: str, sizes: Sequence[str], columns: dict[str, list[str]], unit: str) -> Line:
    """Return the line of a stage, without sizes that were not measured."""
    pairs = zip(sizes, columns[f"{stage}, {unit}"], strict=True)
    return Line(
        stage, [(_number(size), _number(cell)) for size, cell in pairs if cell[:1].isdigit()]
    )


def _number(cell: str) -> float:
    """Return the number in a cell."""
    return float(cell.replace(",", ""))


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table; all columns but the first are numeric."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    lines: list[Any] = [
        [first.ljust(widths[0]), *(map(str.rjust, rest, widths[1:]))]
        for first, *rest in (head, *rows)
    ]
    lines.insert(1, rule)
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    write_page()
