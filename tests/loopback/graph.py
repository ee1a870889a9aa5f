"""Azure Resource Graph: queries over the documents, as the service answers them.

https://learn.microsoft.com/rest/api/azureresourcegraph/resourcegraph/resources/resources
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from amlaudit.core import arm_id
from amlaudit.core.resource import Document
from tests.loopback.holdings import Holdings, groups_above
from tests.loopback.kql import InvalidQueryError, Row, run
from tests.loopback.principal import Principal, action_of, refusal
from tests.loopback.tables import DYNAMIC_COLUMNS, TABLE_OF, TEXT_COLUMNS, TYPES
from tests.loopback.wire import Request, Response, json_response

_MAX_ROWS: Final = 1000
_GROUP: Final = "/providers/microsoft.management/managementgroups/"


class Held(NamedTuple):
    """A document as a row, and its scope."""

    arm_type: str
    scope: str
    row: Row


class Graph:
    """Answers queries over documents on behalf of a principal."""

    def __init__(
        self,
        held: Holdings,
        principal: Principal,
        page_size: int,
        api_version: str,
    ) -> None:
        """Create a row for every document.

        Args:
            held: The ARM documents.
            principal: The caller.
            page_size: Maximum number of rows per page, whatever is requested.
            api_version: The API version that determines the shape of the rows of `resources`.
        """
        self._subscriptions = held.subscriptions()
        self._principal = principal
        self._page_size = page_size
        self._api_version = api_version
        self._tables: dict[str, list[Held]] = {name: [] for name in TYPES}
        for resource_id, document in held:
            arm_type = arm_id.type_of(resource_id)
            if table := TABLE_OF.get(arm_type):
                row = self._row(arm_type, document)
                scope = _scope(resource_id, document)
                self._tables[table].append(Held(arm_type, scope, row))
        self._answered: dict[object, tuple[Sequence[Row], bool]] = {}

    def answer(self, request: Request) -> Response:
        """Return the answer to a query."""
        asked = request.json()
        if not isinstance(asked, Mapping):
            return _invalid("the body is no JSON object")
        wanted = [str(each).lower() for each in asked.get("subscriptions", ())]
        seen = [
            key
            for key in wanted
            if key in self._subscriptions and self._principal.sees(f"/subscriptions/{key}")
        ]
        if not seen:
            return refusal(*action_of("/subscriptions/" + (wanted or ["none"])[0]))
        options = asked.get("options", {})
        above = options.get("authorizationScopeFilter") == "AtScopeAboveAndBelow"
        try:
            rows, ordered = self._run(str(asked.get("query")), seen, above=above)
            return self._page(rows, options, ordered=ordered)
        except InvalidQueryError as error:
            return _invalid(str(error))

    def _run(
        self, query: str, subscriptions: Sequence[str], *, above: bool
    ) -> tuple[Sequence[Row], bool]:
        """Return the rows of a query, and whether they are ordered; computed once for all pages."""
        asked = (query, tuple(subscriptions), above, self._principal.state())
        if asked not in self._answered:
            scopes = {f"/subscriptions/{key}" for key in subscriptions}
            over = self._over(scopes) if above else set()
            found = run(query, lambda table: self._visible(table, scopes, over))
            self._answered[asked] = found
        return self._answered[asked]

    def _page(self, rows: Sequence[Row], options: Mapping[str, Any], *, ordered: bool) -> Response:
        """Return one page of the rows."""
        top = options.get("$top", 100)
        if not isinstance(top, int) or not 1 <= top <= _MAX_ROWS:
            raise InvalidQueryError("$top must be 1 to 1000")
        if options.get("resultFormat") != "objectArray":
            raise InvalidQueryError("only objectArray is served here")
        start = _offset(options.get("$skipToken"))
        page = rows[start : start + min(top, self._page_size)]
        after = start + len(page)
        more = after < len(rows)
        # Without an order by id there are no further pages: they could repeat and miss rows.
        token = {"$skipToken": token_of(after)} if more and ordered else {}
        body = {
            "totalRecords": len(rows),
            "count": len(page),
            "data": page,
            "facets": [],
            "resultTruncated": "true" if more and not ordered else "false",
            **token,
        }
        return json_response(body)

    def _visible(self, table: str, scopes: Container[str], over: Container[str]) -> list[Row]:
        """Return the rows of a table under some subscriptions, and at some scopes above them.

        What the principal may not read is silently omitted.
        """
        may = self._principal.may
        return [
            each.row
            for each in self._tables[table]
            if (arm_id.subscription_of(each.scope) in scopes or each.scope in over)
            and may(f"{each.arm_type}/read", each.scope)
        ]

    def _over(self, scopes: Iterable[str]) -> set[str]:
        """Return the scopes above some subscriptions: their management groups, and the root."""
        found = {arm_id.ROOT}
        for scope in scopes:
            document = self._subscriptions[arm_id.name_of(scope)]
            found |= {_GROUP + name for name in groups_above(document)}
        return found

    def _row(self, arm_type: str, document: Document) -> Row:
        """Return a document as a row: every column is present, empty if there is no value."""
        row: dict[str, Any] = {name: document.get(name) for name in DYNAMIC_COLUMNS}
        row |= {name: document.get(name) or "" for name in TEXT_COLUMNS}
        row |= {"type": arm_type, "apiVersion": self._api_version}
        if arm_type == arm_id.SUBSCRIPTION_TYPE:
            row["name"] = document.get("displayName") or row["name"]
        return row


def _scope(resource_id: str, document: Document) -> str:
    """Return the scope of a document: an assignment names it, for all others it is in the id."""
    properties = document.get("properties")
    named = properties.get("scope") if isinstance(properties, Mapping) else None
    if isinstance(named, str) and "/microsoft.authorization/" in resource_id:
        return arm_id.normalise(named)
    return resource_id if resource_id.startswith("/subscriptions/") else arm_id.ROOT


def token_of(offset: int) -> str:
    """Return the token for the rows from an offset on."""
    return b64encode(json.dumps({"offset": offset}).encode()).decode()


def _offset(token: object) -> int:
    """Return the offset in a token, 0 for none."""
    if token is None:
        return 0
    try:
        return int(json.loads(b64decode(str(token)))["offset"])
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidQueryError("the $skipToken is not one of mine") from error


def _invalid(detail: str) -> Response:
    """Return the response to an invalid query."""
    problem = {"code": "InvalidQuery", "message": f"Query is invalid. {detail}"}
    message = "Please provide below info when asking for support."
    body = {"error": {"code": "BadRequest", "message": message, "details": [problem]}}
    return json_response(body, 400)
