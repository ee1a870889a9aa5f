"""Azure Resource Manager: single documents and lists of them, as the services return them.

https://learn.microsoft.com/rest/api/resources/
"""

import re
from collections.abc import Container, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, Final
from urllib.parse import urlencode

from amlaudit.core import arm_id
from amlaudit.core.coverage import SUBSCRIPTION_PARTS
from amlaudit.core.relation_kinds import Children
from amlaudit.core.relations import (
    ACTIVITY_LOG_EXPORT,
    BUDGET,
    COMPUTE,
    CONTAINER_REGISTRY,
    DIAGNOSTIC_SETTING,
    KEY,
    KUBERNETES_VERSIONS,
    LIFECYCLE,
    METRIC,
    POLICY_ASSIGNMENT,
    POLICY_ATTESTATION,
    POLICY_EVALUATION,
    POLICY_REMEDIATION,
    POLICY_STATE,
    QUOTA,
    QUOTA_USAGE,
    RELATIONS,
    ROLE_ASSIGNMENT,
    SUBNET,
    WORKSPACE,
)
from amlaudit.core.resource import Document
from amlaudit.demo.source import documents as embedded
from tests.loopback.holdings import Holdings, display_name, groups_above
from tests.loopback.principal import Principal, action_of, refusal
from tests.loopback.wire import Request, Response, json_response

POLICY_QUERY: Final = "/providers/microsoft.policyinsights/policystates/latest/queryresults"
_PERMISSIONS: Final = "/providers/microsoft.authorization/permissions"
_MANAGEMENT_GROUP: Final = "/providers/microsoft.management/managementgroups/"
_OF_ONE: Final = frozenset(
    {
        BUDGET,
        DIAGNOSTIC_SETTING,
        ROLE_ASSIGNMENT,
        POLICY_ASSIGNMENT,
        "microsoft.security/assessments",
    }
)
"""Types that are listed for the single resource that they extend; others for all below a scope."""
_FROM_ABOVE: Final = frozenset(
    {
        "microsoft.authorization/denyassignments",
        "microsoft.authorization/policysetdefinitions",
        "microsoft.authorization/roleassignmentscheduleinstances",
        "microsoft.authorization/roleeligibilityscheduleinstances",
    }
)
"""Types whose list for a subscription includes those of the scopes above it."""
_PLAIN: Final = frozenset({QUOTA, QUOTA_USAGE})
"""Types whose service returns rows in its own format, stored here as document properties."""
_LISTED: Final = (
    frozenset(
        {
            *SUBSCRIPTION_PARTS,
            *(each.target for each in RELATIONS.values() if isinstance(each, Children)),
            POLICY_ATTESTATION,
            POLICY_REMEDIATION,
            SUBNET,
        }
    )
    | Holdings(each for _, several in embedded() for each in several).types
) - {POLICY_EVALUATION, POLICY_STATE}
"""Every type that can be listed: those that the product knows, in whatever estate."""
PREVIEWED: Final = {
    COMPUTE: ("enableRootAccess",),
    CONTAINER_REGISTRY: ("softDeletePolicy",),
    WORKSPACE: ("ipAllowlist", "networkAcls", "softDeleteRetentionInDays"),
}
"""Properties that no stable version shows, by type."""
_NON_COMPLIANT: Final = "complianceState eq 'NonCompliant'"
_FILTERED_TYPE = re.compile(r"resourceType eq '([^']+)'", re.IGNORECASE)


