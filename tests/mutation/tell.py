"""Reports the results of the mutants: the figures of each module, and every survivor.

Usage: python -m tests.mutation.tell [FOLDER…]

Reads the folders that `tests.mutation.judge` ran in (`mutants`), writes `figures.json`,
`survivors.yaml` and `docs/mutation.md`, and exits with 1 if three in a hundred or more survive, if
one survives without a reason, or if one was not tried. Reasons are carried over from the previous
file, as are the records of modules of which no mutant was tried. Without a folder, the records stay
as they are, and the page is regenerated from them.
"""

import os
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias

import yaml
from msgspec import Struct, json

from tests.mutation.judge import mutants, results_in

HERE: Final = Path(__file__).parent
PAGE: Final = HERE.parents[1] / "docs" / "mutation.md"
FIGURES: Final = HERE / "figures.json"
SURVIVORS: Final = HERE / "survivors.yaml"
MAX: Final = 0.03
"""The maximum share of mutants that may survive."""
_BEGIN: Final = "<!-- mutation: begin -->"
_END: Final = "<!-- mutation: end -->"
_PACKAGES: Final = {
    "core.": "`core`",
    "engine.policy.": "`engine.policy`",
    "engine.": "the rest of `engine`",
}
"""How parts of the packages are called; a module counts for the first one that it begins with."""


_NO_REASON: Final = "nobody has said why yet"


class Record(Struct, omit_defaults=True, forbid_unknown_fields=True):
    """What became of the mutants of a module.

    Attributes:
        tried: The date on which they were tried, empty if they never were.
        killed: How many a test noticed.
        timeout: How many made a test run far too long.
        live: How many survived.
        untried: How many were not tried.
    """

    tried: str = ""
    killed: int = 0
    timeout: int = 0
    live: int = 0
    untried: int = 0

    @property
    def counts(self) -> "tuple[int, int, int, int]":
        """How many were killed, timed out, survived and were not tried."""
        return self.killed, self.timeout, self.live, self.untried


Records: TypeAlias = dict[str, Record]
"""Records by the name of the module."""


class Survivor(NamedTuple):
    """A mutant that survives.

    Attributes:
        at: Its function, as `core.arm_id.type_of`.
        was: The lines that it replaces.
        becomes: The lines that replace them.
        because: Why no test can, or need, distinguish it from the original.
    """

    at: str
    was: str
    becomes: str
    because: str


def main(folders: Iterable[str]) -> int:
    """Write figures, survivors and page; return 1 if too many survive, or one without a reason."""
    folders = [each for each in folders if Path(each).is_dir()]
    if not folders:
        PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8")
        return 0
    on_record, figures = records(), Records()
    living: list[Survivor] = []
    known = {each[:3]: each.because for each in survivors()}
    tried: set[str] = set()
    today = datetime.now(UTC).date().isoformat()
    for folder in folders:
        for module, counts in _counted(Path(folder)).items():
            if counts.keys() == {"untried"} and module in on_record:
                figures.setdefault(module, on_record[module])
            else:
                figures[module] = Record(today, **counts)
                tried.add(module)
        living += _survivors(Path(folder), known)
    living += [each for each in survivors() if _holder(each.at, figures) not in {"", *tried}]
    FIGURES.write_bytes(json.format(json.encode(figures, order="sorted"), indent=1) + b"\n")
    listed = [each._asdict() for each in sorted(living)]
    SURVIVORS.write_text(yaml.safe_dump(listed, sort_keys=False, width=1000), "utf-8")
    PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8")
    without = [each for each in living if not each.because]
    total = sum(sum(each.counts) for each in figures.values())
    untried = sum(each.untried for each in figures.values())
    told = f"{len(living)} live, {len(without)} without a reason, {untried} were not tried"
    sys.stdout.write(f"{total} mutants, {told}\n")
    return bool(without or untried) or len(living) >= MAX * total


def records() -> Records:
    """Return the records of all modules."""
    return json.decode(FIGURES.read_bytes(), type=Records)


def survivors() -> list[Survivor]:
    """Return the recorded survivors."""
    listed = yaml.safe_load(SURVIVORS.read_text("utf-8")) if SURVIVORS.exists() else []
    return [Survivor(**each) for each in listed or ()]


def _holder(function: str, modules: Iterable[str]) -> str:
    """Return the module that a function or method is in, empty if it no longer exists."""
    return max((each for each in modules if function.startswith(f"{each}.")), key=len, default="")


