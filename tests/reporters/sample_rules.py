"""Rules for the sample reports: one of every severity, and one for every possible outcome."""

from typing import Final

from msgspec.structs import replace

from amlaudit import fail, ok
from amlaudit.core.conditions import Comparison, CountMembers, Default, Exists, Not, Operator
from amlaudit.core.path import parse_path
from amlaudit.core.relations import COMPUTE, ML_REGISTRY, WORKSPACE
from amlaudit.core.rule import Change, Check, Fix, Rule, Severity
from amlaudit.core.subject import Subject
from amlaudit.core.verdict import Status, Verdict
from amlaudit.engine.checks import check_of


def rule_on_workspaces(number: int, title: str, severity: Severity, check: Check) -> Rule:
    """Return a rule for workspaces with all required fields."""
    return Rule(
        id=f"AML{number}",
        title=title,
        severity=severity,
        severity_reason="One stolen token is enough.",
        area="network",
        applies_to=WORKSPACE,
        because="A door that stands open is found, sooner or later.",
        fix=Fix("az ml workspace update --name {name} --resource-group {group} --file closed.yml"),
        sources=(
            "https://learn.microsoft.com/azure/machine-learning/how-to-configure-private-link",
        ),
        mappings={"nist_800_53_r5": ("AC-3", "SC-7(3)"), "mcsb": ("NS-2",)},
        check=check,
        path=f"network/aml{number}_sample.yaml",
    )


def _crashes(_subject: Subject) -> Verdict:
    """Judge nothing, because of a mistake by the rule's author."""
    raise ZeroDivisionError


def _asks(_subject: Subject) -> Verdict:
    """Ask people a question."""
    return Verdict(Status.MANUAL, "Is access reviewed every quarter? (answered by the owner)")


def _has_owner(subject: Subject) -> Verdict:
    """Judge by a whole object, which then becomes the evidence."""
    return ok() if subject.get("tags", default={}) else fail("The workspace has no tags.")


_SSH_CLOSED: Final = Comparison(
    parse_path("properties.properties.remoteLoginPortPublicAccess"), Operator.EQUALS, "Disabled"
)
_PUBLIC_ACCESS_OFF: Final = Comparison(
    parse_path("properties.publicNetworkAccess"), Operator.EQUALS, "Disabled", Default("Enabled")
)
_IS_PROJECT: Final = Comparison(parse_path("kind"), Operator.EQUALS, "Project")
_HAS_ENDPOINT: Final = CountMembers(
    parse_path("properties.privateEndpointConnections"),
    Comparison(
        parse_path("properties.privateLinkServiceConnectionState.status"),
        Operator.EQUALS,
        "Approved",
    ),
    Operator.GREATER_OR_EQUALS,
    1,
    Default(()),
)
_REBUILD: Final = Fix(
    "az ml compute delete --name {name} --resource-group {group}\n"
    "az ml compute create --file compute.yml  # `remote_login_port: disabled`",
    Change.RECREATE,
    irreversible=True,
    note="Jobs that run on the cluster are lost",
)
_ADD_ENDPOINT: Final = Fix(
    "az network private-endpoint create --connection-name {name} --private-connection-resource-id "
    "{id} --resource-group {group}",
    Change.CREATE_COMPANION,
)

RULES: Final = (
    replace(
        rule_on_workspaces(
            1001,
            "No compute opens its SSH port to the internet",
            Severity.CRITICAL,
            check_of(_SSH_CLOSED),
        ),
        applies_to=COMPUTE,
        fix=_REBUILD,
    ),
    rule_on_workspaces(
        1201,
        "The workspace refuses public network access",
        Severity.HIGH,
        check_of(_PUBLIC_ACCESS_OFF, when=Not(_IS_PROJECT)),
    ),
    replace(
        rule_on_workspaces(
            1202,
            "The workspace has an approved private endpoint",
            Severity.MEDIUM,
            check_of(_HAS_ENDPOINT),
        ),
        fix=_ADD_ENDPOINT,
    ),
    rule_on_workspaces(1301, "The tags of a workspace name its owner", Severity.LOW, _has_owner),
    rule_on_workspaces(
        1302, "Access to the workspace is reviewed every quarter", Severity.LOW, _asks
    ),
    rule_on_workspaces(
        1303, "The workspace can be judged by a rule that works", Severity.LOW, _crashes
    ),
    replace(
        rule_on_workspaces(
            1401,
            "Models are shared through a registry",
            Severity.INFO,
            check_of(Exists(parse_path("properties"), wanted=True)),
        ),
        applies_to=ML_REGISTRY,
    ),
)
