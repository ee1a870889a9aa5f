"""Reports for the tests of all reporters, made by the real engine from estates in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

from amlaudit import fail, ok
from amlaudit.core import arm_id
from amlaudit.core.collection import Collection
from amlaudit.core.estate import Estate
from amlaudit.core.gap import Gap, Reason
from amlaudit.core.memory import MemoryStore
from amlaudit.core.path import parse_path
from amlaudit.core.relations import (
    COMPUTE,
    ML_REGISTRY,
    RELATIONS,
    SUBSCRIPTION_PARTS,
    WORKSPACE,
    target_of,
)
from amlaudit.core.report import Pack, Report
from amlaudit.core.resource import Document, Origin, Resource
from amlaudit.core.rule import Change, Check, Fix, Rule, Severity
from amlaudit.core.scope import Scope
from amlaudit.core.subject import Subject
from amlaudit.core.verdict import Status, Verdict
from amlaudit.engine.conditions import Comparison, CountMembers, Default, Exists, Not, Operator
from amlaudit.engine.judge import check_of
from amlaudit.pipeline import Policy, audit

GOLDEN: Final = Path(__file__).parents[1] / "golden"
"""Where the files lie that the reports of `sample` must equal."""

AT: Final = datetime(2026, 1, 15, 6, 30, tzinfo=UTC)
READ_AT: Final = datetime(2026, 1, 15, 6, 12, 30, 250_000, tzinfo=UTC)
SUBSCRIPTION: Final = "/subscriptions/00000000-0000-0000-0000-000000000001"
UNREAD: Final = "/subscriptions/00000000-0000-0000-0000-000000000002"
PERMISSION: Final = "Microsoft.MachineLearningServices/workspaces/read"

HOSTILE: Final = (
    "</script><img src=x onerror=alert(1)>",
    "[free money](https://evil.example) ![x](https://evil.example/x.png) <https://evil.example>",
    "www.evil.example {0} {name} `code` **bold** \N{RIGHT-TO-LEFT OVERRIDE}txt.exe",
    "nul\x00 escape\x1b[31m bell\x07 line\nfeed\r\ttab \x85\u2028\u2029",
    "lone \ud800 and \udfff surrogates, a pair \ud83d\ude00",
    "\N{RIGHT-TO-LEFT MARK}\N{HEBREW LETTER ALEF} \N{FAMILY} \N{SKULL} \N{WAVING WHITE FLAG}",
    "=cmd|' /C calc'!A1 '\"; DROP TABLE findings; --",
    "x" * 10_000,
)
"""Names that people give to resources when they mean harm."""


@dataclass(frozen=True, slots=True)
class Held:
    """A source over an estate that is at hand."""

    estate: Estate

    def collect(self, _scope: Scope) -> Estate:
        """Return the estate."""
        return self.estate


def sample() -> Report:
    """Return a report with every status, every severity, blind spots and a crashed rule."""
    return _report(
        (
            workspace("mlw-churn", {"publicNetworkAccess": "Disabled"}, tags={"owner": "Zoë"}),
            workspace("mlw-fraud", {"privateEndpointConnections": [_endpoint("Pending")]}),
            _project(),
            _closed(),
            _compute("gpu-cluster", "Enabled"),
            _compute("cpu-cluster", "Disabled"),
        ),
        missing=(
            Gap(UNREAD, WORKSPACE, Reason.FORBIDDEN, "403 AuthorizationFailed", PERMISSION),
            Gap(SUBSCRIPTION, ML_REGISTRY, Reason.THROTTLED, "429 after 5 tries"),
        ),
    )


def empty() -> Report:
    """Return a report of an estate that was read and holds nothing."""
    return _report(())


def cut_off() -> Report:
    """Return a report of a collection that never came to its end."""
    report = sample()
    return replace(report, collection=replace(report.collection, ended_at=None))


def hostile() -> Report:
    """Return a report in which all that comes from the cloud means harm."""
    resources = (
        workspace(f"hostile-{index}", {"publicNetworkAccess": text}, name=text, tags={text: text})
        for index, text in enumerate(HOSTILE)
    )
    gaps = (
        Gap(f"{SUBSCRIPTION}/resourcegroups/{index}", text, Reason.API_ERROR, text, text)
        for index, text in enumerate(HOSTILE)
    )
    return _report(tuple(resources), missing=tuple(gaps), collection=_hostile_collection())


def crowded(fails: int) -> Report:
    """Return a report with a number of fails, and a rule that could judge nothing."""
    return _report(
        tuple(workspace(f"mlw-{index:05}", {}) for index in range(fails)),
        missing=(Gap(UNREAD, WORKSPACE, Reason.TIMEOUT, "no answer in 60 seconds"),),
        rules=RULES[1:2],
    )


def workspace(
    item: str, properties: Document, *, name: str = "", kind: str = "Default", tags: object = None
) -> Resource:
    """Return a workspace; its id ends in `item`, its name is that too unless given."""
    body = {"name": name or item, "location": "westeurope", "kind": kind, "properties": properties}
    return _resource(WORKSPACE, item, name or item, body | ({"tags": tags} if tags else {}))


def _project() -> Resource:
    """Return a workspace that the rules on networks do not concern."""
    return workspace("mlp-labs", {"privateEndpointConnections": []}, kind="Project")


def _closed() -> Resource:
    """Return a workspace of which the properties could not be read."""
    detail = "the properties could not be read"
    closed = workspace("mlw-closed", {}, tags={"owner": "platform"})
    gap = Gap(closed.id, "properties", Reason.FORBIDDEN, detail, PERMISSION)
    return replace(closed, gaps=((parse_path("properties"), gap),))


def _compute(name: str, ssh: str) -> Resource:
    """Return a compute cluster with its SSH port open or not."""
    body = {"name": name, "properties": {"properties": {"remoteLoginPortPublicAccess": ssh}}}
    return _resource(COMPUTE, f"mlw-fraud/computes/{name}", name, body)


def _endpoint(status: str) -> Document:
    """Return a connection of a private endpoint."""
    return {"properties": {"privateLinkServiceConnectionState": {"status": status}}}


def _resource(arm_type: str, item: str, name: str, body: Document) -> Resource:
    """Return a resource of the sample's group."""
    resource_id = arm_id.normalise(f"{SUBSCRIPTION}/resourceGroups/rg-ml/providers/{WORKSPACE}/{item}")
    source = f"GET {resource_id}"
    return Resource(resource_id, arm_type, name, body, Origin(source, "2025-12-01", READ_AT))


