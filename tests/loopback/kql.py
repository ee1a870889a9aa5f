"""The small part of the query language that amlaudit's own queries use; all else is rejected.

A stand-in that skipped what it does not understand would return the wrong rows, and tests would
prove nothing. The real service also answers such a query with 400.

A complete engine for the language, duckdb-kql 1.1.2 on DuckDB 2.0.1, was tried instead and is not
good enough to answer in Azure's place. It rejects the column `kind`, and with it seven of the
eleven queries that were shipped when it was tried, unless they are rewritten to `['kind']`; and it
accepts queries that Azure rejects: `Type` and `ID` for the columns `type` and `id`, `Resources` for
the table, pages without an order, any column of any table in the database. So it cannot tell
whether a query is valid, only, once rewritten, which rows a valid one returns:
`test_kql_engine.py` does that, if it is installed.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from tests.loopback.tables import COLUMNS

Row: TypeAlias = Mapping[str, Any]
Step: TypeAlias = Callable[[Sequence[Row]], Sequence[Row]]

_TOKEN = re.compile(r"\s+|//[^\n]*|(?P<token>'[^']*'|in~|=~|[A-Za-z_]\w*|[|(),])")


class InvalidQueryError(Exception):
    """A query that this interpreter does not understand."""


def run(text: str, rows_of: Callable[[str], Sequence[Row]]) -> tuple[Sequence[Row], bool]:
    """Return the rows of a query, and whether they are ordered by their ids.

    Args:
        text: The query.
        rows_of: Returns the rows of a table.

    Raises:
        InvalidQueryError: It uses anything other than `where type in~ (…)`, `where type =~ '…'`,
            `project` and `order by id asc`.
    """
    tokens = list(_tokens(text))
    stages = list(_stages(tokens))
    table = stages[0]
    if len(table) != 1 or table[0] not in COLUMNS:
        raise InvalidQueryError(f"no table {' '.join(table)}")
    columns: Collection[str] = COLUMNS[table[0]]
    rows, ordered = rows_of(table[0]), False
    for stage in stages[1:]:
        match stage:
            case ["where", "type", *rest]:
                rows = _where(rest)(rows)
            case ["project", *names]:
                columns = _projected(names, columns)
                rows = [{name: row[name] for name in columns} for row in rows]
            case ["order", "by", "id", "asc"] if "id" in columns:
                rows, ordered = sorted(rows, key=lambda row: str(row["id"])), True
            case _:
                raise InvalidQueryError(f"not understood: {' '.join(stage)}")
    return rows, ordered


def _tokens(text: str) -> Iterator[str]:
    """Yield the words, strings and symbols of a query."""
    position = 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            raise InvalidQueryError(f"not understood: {text[position : position + 20]}")
        position = found.end()
        if token := found["token"]:
            yield token


def _stages(tokens: Sequence[str]) -> Iterator[list[str]]:
    """Yield the tokens between the pipes."""
    stage: list[str] = []
    for word in tokens:
        if word == "|":
            yield stage
            stage = []
        else:
            stage.append(word)
    yield stage


def _where(tokens: Sequence[str]) -> Step:
    """Return the step that keeps the rows of some types."""
    match tokens:
        case ["=~", one]:
            types = {_text(one)}
        case ["in~", "(", *listed, ")"]:
            types = {_text(each) for each in _separated(listed)}
        case _:
            raise InvalidQueryError(f"not understood: where type {' '.join(tokens)}")
    return lambda rows: [row for row in rows if str(row["type"]).lower() in types]


def _projected(tokens: Sequence[str], known: Collection[str]) -> tuple[str, ...]:
    """Return the columns that are kept."""
    names = tuple(_separated(tokens))
    if unknown := [name for name in names if name not in known]:
        raise InvalidQueryError(f"no column {', '.join(unknown)}")
    return names


def _separated(tokens: Sequence[str]) -> Iterator[str]:
    """Yield the members of a comma-separated list."""
    if len(tokens) % 2 == 0 or any(word != "," for word in tokens[1::2]):
        raise InvalidQueryError(f"no list: {' '.join(tokens)}")
    yield from tokens[::2]


def _text(token: str) -> str:
    """Return the value of a string, in lower case: `in~` and `=~` ignore case."""
    if not token.startswith("'"):
        raise InvalidQueryError(f"no text: {token}")
    return token.strip("'").lower()
