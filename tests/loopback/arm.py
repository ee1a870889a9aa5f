"""Azure Resource Manager: single documents and lists of them, as the services answer them.

https://learn.microsoft.com/rest/api/resources/
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final
from urllib.parse import urlencode

from amlaudit.core import arm_id
from amlaudit.core.relations import (
    ASSESSMENT,
    BUDGET,
    DIAGNOSTIC_SETTING,
    LIFECYCLE,
    LOCK,
    POLICY_ASSIGNMENT,
    POLICY_STATE,
    RELATIONS,
    ROLE_ASSIGNMENT,
    SUBNET,
    SUBSCRIPTION_PARTS,
    Children,
)
from amlaudit.core.resource import Document
from tests.loopback.principal import Principal, action_of, refusal
from tests.loopback.wire import Request, Response, json_response

POLICY_QUERY: Final = "/providers/microsoft.policyinsights/policystates/latest/queryresults"
_PERMISSIONS: Final = "/providers/microsoft.authorization/permissions"
_MANAGEMENT_GROUP: Final = "/providers/microsoft.management/managementgroups/"
_EXTENSIONS: Final = frozenset(
    {ASSESSMENT, LOCK, BUDGET, DIAGNOSTIC_SETTING, ROLE_ASSIGNMENT, POLICY_ASSIGNMENT}
)
"""Types that are listed for what they extend."""
_LISTED: Final = frozenset(
    {
        *(set(SUBSCRIPTION_PARTS) - {POLICY_STATE}),
        *(each.target for each in RELATIONS.values() if isinstance(each, Children)),
        SUBNET,
    }
)
"""Every type of which there is a list."""
_FILTERED_TYPE = re.compile(r"resourceType eq '([^']+)'", re.IGNORECASE)


class ResourceManager:
    """Answers requests about documents in the name of a principal."""

    def __init__(
        self,
        documents: Sequence[Document],
        principal: Principal,
        page_size: int,
        endpoint: str,
    ) -> None:
        """Index the documents by their ids."""
        self._by_id = {arm_id.normalise(str(each["id"])): each for each in documents}
        self._principal = principal
        self._page_size = page_size
        self._endpoint = endpoint

    def answer(self, request: Request) -> Response:
        """Return the answer to a request."""
        place = arm_id.normalise(request.place)
        if "api-version" not in request.query:
            message = "The api-version query parameter (?api-version=) is required."
            return _error(400, "MissingApiVersionParameter", message)
        if request.method == "POST" and place.endswith(POLICY_QUERY):
            return self._allowed(request) or self._policy_states(request, place)
        if request.method != "GET":
            message = f"The requested resource does not support http method '{request.method}'."
            return json_response({"Message": message}, 405)
        if place == "/subscriptions":
            return self._page(request, self._subscriptions())
        if place.endswith(_PERMISSIONS):
            return self._page(request, self._principal.permissions())
        return self._allowed(request) or self._read(request, place)

    def _allowed(self, request: Request) -> Response | None:
        """Return a refusal where the principal may not do what it asks for."""
        action, scope = action_of(request.path)
        place = arm_id.normalise(request.place)
        if self._principal.may(action) and self._principal.sees(place):
            return None
        return refusal(action, scope)

    def _read(self, request: Request, place: str) -> Response:
        """Return one document, a list, or that there is nothing of the kind."""
        if place.startswith(_MANAGEMENT_GROUP) and place.endswith("/descendants"):
            return self._descendants(request, place.split("/")[4])
        if document := self._by_id.get(place):
            return json_response(document)
        listed = arm_id.type_of(f"{place}/any")
        parent = arm_id.parent_of(f"{place}/any")
        # The services of a storage account are there with it, written down or not.
        there = {arm_id.ROOT, *self._by_id}.intersection((parent, arm_id.parent_of(parent)))
        if there and listed in _LISTED:
            return self._page(request, self._listed(parent, listed))
        account = arm_id.parent_of(place)
        if arm_id.type_of(place) == LIFECYCLE and account in self._by_id:
            message = f"No ManagementPolicy found for account {arm_id.name_of(account)}"
            return _error(404, "ManagementPolicyNotFound", message)
        return self._not_found(place)

    def _listed(self, parent: str, arm_type: str) -> Iterator[Document]:
        """Yield the documents of a list."""
        for resource_id, document in sorted(self._by_id.items()):
            if arm_id.type_of(resource_id) != arm_type:
                continue
            if arm_type in _EXTENSIONS and arm_type != LOCK:
                belongs = arm_id.parent_of(resource_id) == parent
            else:  # a lock, or a resource in a subscription or group: all that lie beneath
                belongs = arm_id.is_within(resource_id, parent)
            if belongs:
                yield document

    def _subscriptions(self) -> Iterator[Mapping[str, object]]:
        """Yield the subscriptions that the principal sees, as a list shows them."""
        for resource_id, document in sorted(self._by_id.items()):
            is_one = arm_id.type_of(resource_id) == arm_id.SUBSCRIPTION_TYPE
            if is_one and self._principal.sees(resource_id):
                yield {
                    "id": document["id"],
                    "authorizationSource": "RoleBased",
                    "subscriptionId": arm_id.name_of(resource_id),
                    "displayName": display_name(document),
                    "state": "Enabled",
                    "tags": document.get("tags") or {},
                }

    def _descendants(self, request: Request, group: str) -> Response:
        """Return the subscriptions under a management group."""
        rows = [
            {
                "id": document["id"],
                "type": "Microsoft.Management/managementGroups/subscriptions",
                "name": arm_id.name_of(resource_id),
                "properties": {"displayName": display_name(document)},
            }
            for resource_id, document in sorted(self._by_id.items())
            if group in groups_above(document)
        ]
        if not rows:
            return refusal(*action_of(request.path))
        return self._page(request, rows)

    def _policy_states(self, request: Request, place: str) -> Response:
        """Return flat rows, of the types that a filter names."""
        condition = request.query.get("$filter", "")
        types = {found.lower() for found in _FILTERED_TYPE.findall(condition)}
        if " or ".join(_FILTERED_TYPE.sub("", condition).split(" or ")).strip(" or") or not types:
            return _error(400, "InvalidFilterInQueryString", "Invalid $filter in the query string.")
        scope = place.removesuffix(POLICY_QUERY)
        rows = [
            {"@odata.id": None, "@odata.context": f"{self._endpoint}{scope}/$metadata", **row}
            for row in self._states_within(scope)
            if str(row.get("resourceType")).lower() in types
        ]
        return self._page(request, rows, link="@odata.nextLink")

    def _states_within(self, scope: str) -> Iterator[Mapping[str, Any]]:
        """Yield the policy states of a scope as the service keeps them."""
        for resource_id, document in sorted(self._by_id.items()):
            properties = document.get("properties")
            of_scope = arm_id.is_within(resource_id, scope)
            if (
                arm_id.type_of(resource_id) == POLICY_STATE
                and of_scope
                and isinstance(properties, Mapping)
            ):
                yield properties

    def _page(
        self, request: Request, rows: Iterable[object], *, link: str = "nextLink"
    ) -> Response:
        """Return one page of rows, which names the next."""
        query = {name: text for name, text in request.query.items() if name != "$skipToken"}
        token = request.query.get("$skipToken", "0")
        if not token.isdecimal():
            return _error(400, "InvalidSkipToken", "The $skipToken is not one of mine.")
        start = int(token)
        page = list(islice(rows, start, start + self._page_size + 1))
        body: dict[str, object] = {"value": page[: self._page_size]}
        if len(page) > self._page_size:
            further = urlencode({**query, "$skipToken": str(start + self._page_size)})
            body[link] = f"{self._endpoint}{request.path}?{further}"
        return json_response(body, headers={"x-ms-ratelimit-remaining-subscription-reads": "249"})

    def _not_found(self, place: str) -> Response:
        """Return that there is no such resource."""
        subscription = arm_id.subscription_of(place)
        if subscription != arm_id.ROOT and subscription not in self._by_id:
            key = arm_id.name_of(subscription)
            return _error(
                404, "SubscriptionNotFound", f"The subscription '{key}' could not be found."
            )
        what = f"{arm_id.type_of(place)}/{arm_id.name_of(place)}"
        group = arm_id.name_of(arm_id.resource_group_of(place))
        message = (
            f"The Resource '{what}' under resource group '{group}' was not found. For more "
            "details please go to https://aka.ms/ARMResourceNotFoundFix"
        )
        return _error(404, "ResourceNotFound", message)


def display_name(document: Document) -> str:
    """Return the name of a subscription that people see."""
    return str(document.get("displayName") or document.get("name") or "")


def groups_above(document: Document) -> set[str]:
    """Return the names of the management groups above a subscription, in lower case."""
    properties = document.get("properties")
    if not isinstance(properties, Mapping):
        return set()
    chain = properties.get("managementGroupAncestorsChain") or ()
    return {str(group.get("name")).lower() for group in chain}


def _error(status: int, code: str, message: str) -> Response:
    """Return an error in Azure's form."""
    return json_response({"error": {"code": code, "message": message}}, status)
