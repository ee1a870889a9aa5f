"""A complete engine for the query language finds the same rows as the loopback Azure.

Skipped if duckdb-kql and DuckDB are not installed: `pip install duckdb-kql==1.1.2 duckdb pytz`.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from amlaudit.core import arm_id
from amlaudit.demo.source import documents as embedded
from amlaudit.scanners.areas import all_scanners
from amlaudit.scanners.scanner import GraphQuery
from tests.loopback.graph import Graph
from tests.loopback.holdings import Holdings
from tests.loopback.principal import Principal
from tests.loopback.tables import COLUMNS, DYNAMIC_COLUMNS
from tests.loopback.wire import Request

engine = pytest.importorskip("duckdb_kql")
pytest.importorskip("duckdb")

QUERIES = [query for scanner in all_scanners() for query in scanner.queries]
HELD = Holdings(each for _, several in embedded() for each in several)


@pytest.fixture(scope="module")
def database() -> Iterator[Any]:
    """Load the rows of the embedded estate into tables of the engine."""
    connection = engine.connect()
    for table, columns in COLUMNS.items():
        kinds = {each: "JSON" if each in DYNAMIC_COLUMNS else "VARCHAR" for each in columns}
        described = ", ".join(f'"{name}" {kind}' for name, kind in kinds.items())
        connection.execute(f"CREATE TABLE {table} ({described})")
        marks = ", ".join("?" * len(kinds))
        for row in rows(f"{table} | order by id asc"):
            values = [
                json.dumps(row[name]) if kind == "JSON" else row[name]
                for name, kind in kinds.items()
            ]
            connection.execute(f"INSERT INTO {table} VALUES ({marks})", values)  # noqa: S608 - names of ours
    yield connection
    connection.close()


def rows(query: str) -> list[dict[str, Any]]:
    """Return the rows that the loopback Azure returns for a query."""
    options = {"resultFormat": "objectArray", "$top": 1000, "authorizationScopeFilter": ABOVE}
    asked = {"subscriptions": list(HELD.subscriptions()), "query": query, "options": options}
    graph = Graph(HELD, Principal(), 1000, "2025-12-01")
    answer = graph.answer(Request("POST", "/", body=json.dumps(asked).encode()))
    found: list[dict[str, Any]] = json.loads(answer.body)["data"]
    return found


ABOVE = "AtScopeAboveAndBelow"


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.file)
def test_every_query_has_the_same_rows(query: GraphQuery, database: Any) -> None:
    found = engine.query(database, re.sub(r"\bkind\b", "['kind']", query.text)).fetchall()
    ours = rows(query.text)
    assert ours, "the embedded estate has nothing of the kind"
    assert [row[0] for row in found] == [row["id"] for row in ours]
    assert {arm_id.type_of(arm_id.normalise(row[0])) for row in found} == {
        row["type"] for row in ours
    }