def page(written: str) -> str:
    """Return the page updated from the recorded figures and survivors."""
    before, _, rest = written.partition(_BEGIN)
    after = rest.partition(_END)[2]
    figures = records()
    parts = [_BEGIN, _packages(figures), _table(figures), *_listed(), _END]
    return before + "\n\n".join(parts) + after


def _packages(figures: Records) -> str:
    """Return the table of packages."""
    lines = ["| package | mutants | live | share |", "|---|--:|--:|--:|"]
    by_package: defaultdict[str, list[Record]] = defaultdict(list)
    for module, record in figures.items():
        package = next(name for start, name in _PACKAGES.items() if module.startswith(start))
        by_package[package].append(record)
    rows = {name: by_package[name] for name in _PACKAGES.values()} | {"**all**": figures.values()}
    for name, several in rows.items():
        total, live = sum(sum(each.counts) for each in several), sum(each.live for each in several)
        lines.append(f"| {name} | {total:,} | {live:,} | {live / max(total, 1):.1%} |")
    return "\n".join(lines)


def _table(figures: Records) -> str:
    """Return the table of modules."""
    head = "| module | tried on | mutants | killed | timed out | live | not tried |"
    lines = [head, "|---|---|--:|--:|--:|--:|--:|"]
    for module, record in sorted(figures.items()):
        cells = " | ".join(f"{each:,}" for each in (sum(record.counts), *record.counts))
        lines.append(f"| `{module}` | {record.tried} | {cells} |")
    return "\n".join(lines)


def _listed() -> Iterator[str]:
    """Yield the reasons for which mutants survive, the most common one first, each with these."""
    by_reason: defaultdict[str, list[Survivor]] = defaultdict(list)
    for each in survivors():
        by_reason[each.because or _NO_REASON].append(each)
    for reason, several in sorted(by_reason.items(), key=lambda item: (-len(item[1]), item[0])):
        yield f"## {reason[0].upper()}{reason[1:]} ({len(several)})"
        lines = ["| function | code | mutant |", "|---|---|---|"]
        lines += [
            f"| `{each.at}` | `{_cell(each.was)}` | {_code(each.becomes)} |" for each in several
        ]
        yield "\n".join(lines)


def _code(text: str) -> str:
    """Return code as a cell of a table."""
    return f"`{_cell(text)}`" if text else "(nothing)"


def _cell(code: str) -> str:
    """Return code on one line of a table."""
    return " ".join(code.split()).replace("|", "\\|").replace("`", "'")


def _counted(folder: Path) -> Mapping[str, Counter[str]]:
    """Return how many mutants of each module were killed, timed out, survived or were not tried."""
    found: dict[str, Counter[str]] = {}
    results = dict(_results(folder))
    for name in mutants(folder):
        killer = results.get(name)
        kind = {None: "untried", "": "live", "timeout": "timeout"}.get(killer, "killed")
        found.setdefault(_module(name), Counter())[kind] += 1
    return found


def _module(name: str) -> str:
    """Return the module that a mutant is in."""
    return name.partition("__mutmut_")[0].removeprefix("amlaudit.").rpartition(".")[0]


def _results(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield each mutant that was tried, with what killed it."""
    yield from results_in(folder).items()


def _function(name: str) -> str:
    """Return the function of a mutant."""
    mangled = name.partition("__mutmut_")[0].rpartition(".")[2]
    is_method = mangled.startswith("xǁ")
    own = mangled.removeprefix("xǁ").replace("ǁ", ".") if is_method else mangled.removeprefix("x_")
    return f"{_module(name)}.{own}"


def _survivors(folder: Path, known: Mapping[Any, str]) -> Iterator[Survivor]:
    """Yield the survivors in a folder."""
    living = {name for name, killer in _results(folder) if not killer}
    here = Path.cwd()
    os.chdir(folder.parent)
    try:
        for name in sorted(living):
            key = (_function(name), *_change(name))
            yield Survivor(*key, known.get(key, ""))
    finally:
        os.chdir(here)


def _change(name: str) -> tuple[str, str]:
    """Return the lines that a mutant replaces, and their replacement."""
    from mutmut.mutation.diff_apply import get_diff_for_mutant  # noqa: PLC0415 - seldom needed

    module = name.partition("__mutmut_")[0].rpartition(".")[0]
    path = f"{module.replace('.', '/')}.py"
    lines = get_diff_for_mutant(name, path=path).splitlines()[2:]
    sides = ("\n".join(line[1:].strip() for line in lines if line[:1] == sign) for sign in "-+")
    return next(sides), next(sides)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or ["mutants"]))