def _report(
    resources: tuple[Resource, ...],
    missing: tuple[Gap, ...] = (),
    collection: Collection | None = None,
    rules: Sequence[Rule] = (),
) -> Report:
    """Return the report on an estate of which all but `missing` was read."""
    parts = {*SUBSCRIPTION_PARTS, *map(target_of, RELATIONS)}
    seen = frozenset((arm_id.ROOT, part) for part in parts)
    store = MemoryStore(resources, seen, missing, how=collection or COLLECTION)
    policy = Policy((PACK,), tuple(rules) or RULES)
    return audit(store.how.scope, Held(Estate(store)), policy, AT)


def _hostile_collection() -> Collection:
    """Return how an estate was read in which even the source means harm."""
    return replace(
        COLLECTION,
        scope=Scope(subscriptions=HOSTILE),
        sources=HOSTILE,
        principal=HOSTILE[0],
        calls=dict.fromkeys(HOSTILE, 1),
    )


PACK: Final = Pack("built-in", sha256(b"built-in").hexdigest())

COLLECTION: Final = Collection(
    scope=Scope(subscriptions=("ML Production", "ML Labs"), resource_groups=("rg-ml",)),
    sources=("https://management.azure.com",),
    principal="servicePrincipal 00000000-0000-0000-0000-0000000000aa",
    tenant="00000000-0000-0000-0000-0000000000ff",
    started_at=datetime(2026, 1, 15, 6, 12, tzinfo=UTC),
    ended_at=datetime(2026, 1, 15, 6, 13, tzinfo=UTC),
    reached=(SUBSCRIPTION,),
    calls={"403": 1, "200": 14, "429": 5},
)


def _rule(
    number: int,
    title: str,
    severity: Severity,
    check: Check,
    *,
    applies_to: str = WORKSPACE,
    fix: Fix | None = None,
) -> Rule:
    """Return a rule with what every rule must say."""
    return Rule(
        id=f"AML{number}",
        title=title,
        severity=severity,
        severity_reason="One stolen token is enough.",
        area="network",
        applies_to=applies_to,
        because="A door that stands open is found, sooner or later.",
        fix=fix or Fix("az ml workspace update --name {name} --resource-group {group}"),
        sources=("https://learn.microsoft.com/azure/machine-learning/how-to-configure-private-link",),
        mappings={"nist_800_53_r5": ("AC-3", "SC-7(3)"), "mcsb": ("NS-2",)},
        check=check,
        path=f"network/aml{number}_sample.yaml",
    )


def _crashes(_subject: Subject) -> Verdict:
    """Judge nothing, for a mistake of whoever wrote the rule."""
    raise ZeroDivisionError


def _asks(_subject: Subject) -> Verdict:
    """Put a question to people."""
    return Verdict(Status.MANUAL, "Is access reviewed every quarter? (answered by the owner)")


def _has_owner(subject: Subject) -> Verdict:
    """Judge by a whole object, which stands in the evidence as rules see it: frozen."""
    tags = subject.get("tags", default={})
    return ok() if isinstance(tags, dict) is False else fail("The workspace has no tags.")


RULES: Final = (
    _rule(
        1001,
        "No compute opens its SSH port to the internet",
        Severity.CRITICAL,
        check_of(
            Comparison(
                parse_path("properties.properties.remoteLoginPortPublicAccess"),
                Operator.EQUALS,
                "Disabled",
            )
        ),
        applies_to=COMPUTE,
        fix=Fix(
            "az ml compute delete --name {name} --resource-group {group}\n"
            "az ml compute create --file compute.yml  # `remote_login_port: disabled`",
            Change.RECREATE,
            irreversible=True,
            note="Jobs that run on the cluster are lost",
        ),
    ),
    _rule(
        1201,
        "The workspace refuses public network access",
        Severity.HIGH,
        check_of(
            Comparison(
                parse_path("properties.publicNetworkAccess"),
                Operator.EQUALS,
                "Disabled",
                Default("Enabled"),
            ),
            when=Not(Comparison(parse_path("kind"), Operator.EQUALS, "Project")),
        ),
    ),
    _rule(
        1202,
        "The workspace has an approved private endpoint",
        Severity.MEDIUM,
        check_of(
            CountMembers(
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
        ),
        fix=Fix("az network private-endpoint create", Change.CREATE_COMPANION),
    ),
    _rule(1301, "The tags of a workspace name its owner", Severity.LOW, _has_owner),
    _rule(1302, "Access to the workspace is reviewed every quarter", Severity.LOW, _asks),
    _rule(1303, "The workspace can be judged by a rule that works", Severity.LOW, _crashes),
    _rule(
        1401,
        "Models are shared through a registry",
        Severity.INFO,
        check_of(Exists(parse_path("properties"), wanted=True)),
        applies_to=ML_REGISTRY,
    ),
)