class ResourceManager:
    """Answers requests about documents on behalf of a principal."""

    def __init__(
        self,
        held: Holdings,
        principal: Principal,
        page_size: int,
        endpoint: str,
    ) -> None:
        """Serve documents in pages of the given size."""
        self._held = held
        self._principal = principal
        self._page_size = page_size
        self._endpoint = endpoint

    def answer(self, request: Request) -> Response:
        """Return the response to a request."""
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
            scope = place.removesuffix(_PERMISSIONS)
            return self._page(request, self._principal.permissions(scope))
        return self._allowed(request) or self._read(request, place)

    def _allowed(self, request: Request) -> Response | None:
        """Return a refusal if the principal may not perform the requested action."""
        action, scope = action_of(request.path)
        if self._principal.may_beneath(action, arm_id.normalise(scope)):
            return None
        return refusal(action, scope)

    def _read(self, request: Request, place: str) -> Response:
        """Return one document, a list, or a not-found error."""
        if place.startswith(_MANAGEMENT_GROUP) and place.endswith("/descendants"):
            return self._descendants(request, place.split("/")[4])
        if document := self._held.get(place):
            return json_response(document)
        listed = arm_id.type_of(f"{place}/any")
        parent = arm_id.parent_of(f"{place}/any")
        known = listed in _LISTED or listed in self._held.types
        if listed == KUBERNETES_VERSIONS:
            return json_response((self._held.get(f"{place}/supported") or {}).get("properties"))
        if known and self._is_there(parent):
            version = request.query["api-version"]
            return self._page(request, self._listed(parent, listed, version))
        account = arm_id.parent_of(place)
        if arm_id.type_of(place) == LIFECYCLE and account in self._held:
            message = f"No ManagementPolicy found for account {arm_id.name_of(account)}"
            return _error(404, "ManagementPolicyNotFound", message)
        return self._not_found(place)

    def _is_there(self, parent: str) -> bool:
        """Tell whether a resource has lists: blob services exist implicitly with their account."""
        is_child = arm_id.type_of(parent).count("/") > 1
        return (
            parent == arm_id.ROOT
            or parent in self._held
            or self._is_group(parent)
            or (is_child and arm_id.parent_of(parent) in self._held)
        )

    def _is_group(self, parent: str) -> bool:
        """Tell whether something is a management group above a subscription."""
        if arm_id.type_of(parent) != arm_id.MANAGEMENT_GROUP_TYPE:
            return False
        held = self._held.of_type(arm_id.SUBSCRIPTION_TYPE)
        return any(arm_id.name_of(parent) in groups_above(document) for _, document in held)

    def _listed(self, parent: str, arm_type: str, version: str) -> Iterator[object]:
        """Yield the rows of a list that the principal may read, as an API version shows them.

        Azure's documentation does not say whether a list over a subscription is denied to a
        principal that has a role in only one of its groups, or omits the rest; here it silently
        omits the rest, which is the worse case for an auditor.
        """
        if arm_type == DIAGNOSTIC_SETTING and arm_id.type_of(parent) == arm_id.SUBSCRIPTION_TYPE:
            yield from self._exports(parent)
            return
        scope = arm_id.ROOT if arm_type in _FROM_ABOVE else parent
        for resource_id, document in self._held.of_type(arm_type, scope):
            if self._belongs(resource_id, arm_type, parent) and self._principal.may(
                f"{arm_type}/read", resource_id
            ):
                yield _shown(arm_type, self._as_of(version, resource_id, document), version)

    def _as_of(self, version: str, resource_id: str, document: Document) -> Document:
        """Return a document merged with what an estate says that a preview API shows of it."""
        preview = self._held.get(f"{resource_id}/previews/{version}")
        return laid_over(document, preview) if preview else document

    def _exports(self, subscription: str) -> Iterator[Document]:
        """Yield the diagnostic settings of a subscription, which documents here call exports."""
        for _, document in self._held.of_type(ACTIVITY_LOG_EXPORT, subscription):
            written = str(document["id"]).replace("/activityLogExports/", "/diagnosticSettings/")
            yield {**document, "id": written, "type": "Microsoft.Insights/diagnosticSettings"}

    def _belongs(self, resource_id: str, arm_type: str, parent: str) -> bool:
        """Tell whether a document belongs to a list for a parent that lists everything below it."""
        scope = arm_id.parent_of(resource_id)
        if arm_type in _OF_ONE:
            return scope == parent
        if arm_type not in _FROM_ABOVE or arm_id.is_within(scope, parent):
            return True
        groups = groups_above(self._held.get(parent) or {})
        return scope == arm_id.ROOT or arm_id.name_of(scope) in groups

    def _subscriptions(self) -> Iterator[Mapping[str, object]]:
        """Yield the subscriptions that the principal sees, as in a list."""
        for resource_id, document in self._held.of_type(arm_id.SUBSCRIPTION_TYPE):
            if self._principal.sees(resource_id):
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
            for resource_id, document in self._held.of_type(arm_id.SUBSCRIPTION_TYPE)
            if group in groups_above(document)
        ]
        if not rows:
            return refusal(*action_of(request.path))
        return self._page(request, rows)

    def _policy_states(self, request: Request, place: str) -> Response:
        """Return flat rows, for the types or the compliance that a filter names.

        Evaluation details are only returned for a single resource, and only on request.
        """
        condition = request.query.get("$filter", "")
        types = {found.lower() for found in _FILTERED_TYPE.findall(condition)}
        is_wrong = " or ".join(_FILTERED_TYPE.sub("", condition).split(" or ")).strip(" or")
        only_bad = condition == _NON_COMPLIANT
        if not only_bad and (is_wrong or not types):
            return _error(400, "InvalidFilterInQueryString", "Invalid $filter in the query string.")
        scope = place.removesuffix(POLICY_QUERY)
        is_one = bool(arm_id.type_of(scope)) and scope != arm_id.subscription_of(scope)
        expands = request.query.get("$expand") == "PolicyEvaluationDetails"
        if expands and not is_one:
            return _error(400, "InvalidExpand", "$expand is for the states of one resource.")
        rows = [
            {"@odata.id": None, "@odata.context": f"{self._endpoint}{scope}/$metadata", **row}
            for row in self._states_within(scope, details=expands)
            if (only_bad and str(row.get("complianceState")).lower() == "noncompliant")
            or str(row.get("resourceType")).lower() in types
        ]
        return self._page(request, rows, link="@odata.nextLink")

    def _states_within(self, scope: str, *, details: bool) -> Iterator[Mapping[str, Any]]:
        """Yield the policy states of a scope as the service stores them."""
        for state_id, document in self._held.of_type(POLICY_STATE, scope):
            properties = document.get("properties")
            if isinstance(properties, Mapping):
                evaluation = self._held.get(
                    state_id.replace("/policystates/", "/policyevaluations/")
                )
                yield {**properties, **_details_of(evaluation)} if details else properties

    def _page(
        self, request: Request, rows: Iterable[object], *, link: str = "nextLink"
    ) -> Response:
        """Return one page of rows, with a link to the next."""
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
        return json_response(body)

    def _not_found(self, place: str) -> Response:
        """Return the error for a resource that does not exist."""
        subscription = arm_id.subscription_of(place)
        if subscription != arm_id.ROOT and subscription not in self._held:
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


