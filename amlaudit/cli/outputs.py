"""Writes reports to stdout, or atomically to files."""

import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import click
from msgspec import Struct, field

from amlaudit.cli.files import is_one_of, place_of, write_whole, writing
from amlaudit.cli.messages import note, show_error
from amlaudit.cli.printing import TABLE, Printer
from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.report import Report
from amlaudit.core.suggestions import did_you_mean
from amlaudit.reporters import Content, Files, encoded, formats, is_format, make

BUNDLE: Final = "bundle"
_SLASHES: Final = tuple(filter(None, (os.sep, os.altsep)))
_ROOM: Final = (
    "the other reports were written; free space in the folder or make it writable, and repeat"
)


class Output(Struct, frozen=True):
    """A requested report.

    Attributes:
        format: Its format.
        path: Where it goes; None: stdout.
        options: Options of the format, unparsed.
    """

    format: str
    path: Path | None = None
    options: Mapping[str, str] = field(default_factory=dict)


class Written(Struct, frozen=True):
    """What became of the requested reports.

    Attributes:
        files: The files that were written.
        failures: Why the other reports could not be made or written.
    """

    files: tuple[Path, ...] = ()
    failures: tuple[Exception, ...] = ()


class OutputType(click.ParamType[Output]):
    """An option value of the form `FORMAT` or `FORMAT=PATH`."""

    name = "format[=path]"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Output:
        """Return the output, or fail if there is no such format."""
        if isinstance(value, Output):
            return value
        name, equals, path = str(value).partition("=")
        if name not in {TABLE, BUNDLE} and not is_format(name):
            known = (TABLE, BUNDLE, *formats())
            hint = did_you_mean(name, known)
            self.fail(f'"{name}" is not one of {", ".join(known)}.{hint}', param, ctx)
        if name == TABLE and path:
            self.fail("the table is printed to the terminal and takes no path", param, ctx)
        if name == BUNDLE and not path:
            self.fail("a bundle is a ZIP file and needs a path: bundle=audit.zip", param, ctx)
        if equals and not path:
            self.fail(f'"{value}" has no path; use "{name}" for stdout', param, ctx)
        if path == "-":
            self.fail(f'"{value}" would be a file named "-"; use "{name}" for stdout', param, ctx)
        if path and (path.endswith(_SLASHES) or Path(path).is_dir()):
            self.fail(f'"{path}" is a folder: add the name of a file, or use --out-dir', param, ctx)
        return Output(name, Path(path) if path else None)


def printer_for(outputs: Sequence[Output], form: str | None = None, query: Any = None) -> Printer:  # noqa: ANN401 - compiled
    """Return the printer for stdout: the table, unless a report goes there.

    Args:
        outputs: The requested reports.
        form: The requested output format.
        query: Selects a part of the output, compiled.
    """
    taken = any(each.path is None for each in outputs)
    return Printer(form or ("none" if taken else TABLE), query)


def refuse_clashes(
    outputs: Sequence[Output], *, is_stdout_taken: bool, others: Iterable[Path] = ()
) -> None:
    """Raise if two reports would go to the same place, or one would replace another file.

    Args:
        outputs: The requested reports.
        is_stdout_taken: Whether other requested output goes to stdout.
        others: What else the command reads or writes.

    Raises:
        UsageError: They would.
    """
    loose = [each.format for each in outputs if each.path is None]
    if len(loose) + is_stdout_taken > 1:
        other = "" if len(loose) > 1 else " and the result of --output or --query"
        files = [each for each in loose if each != TABLE]
        advice = f"use --report {files[-1]}=PATH" if files else "omit one of them"
        raise click.UsageError(
            f"Only one output can be written to stdout, not {' and '.join(loose)}{other}: {advice}."
        )
    kept = tuple(others)
    known: dict[Path, str] = {}
    for each in outputs:
        if each.path is None:
            continue
        if is_one_of(each.path, kept):
            raise click.UsageError(
                f"{each.format} would replace {each.path}, which this command needs: "
                f"use --report {each.format}=PATH with another path."
            )
        first = known.setdefault(place_of(each.path), each.format)
        if first != each.format:
            raise click.UsageError(
                f"{first} and {each.format} cannot both be written to {each.path}."
            )


def write_all(
    report: Report, outputs: Sequence[Output], bundled: Callable[[], Content] | None = None
) -> Written:
    """Write every report; one that fails does not stop the others.

    Args:
        report: The report.
        outputs: The requested reports.
        bundled: Makes the bundle; None: there is no snapshot to put in it.
    """
    failures: list[Exception] = []
    files: list[Path] = []
    for output in outputs:
        try:
            files += _write(report, output, bundled)
        except Exception as error:  # noqa: BLE001 - raised once everything else is done
            failures.append(error)
    return Written(tuple(files), tuple(failures))


def raise_first(failures: Sequence[Exception]) -> None:
    """Raise the first failure, if there is one, after showing the others.

    Raises:
        AmlauditError: Something could not be made or written.
    """
    for each in failures[1:]:
        if isinstance(each, AmlauditError):
            show_error(each)
        else:
            note(f"E999 {type(each).__name__}")  # its text could quote the cloud
    if failures:
        raise failures[0]


def note_written(written: Sequence[Path]) -> None:
    """Print where the reports are; those that differ only by extension are grouped."""
    notes: dict[str, list[str]] = {}
    for path in written:
        notes.setdefault(str(path.with_suffix("")), []).append(path.suffix)
    if notes:
        names = (stem + ", ".join(endings) for stem, endings in notes.items())
        note(f"Reports: {', '.join(names)}")


def _write(report: Report, output: Output, bundled: Callable[[], Content] | None) -> Sequence[Path]:
    """Write a report, and return its files; none if it goes to stdout."""
    if output.format == TABLE:
        from amlaudit.cli.table import print_table  # noqa: PLC0415 - Rich takes long to load

        print_table(report)
        return ()
    if output.format != BUNDLE:
        made = make(output.format, report, output.options)
    elif bundled:
        made = Files({"": bundled()})
    else:
        raise AmlauditError(
            "E310",
            "An evidence bundle requires a snapshot, but there is none",
            advice="create it from a snapshot: amlaudit report estate.db --report bundle=audit.zip",
            exit_code=Exit.USAGE,
        )
    if output.path is None:
        _print(output.format, made)
        written: Sequence[Path] = ()
    else:
        written = _save(output.path, made)
    for each in made.notes:
        note(f"{output.format}: {each}")
    return written


def _print(name: str, made: Files) -> None:
    """Print a report to stdout."""
    if len(made.parts) > 1:
        raise AmlauditError(
            "E301",
            f'Cannot write "{name}" to stdout: it consists of {len(made.parts)} files',
            advice=f"use a path: --report {name}=PATH",
            exit_code=Exit.USAGE,
        )
    content = made.parts[""]
    if isinstance(content, bytes) and sys.stdout.isatty():
        raise AmlauditError(
            "E301",
            f'Cannot write "{name}" to a terminal: it is not text',
            advice=f"use a path: --report {name}=PATH",
            exit_code=Exit.USAGE,
        )
    for piece in encoded(content):
        click.echo(piece, nl=False)


def _save(path: Path, made: Files) -> Sequence[Path]:
    """Write a report to its files, and return them."""
    files = {
        path.with_name(f"{path.stem}{part}{path.suffix}"): content
        for part, content in made.parts.items()
    }
    with writing(path, _ROOM):
        for each, content in files.items():
            write_whole(each, encoded(content))
    return tuple(files)
