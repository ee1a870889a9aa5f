"""What role assignments let a principal do: wildcards, exceptions, scopes, and groups."""

from collections.abc import Mapping, Sequence

import pytest

from amlaudit.core.arm_id import ROOT
from amlaudit.core.gap import NoDataError
from amlaudit.core.relations import ROLE_ASSIGNMENT
from amlaudit.core.resource import Resource
from amlaudit.core.subject import Subject
from amlaudit.readings.permissions import CONTRIBUTOR, Plane, allows, is_wide
from tests.estates import GROUP, SUBSCRIPTION, WORKSPACE_ID, estate, resource

ROLE_ID = f"/providers/microsoft.authorization/roledefinitions/{CONTRIBUTOR}"
WRITE = "microsoft.machinelearningservices/workspaces/onlineendpoints/write"


def grant_on(scope: str, who: str = "me", kind: str = "ServicePrincipal") -> Resource:
    properties = {
        "scope": scope,
        "principalId": who,
        "principalType": kind,
        "roleDefinitionId": SUBSCRIPTION + ROLE_ID,
    }
    place = "" if scope == ROOT else scope
    return resource(f"{place}/providers/{ROLE_ASSIGNMENT}/{who}", {"properties": properties})


def grant_of(*permissions: Mapping[str, Sequence[str]]) -> Subject:
    grant = grant_on(GROUP)
    role = resource(ROLE_ID, {"properties": {"permissions": list(permissions)}})
    return Subject(grant, estate(grant, role))


@pytest.mark.parametrize(
    ("permissions", "is_allowed"),
    [
        ([{"actions": ["*"]}], True),
        ([{"actions": ["Microsoft.MachineLearningServices/*/Write"], "notActions": []}], True),
        ([{"actions": ["*/read"]}], False),
        ([{"actions": ["*"], "notActions": ["*/onlineEndpoints/*"]}], False),
        ([{"actions": ["*"], "notActions": ["Microsoft.Authorization/*/write"]}], True),
        ([{"actions": ["*"], "notActions": ["*/write"]}, {"actions": ["*/write"]}], True),
        ([{"dataActions": ["*"]}], False),
        ([], False),
    ],
)
def test_a_role_allows_what_it_names_and_does_not_except(
    permissions: Sequence[Mapping[str, Sequence[str]]], *, is_allowed: bool
) -> None:
    assert allows(grant_of(*permissions), {WRITE}) is is_allowed


@pytest.mark.parametrize(("plane", "is_allowed"), [("actions", False), ("dataActions", True)])
def test_the_planes_are_apart(plane: Plane, *, is_allowed: bool) -> None:
    permission = {"actions": ["*/write"], "notActions": ["*"], "dataActions": ["*/read"]}
    read = "microsoft.storage/storageaccounts/blobservices/containers/blobs/read"
    assert allows(grant_of(permission), {read}, plane) is is_allowed


@pytest.mark.parametrize(
    ("version", "permission", "is_known"),
    [
        ("2015-07-01", {"actions": ["*/read"], "notActions": []}, False),
        ("2015-07-01", {"actions": ["*/read"], "dataActions": []}, True),
        ("2018-01-01-preview", {"actions": ["*/read"]}, True),
    ],
)
def test_data_actions_are_unknown_in_an_api_version_that_does_not_show_them(
    version: str, permission: Mapping[str, Sequence[str]], *, is_known: bool
) -> None:
    grant = grant_on(GROUP)
    body = {"properties": {"permissions": [permission]}}
    role = resource(ROLE_ID, body, api_version=version)
    subject = Subject(grant, estate(grant, role))
    assert not allows(subject, {WRITE})
    if is_known:
        assert not allows(subject, {"*/write"}, "dataActions")
    else:
        with pytest.raises(NoDataError, match="only since 2018-01-01"):
            allows(subject, {"*/write"}, "dataActions")


def test_what_a_role_allows_is_unknown_without_its_definition() -> None:
    grant = grant_on(GROUP)
    with pytest.raises(NoDataError):
        allows(Subject(grant, estate(grant)), {WRITE})


@pytest.mark.parametrize(
    ("scope", "is_wider"),
    [
        (WORKSPACE_ID, False),
        (GROUP, True),
        (SUBSCRIPTION, True),
        ("/providers/Microsoft.Management/managementGroups/corp", True),
        (ROOT, True),
    ],
)
def test_a_grant_is_wide_from_the_resource_group_up(scope: str, *, is_wider: bool) -> None:
    grant = grant_on(scope)
    assert is_wide(Subject(grant, estate(grant))) is is_wider
