"""Reports on their way out: to stdout, or to a file that is whole or not there."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

import click

from amlaudit.cli.files import write_whole
from amlaudit.cli.table import print_table
from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.report import Report
from amlaudit.reporters import formats, render

TABLE: Final = "table"


@dataclass(frozen=True, slots=True)
class Output:
    """One report that was asked for.

    Attributes:
        format: Its format.
        path: Where it goes; None: stdout.
    """

    format: str
    path: Path | None = None


class OutputType(click.ParamType[Any]):
    """An option's value of the form `FORMAT` or `FORMAT=PATH`."""

    name = "format[=path]"

    def convert(self, value: Any, param: Any, ctx: Any) -> Output:  # noqa: ANN401 - as click has it
        """Return the output, or fail if there is no such format."""
        if isinstance(value, Output):
            return value
        name, _, path = str(value).partition("=")
        known = (TABLE, *formats())
        if name not in known:
            close = get_close_matches(name, known, n=1)
            hint = f' Did you mean "{close[0]}"?' if close else ""
            self.fail(f'"{name}" is none of {", ".join(known)}.{hint}', param, ctx)
        if name == TABLE and path:
            self.fail("the table goes to the terminal; it takes no path", param, ctx)
        return Output(name, Path(path) if path else None)


def write_all(report: Report, outputs: Sequence[Output]) -> None:
    """Write every report; one that cannot be written never stops the others.

    Raises:
        AmlauditError: At least one could not be written.
    """
    failed: list[tuple[Path, OSError]] = []
    for output in outputs:
        if output.format == TABLE:
            print_table(report)
            continue
        content = render(output.format, report)
        if output.path is None:
            click.echo(b"".join(content), nl=False)
            continue
        try:
            write_whole(output.path, content)
        except OSError as error:
            failed.append((output.path, error))
    if failed:
        path, reason = failed[0]
        raise AmlauditError(
            "E301",
            f"Cannot write {', '.join(str(each) for each, _ in failed)}",
            cause=reason.strerror or str(reason),
            advice=f"the other reports were written; make {path.parent} writable and repeat",
            exit_code=Exit.INPUT_OUTPUT,
        )
