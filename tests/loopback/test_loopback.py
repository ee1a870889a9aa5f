"""Tests depend on the loopback Azure as a stand-in, so it must reject what it does not know."""

import http.client
import ssl
from pathlib import Path

import pytest

from tests.loopback.azure import LoopbackAzure
from tests.loopback.certificates import HOST, make_certificates
from tests.loopback.kql import InvalidQueryError, Row, run
from tests.loopback.principal import action_of

ROWS: list[Row] = [
    {"id": f"/subscriptions/s/{name}", "name": name, "type": kind}
    for name, kind in (("b", "microsoft.a/b"), ("a", "microsoft.a/b"), ("c", "microsoft.a/c"))
]


def names(query: str) -> list[str]:
    """Return the names of the rows of a query."""
    rows, _ = run(query, lambda _: ROWS)
    return [row["name"] for row in rows]


def test_queries_are_executed() -> None:
    query = "resources | where type in~ ('Microsoft.A/B', 'x') | project id, name | order by id asc"
    assert names(query) == ["a", "b"]
    assert names("resources // all\n| where type =~ 'microsoft.a/c'") == ["c"]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "nowhere",
        "resources | limit 5",
        "resources | where type == 'microsoft.a/b'",
        "resources | where name =~ 'a'",
        "resources | where type in~ ('a' 'b')",
        "resources | where type in~ ()",
        "resources | where type =~ 'a' or type =~ 'b'",
        "resources | where type =~ a",
        "resources | project nothing",
        "resources | project id,",
        "resources | project id = name",
        "resources | project name | order by id asc",
        "resources | order by name asc",
        "resources | order by id desc",
        "resources | summarize count()",
        "resources | extend x = 1",
        'resources | where type =~ "microsoft.a/b"',
        "resources | | project id",
        "resources; resources",
    ],
)
def test_queries_that_are_not_understood_are_refused(query: str) -> None:
    with pytest.raises(InvalidQueryError):
        run(query, lambda _: ROWS)


@pytest.mark.parametrize(
    ("path", "action", "scope"),
    [
        ("/subscriptions", "Microsoft.Resources/subscriptions/read", "/"),
        ("/subscriptions/s/providers/Microsoft.A/b", "Microsoft.A/b/read", "/subscriptions/s"),
        (
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.A/b/n/c",
            "Microsoft.A/b/c/read",
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.A/b/n",
        ),
        (
            "/subscriptions/s/providers/Microsoft.A/b/n/providers/Microsoft.D/e",
            "Microsoft.D/e/read",
            "/subscriptions/s/providers/Microsoft.A/b/n",
        ),
        (
            "/subscriptions/s/providers/Microsoft.A/b/n",
            "Microsoft.A/b/read",
            "/subscriptions/s/providers/Microsoft.A/b/n",
        ),
    ],
)
def test_actions_are_named_after_paths(path: str, action: str, scope: str) -> None:
    assert action_of(path) == (action, scope)


@pytest.mark.parametrize(
    ("headers", "path", "status"),
    [
        ({}, "/subscriptions?api-version=2022-12-01", 401),
        ({"Authorization": "Bearer x"}, "/subscriptions", 400),
        ({"Authorization": "Bearer x"}, "/subscriptions?api-version=2022-12-01", 200),
        ({"Authorization": "Bearer x"}, "/subscriptions/s?api-version=2022-12-01", 404),
    ],
)
def test_requests_need_a_token_and_a_version(
    headers: dict[str, str], path: str, status: int, tmp_path: Path
) -> None:
    certificates = make_certificates(tmp_path)
    trust = ssl.create_default_context(cafile=str(certificates.ca_file))
    with LoopbackAzure(certificates, ()) as azure:
        port = int(azure.endpoint.rpartition(":")[2])
        connection = http.client.HTTPSConnection(HOST, port, context=trust)
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        assert response.status == status
        assert ("WWW-Authenticate" in response.headers) is (status == 401)
        connection.close()
