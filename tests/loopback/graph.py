"""Azure Resource Graph: queries over the documents, as the service answers them.

https://learn.microsoft.com/rest/api/azureresourcegraph/resourcegraph/resources/resources
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from amlaudit.core import arm_id
from amlaudit.core.resource import Document
from tests.loopback.arm import groups_above
from tests.loopback.kql import DYNAMIC_COLUMNS, TEXT_COLUMNS, InvalidQueryError, Row, run
from tests.loopback.principal import Principal, action_of, refusal
from tests.loopback.wire import Request, Response, json_response

_MOST_ROWS: Final = 1000
_ML: Final = "microsoft.machinelearningservices"
_TYPES: Final = {
    "resources": frozenset(
        {
            f"{_ML}/workspaces",
            f"{_ML}/workspaces/onlineendpoints",
            f"{_ML}/workspaces/onlineendpoints/deployments",
            f"{_ML}/workspaces/batchendpoints",
            f"{_ML}/workspaces/batchendpoints/deployments",
            f"{_ML}/workspaces/serverlessendpoints",
            f"{_ML}/registries",
            "microsoft.keyvault/vaults",
            "microsoft.storage/storageaccounts",
            "microsoft.containerregistry/registries",
            "microsoft.containerregistry/registries/replications",
            "microsoft.insights/components",
            "microsoft.insights/metricalerts",
            "microsoft.operationalinsights/workspaces",
            "microsoft.network/virtualnetworks",
            "microsoft.network/networksecuritygroups",
            "microsoft.network/privateendpoints",
            "microsoft.managedidentity/userassignedidentities",
        }
    ),
    "resourcecontainers": frozenset(
        {
            arm_id.SUBSCRIPTION_TYPE,
            arm_id.RESOURCE_GROUP_TYPE,
            "microsoft.management/managementgroups",
        }
    ),
    "authorizationresources": frozenset(
        {"microsoft.authorization/roleassignments", "microsoft.authorization/roledefinitions"}
    ),
    "policyresources": frozenset({"microsoft.authorization/policyassignments"}),
    "securityresources": frozenset(
        {
            "microsoft.security/pricings",
            "microsoft.security/assessments",
            "microsoft.security/assessments/subassessments",
        }
    ),
    "recoveryservicesresources": frozenset(
        {"microsoft.dataprotection/backupvaults/backupinstances"}
    ),
}
"""What the graph holds of the types that matter here; everything else is in Resource Manager only.

https://learn.microsoft.com/azure/governance/resource-graph/reference/supported-tables-resources
"""

_GROUP: Final = "/providers/microsoft.management/managementgroups/"
_QUOTA: Final = {
    "x-ms-user-quota-remaining": "14",
    "x-ms-user-quota-resets-after": "00:00:05",
    "x-ms-ratelimit-remaining-tenant-resource-requests": "14",
}


class Graph:
    """Answers queries over documents in the name of a principal."""

    def __init__(
        self,
        documents: Sequence[Document],
        principal: Principal,
        page_size: int,
        api_version: str,
    ) -> None:
        """Index the documents.

        Args:
            documents: The ARM documents.
            principal: Who asks.
            page_size: Most rows on a page, whatever is asked for.
            api_version: The version that the rows of `resources` are shaped by.
        """
        self._by_id = {arm_id.normalise(str(each["id"])): each for each in documents}
        self._principal = principal
        self._page_size = page_size
        self._api_version = api_version

    def answer(self, request: Request) -> Response:
        """Return the answer to a query."""
        asked = request.json()
        if not isinstance(asked, Mapping):
            return _invalid("the body is no JSON object")
        wanted = [str(each).lower() for each in asked.get("subscriptions", ())]
        known = {arm_id.name_of(each) for each in self._by_id if _is_subscription(each)}
        seen = [
            key for key in wanted if key in known and self._principal.sees(f"/subscriptions/{key}")
        ]
        if not seen:
            return refusal(*action_of("/subscriptions/" + (wanted or ["none"])[0]))
        options = asked.get("options", {})
        above = options.get("authorizationScopeFilter") == "AtScopeAboveAndBelow"
        try:
            rows, ordered = run(str(asked.get("query")), self._tables(seen, above=above))
            return self._page(rows, options, ordered=ordered)
        except InvalidQueryError as error:
            return _invalid(str(error))

    def _page(self, rows: Sequence[Row], options: Mapping[str, Any], *, ordered: bool) -> Response:
        """Return one page of the rows."""
        top = options.get("$top", 100)
        if not isinstance(top, int) or not 1 <= top <= _MOST_ROWS:
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
        return json_response(body, headers=_QUOTA)

    def _tables(self, subscriptions: Iterable[str], *, above: bool) -> dict[str, list[Row]]:
        """Return the rows of every table that a query over some subscriptions is about."""
        scopes = {f"/subscriptions/{key}" for key in subscriptions}
        over = self._over(scopes) if above else set()
        tables: dict[str, list[Row]] = {name: [] for name in _TYPES}
        for resource_id, document in self._by_id.items():
            arm_type = arm_id.type_of(resource_id)
            scope = _scope(resource_id, document)
            if not (arm_id.subscription_of(scope) in scopes or scope in over):
                continue
            if not self._principal.may(f"{arm_type}/read"):
                continue
            for name, types in _TYPES.items():
                if arm_type in types:
                    tables[name].append(self._row(resource_id, arm_type, document))
        return tables

    def _over(self, scopes: Iterable[str]) -> set[str]:
        """Return the scopes above some subscriptions: their management groups, and the root."""
        found = {arm_id.ROOT}
        for scope in scopes:
            found |= {_GROUP + name for name in groups_above(self._by_id[scope])}
        return found

    def _row(self, resource_id: str, arm_type: str, document: Document) -> Row:
        """Return a document as a row: every column is there, empty where there is no value."""
        row: dict[str, Any] = {name: document.get(name) for name in DYNAMIC_COLUMNS}
        row |= {name: document.get(name) or "" for name in TEXT_COLUMNS}
        row |= {"type": arm_type, "apiVersion": self._api_version}
        if _is_subscription(resource_id):
            row["name"] = document.get("displayName") or row["name"]
        return row


def _is_subscription(resource_id: str) -> bool:
    """Tell whether this is the id of a subscription."""
    return arm_id.type_of(resource_id) == arm_id.SUBSCRIPTION_TYPE


def _scope(resource_id: str, document: Document) -> str:
    """Return where a document holds: an assignment names its scope, all else lies in its id."""
    properties = document.get("properties")
    named = properties.get("scope") if isinstance(properties, Mapping) else None
    if isinstance(named, str) and "/microsoft.authorization/" in resource_id:
        return arm_id.normalise(named)
    return resource_id if resource_id.startswith("/subscriptions/") else arm_id.ROOT


def token_of(offset: int) -> str:
    """Return a token that stands for the rows from an offset on."""
    return b64encode(json.dumps({"offset": offset}).encode()).decode()


def _offset(token: object) -> int:
    """Return the offset that a token stands for, 0 for none."""
    if token is None:
        return 0
    try:
        return int(json.loads(b64decode(str(token)))["offset"])
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidQueryError("the $skipToken is not one of mine") from error


def _invalid(detail: str) -> Response:
    """Return the answer to a query that is wrong."""
    problem = {"code": "InvalidQuery", "message": f"Query is invalid. {detail}"}
    message = "Please provide below info when asking for support."
    body = {"error": {"code": "BadRequest", "message": message, "details": [problem]}}
    return json_response(body, 400, _QUOTA)
