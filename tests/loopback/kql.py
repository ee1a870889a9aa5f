"""The little of the query language that amlaudit's own queries use; everything else is refused.

A stand-in that skipped what it does not understand would return the wrong rows, and tests would
prove nothing. The real service answers such a query with 400 too.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

Row: TypeAlias = Mapping[str, Any]
Step: TypeAlias = Callable[[Sequence[Row]], Sequence[Row]]

TEXT_COLUMNS: Final = (
    "id",
    "name",
    "type",
    "tenantId",
    "kind",
    "location",
    "resourceGroup",
    "subscriptionId",
    "managedBy",
)
DYNAMIC_COLUMNS: Final = (
    "sku",
    "plan",
    "properties",
    "tags",
    "identity",
    "zones",
    "extendedLocation",
)
_COLUMNS: Final = frozenset((*TEXT_COLUMNS, *DYNAMIC_COLUMNS))

TABLES: Final = {
    "resources": _COLUMNS | {"apiVersion"},
    "resourcecontainers": _COLUMNS,
    "authorizationresources": _COLUMNS,
    "policyresources": _COLUMNS,
    "securityresources": _COLUMNS,
    "recoveryservicesresources": _COLUMNS,
}
"""The columns of each table."""

_TOKEN = re.compile(r"\s+|//[^\n]*|(?P<token>'[^']*'|in~|=~|[A-Za-z_]\w*|[|(),])")


class InvalidQueryError(Exception):
    """A query that this interpreter does not understand."""


def run(text: str, tables: Mapping[str, Sequence[Row]]) -> tuple[Sequence[Row], bool]:
    """Return the rows of a query, and whether they are ordered by their ids.

    Args:
        text: The query.
        tables: The rows of every table.

    Raises:
        InvalidQueryError: It uses anything else than `where type in~ (…)`, `where type =~ '…'`,
            `project` and `order by id asc`.
    """
    tokens = list(_tokens(text))
    stages = list(_stages(tokens))
    table = stages[0]
    if len(table) != 1 or table[0] not in TABLES:
        raise InvalidQueryError(f"no table {' '.join(table)}")
    columns: Collection[str] = TABLES[table[0]]
    rows, ordered = tables.get(table[0], ()), False
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
    """Yield the words, texts and signs of a query."""
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
    """Yield the members of a list with commas."""
    if len(tokens) % 2 == 0 or any(word != "," for word in tokens[1::2]):
        raise InvalidQueryError(f"no list: {' '.join(tokens)}")
    yield from tokens[::2]


def _text(token: str) -> str:
    """Return the value of a text, in lower case: `in~` and `=~` compare without case."""
    if not token.startswith("'"):
        raise InvalidQueryError(f"no text: {token}")
    return token.strip("'").lower()
