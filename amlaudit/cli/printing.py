"""How commands print results: for people, or as data in the formats of the Azure CLI."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import wraps
from typing import Any, Final, NamedTuple

import click

from amlaudit.cli.options import several

TABLE: Final = "table"
FORMATS: Final = (TABLE, "json", "jsonc", "yaml", "tsv", "none")
_BREAKS: Final = dict.fromkeys((*range(32), *range(127, 160)), " ")
"""Characters that would break a cell or a line, or control a terminal."""


class QueryType(click.ParamType[Any]):
    """An option value that is a JMESPath expression."""

    name = "jmespath"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Any:  # noqa: ANN401 - of an untyped package
        """Return the compiled expression, or fail if it is not one."""
        from jmespath import compile as compiled  # noqa: PLC0415 - seldom asked for
        from jmespath.exceptions import JMESPathError  # noqa: PLC0415 - same

        if not isinstance(value, str):
            return value
        try:
            return compiled(value)
        except JMESPathError as error:
            cause = str(error).partition("\n")[0].rstrip(":")
            self.fail(f'"{value}" is not a JMESPath expression: {cause}', param, ctx)


class Printer(NamedTuple):
    """How to print the result of a command.

    Attributes:
        form: One of `FORMATS`.
        query: Selects a part of the value, compiled; None: all of it.
    """

    form: str
    query: Any = None

    @property
    def is_own(self) -> bool:
        """Tell whether to print the command's own text, rather than the value behind it."""
        return self.form == TABLE and self.query is None

    def show(self, value: object) -> None:
        """Print a JSON value."""
        found = value if self.query is None else _picked(self.query, value)
        if self.form == "jsonc":
            _print_coloured(found)
        else:
            for line in _WRITERS[self.form](found):
                click.echo(line)


query_option = click.option(
    "--query",
    type=QueryType(),
    help="JMESPath expression that selects what to print; see jmespath.org.",
)
"""Selects a part of the result."""

_printing_options = several(
    click.option(
        "-o",
        "--output",
        metavar="FORMAT",
        type=click.Choice(FORMATS),
        default=TABLE,
        show_default=True,
        help=f"Output format: {', '.join(FORMATS)}.",
    ),
    query_option,
)
"""How to print the result."""


def output_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options for printing; the command receives a `Printer` as its `printer`."""

    @wraps(function)
    def printing(*arguments: Any, output: str, query: Any, **options: Any) -> Any:  # noqa: ANN401 - click's
        return function(*arguments, printer=Printer(output, query), **options)

    return _printing_options(printing)


def _picked(query: Any, value: object) -> Any:  # noqa: ANN401 - a JSON value
    """Return what an expression selects from a value.

    Raises:
        UsageError: A function in it is given an argument that it does not accept.
    """
    from jmespath.exceptions import JMESPathError  # noqa: PLC0415 - seldom asked for

    try:
        # Tuples and enumerations become lists and strings.
        return query.search(json.loads(json.dumps(value)))
    except JMESPathError as error:
        raise click.UsageError(f"--query: {error}") from error


def _json_lines(value: object) -> Iterator[str]:
    """Yield a value as JSON."""
    yield json.dumps(value, indent=2, ensure_ascii=False)


def _yaml_lines(value: object) -> Iterator[str]:
    """Yield a value as YAML."""
    import yaml  # noqa: PLC0415 - seldom asked for

    plain = json.loads(json.dumps(value))
    yield yaml.safe_dump(plain, sort_keys=False, allow_unicode=True).removesuffix("...\n").rstrip()


def _tsv_lines(value: object) -> Iterator[str]:
    """Yield a line per list member, its fields separated by tabs, without a header."""
    for row in _rows(value):
        yield "\t".join(map(_cell, _parts(row)))


def _table_lines(value: object) -> Iterator[str]:
    """Yield the lines of a table; without columns, it has no header."""
    rows = list(_rows(value))
    if not any(isinstance(each, list | tuple | Mapping) for each in rows):
        yield from map(_cell, rows)
        return
    if all(isinstance(each, Mapping) for each in rows):
        keys = list(dict.fromkeys(key for each in rows for key in each))
        cells = [[_cell(each.get(key)) for key in keys] for each in rows]
        head = [key.upper() for key in keys]
    else:
        cells = [list(map(_cell, _parts(each))) for each in rows]
        width = max(map(len, cells), default=0)
        cells = [[*each, *[""] * (width - len(each))] for each in cells]
        head = [f"COLUMN{number}" for number in range(1, width + 1)]
    if head:
        from amlaudit.cli.columns import columns  # noqa: PLC0415 - seldom asked for

        yield from columns([head, *cells])


def _nothing(_value: object) -> Iterator[str]:
    """Yield nothing."""
    return iter(())


_WRITERS: Final[Mapping[str, Callable[[object], Iterator[str]]]] = {
    TABLE: _table_lines,
    "json": _json_lines,
    "yaml": _yaml_lines,
    "tsv": _tsv_lines,
    "none": _nothing,
}


def _print_coloured(value: object) -> None:
    """Print a value as JSON, in colour if the terminal supports it."""
    from rich.console import Console  # noqa: PLC0415 - seldom asked for
    from rich.json import JSON  # noqa: PLC0415 - same

    Console().print(JSON.from_data(value), soft_wrap=True)


def _rows(value: object) -> Sequence[Any]:
    """Return the members of a list; any other value is a single member, and None is none."""
    if isinstance(value, list | tuple):
        return value
    return [] if value is None else [value]


def _parts(row: object) -> Sequence[object]:
    """Return the fields of a row."""
    if isinstance(row, Mapping):
        return list(row.values())
    return row if isinstance(row, list | tuple) else [row]


def _cell(value: object) -> str:
    """Return a value on one line; for a list or an object its length, as in the Azure CLI."""
    if isinstance(value, list | tuple | Mapping):
        return str(len(value))
    if value is None:
        return ""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text.translate(_BREAKS)