def _shown(arm_type: str, document: Document, version: str) -> object:
    """Return a document as shown in a list."""
    if arm_type in PREVIEWED and not version.endswith("-preview"):
        return without(document, PREVIEWED[arm_type])
    properties = document.get("properties")
    if arm_type in _PLAIN:
        return properties
    if arm_type == METRIC and isinstance(properties, Mapping):
        return {**document, **properties, "name": {"value": document["name"]}}
    if arm_type == KEY and isinstance(properties, Mapping):
        shown = ("attributes", "keyUri")
        return {**document, "properties": {key: properties.get(key) for key in shown}}
    return document


def laid_over(document: Document, preview: Document) -> Document:
    """Return a document with its properties overlaid by those of a preview, at any depth."""
    if "properties" not in document or "properties" not in preview:
        return {key: each for key, each in document.items() if key != "properties"}
    return {**document, "properties": _merged(document["properties"], preview["properties"])}


def _merged(value: Any, above: Any) -> Any:
    """Return a JSON value overlaid by another one."""
    if not isinstance(value, Mapping) or not isinstance(above, Mapping):
        return above
    return {**value, **{key: _merged(value.get(key), each) for key, each in above.items()}}


def without(value: Any, names: Container[str]) -> Any:
    """Return a JSON value without some properties, at any depth."""
    if isinstance(value, Mapping):
        return {key: without(each, names) for key, each in value.items() if key not in names}
    return [without(each, names) for each in value] if isinstance(value, list) else value


def _error(status: int, code: str, message: str) -> Response:
    """Return an error in Azure's format."""
    return json_response({"error": {"code": code, "message": message}}, status)


def _details_of(evaluation: Document | None) -> Mapping[str, Any]:
    """Return the details that a state includes if the evaluation is requested."""
    properties = evaluation.get("properties") if evaluation else None
    details = properties.get("policyEvaluationDetails") if isinstance(properties, Mapping) else None
    return {"policyEvaluationDetails": details}
