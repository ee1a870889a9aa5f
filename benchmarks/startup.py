"""How long the program takes to start, compared with a bare click program with as many commands.

Usage: python -m benchmarks.startup
"""

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import click

from amlaudit.cli import cli
from benchmarks.common import Table, Usage, middle, publish, run

_ROUNDS: Final = 21
_AMLAUDIT: Final = str(Path(sys.executable).with_name("amlaudit"))
_LAUNCHER: Final = "import sys; from bare import main; sys.exit(main())\n"
_ASKED: Final = (("--help",), ("rules", "list"))


def main() -> None:
    """Measure, print and record."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["PYTHONPATH"] = name
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # users have bytecode
        _write_bare(folder)
        bare = [sys.executable, str(folder / "launcher.py")]
        rows = [_row(asked, [_AMLAUDIT, *asked], [*bare, *asked]) for asked in _ASKED]
    head = ("", "amlaudit, CPU ms", "bare click, CPU ms", "ratio")
    publish("startup", Table(head, rows))


def _row(asked: Sequence[str], ours: Sequence[str], bare: Sequence[str]) -> Sequence[str]:
    """Return the row of one command line, run alternately by both programs."""
    run(ours)
    run(bare)  # run both once for the bytecode
    usages: list[tuple[Usage, Usage]] = [(run(ours), run(bare)) for _ in range(_ROUNDS)]
    ours_used, bare_used = (middle(each) for each in zip(*usages, strict=True))
    return (
        f"`amlaudit {' '.join(asked)}`",
        f"{ours_used.seconds * 1000:.0f}",
        f"{bare_used.seconds * 1000:.0f}",
        f"{ours_used.seconds / bare_used.seconds:.2f}",
    )


def _write_bare(folder: Path) -> None:
    """Write the bare program: the commands of amlaudit by name, each of which prints a line."""
    lines = ["import click", "", "@click.group()", "def main():", "    'Bare.'", ""]
    for parents, name, is_group in _commands():
        function = "_".join(("main", *parents, name.replace("-", "_")))
        owner = "_".join(("main", *parents))
        kind = "group" if is_group else "command"
        lines += [f"@{owner}.{kind}({name!r})", f"def {function}():", f"    'The {name}.'"]
        lines += ["" if is_group else f"    click.echo({name!r})", ""]
    (folder / "bare.py").write_text("\n".join(lines), "utf-8")
    (folder / "launcher.py").write_text(_LAUNCHER, "utf-8")


def _commands() -> Iterator[tuple[tuple[str, ...], str, bool]]:
    """Yield (names of parent groups, name, whether it is a group) of amlaudit's commands."""
    groups: list[tuple[tuple[str, ...], click.Group]] = [((), cli)]
    while groups:
        parents, group = groups.pop()
        context = click.Context(group)
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            is_group = isinstance(command, click.Group)
            yield parents, name, is_group
            if isinstance(command, click.Group):
                groups.append(((*parents, name), command))


if __name__ == "__main__":
    main()
