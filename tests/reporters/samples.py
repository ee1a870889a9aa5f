"""Reports for the tests of all reporters, made by the real engine from estates in memory."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from itertools import cycle
from pathlib import Path
from typing import Final

import pytest
from msgspec import Struct
from msgspec.structs import replace

from amlaudit.core import arm_id
from amlaudit.core.collection import Collection
from amlaudit.core.coverage import SUBSCRIPTION_PARTS
from amlaudit.core.estate import Estate
from amlaudit.core.gap import Gap, Reason
from amlaudit.core.history import Baseline, Change, Earlier, Posture
from amlaudit.core.memory import MemoryStore
from amlaudit.core.path import parse_path
from amlaudit.core.place import Place
from amlaudit.core.policy_view import (
    Attestation,
    Compliance,
    Expression,
    PolicyView,
    Remediation,
)
from amlaudit.core.relations import (
    COMPUTE,
    ML_REGISTRY,
    RELATIONS,
    WORKSPACE,
)
from amlaudit.core.report import Disabled, Finding, Pack, Profile, Report, Reweighed
from amlaudit.core.resource import Document, Origin, Resource
from amlaudit.core.rule import Rule, Severity
from amlaudit.core.scope import Scope
from amlaudit.core.verdict import Status
from amlaudit.core.waiver import Waiver, WaiverKind, WaiverState, WaiverUse
from amlaudit.pipeline import Policy, audit
from tests.reporters.sample_rules import RULES

GOLDEN: Final = Path(__file__).parents[1] / "golden"
"""Folder of the files that the reports of `sample` must equal."""

VERSION: Final = "1.2.3"
"""Version of the tool in every sample, so that golden files do not change with a release."""

AT: Final = datetime(2026, 1, 15, 6, 30, tzinfo=UTC)
READ_AT: Final = datetime(2026, 1, 15, 6, 12, 30, 250_000, tzinfo=UTC)
SUBSCRIPTION: Final = "/subscriptions/00000000-0000-0000-0000-000000000001"
UNREAD: Final = "/subscriptions/00000000-0000-0000-0000-000000000002"
PERMISSION: Final = "Microsoft.MachineLearningServices/workspaces/read"

VIEW: Final = PolicyView(
    "438c38d2-3772-465a-a9cc-7a6666a275ce",
    f"{SUBSCRIPTION}/providers/microsoft.authorization/policyassignments/closed",
    "deny",
    Compliance.NON_COMPLIANT,
    "2026-01-15T04:00:00Z",
    SUBSCRIPTION,
    (Expression("properties.publicNetworkAccess", "NotEquals", "Enabled", "Disabled", held=True),),
    (Remediation("close", "Failed", 2, 1),),
    (Attestation("mine", Compliance.EXEMPT, "Zoë", "2026-12-31", "until the cut-over"),),
)
"""What Azure Policy says about a sample's resources."""

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
"""Malicious resource names."""


class Held(Struct, frozen=True):
    """A source over an existing estate."""

    estate: Estate

    def collect(self, _scope: Scope) -> Estate:
        """Return the estate."""
        return self.estate


def sample() -> Report:
    """Return a report with every status, every severity, blind spots and a crashed rule."""
    return report_of(
        (
            workspace("mlw-churn", {"publicNetworkAccess": "Disabled"}, tags={"owner": "Zoë"}),
            workspace("mlw-fraud", {"privateEndpointConnections": [_endpoint("Pending")]}),
            _project(),
            _closed(),
            compute("gpu-cluster", "Enabled"),
            compute("cpu-cluster", "Disabled"),
        ),
        missing=(
            Gap(UNREAD, WORKSPACE, Reason.FORBIDDEN, "403 AuthorizationFailed", PERMISSION),
            Gap(SUBSCRIPTION, ML_REGISTRY, Reason.THROTTLED, "429 after 5 tries"),
        ),
    )


def followed() -> Report:
    """Return a report with a profile, waivers, a baseline, a trend and declared resources."""
    report = sample()
    first = AT - timedelta(days=30)
    findings = tuple(
        replace(
            each,
            resource=replace(each.resource, place=Place("infra/main.bicep", 12, 1, 30, "workspace"))
            if each.resource.name == "mlw-fraud"
            else each.resource,
            waiver=WAIVER if _is_waived(each) else None,
            change=Change.UNCHANGED if each.resource.name == "mlw-fraud" else Change.NEW,
            first_seen=first,
            policies=(VIEW,) if each.resource.name == "mlw-fraud" else (),
        )
        for each in report.findings
    )
    gone = Earlier(
        "0" * 32,
        "AML1201",
        Status.FAIL,
        Severity.HIGH,
        f"{SUBSCRIPTION}/resourcegroups/rg-old",
        "",
        "publicNetworkAccess is Enabled",
        "1" * 64,
        first,
    )
    lapsed = replace(WAIVER, id="W-2", approved_by="", created=None, place=None)
    return replace(
        report,
        findings=findings,
        gate=replace(report.gate, new_only=True),
        profile=PROFILE,
        waived={Severity.HIGH: 1},
        accepted=replace(report.score, low=report.score.low + 0.1),
        waivers=(
            WaiverUse(WAIVER, WaiverState.ACTIVE, 1),
            WaiverUse(lapsed, WaiverState.EXPIRED, 2, "expired on 2026-03-31"),
        ),
        baseline=Baseline("last.json", first, {Change.NEW: 3, Change.UNCHANGED: 9}, (gone,)),
        trend=(Posture(first, 0.5, 0.75, 0.8, {Severity.HIGH: 2}), Posture(AT, 0.6, 0.7, 0.9)),
    )


def _is_waived(finding: Finding) -> bool:
    """Tell whether a finding of the sample has a waiver."""
    is_fail = finding.verdict.status is Status.FAIL
    return is_fail and finding.rule.id == WAIVER.rule and finding.resource.name == "mlw-fraud"


def empty() -> Report:
    """Return a report on an estate that was read and is empty."""
    return report_of(())


def cut_off() -> Report:
    """Return a report on a collection that never finished."""
    report = sample()
    return replace(report, collection=replace(report.collection, ended_at=None))


def hostile(texts: Sequence[str] = HOSTILE) -> Report:
    """Return a report in which everything from the cloud is malicious."""
    resources = (
        workspace(_segment(text), {"publicNetworkAccess": text}, name=text, tags={text: text})
        for text in texts
    )
    gaps = (
        Gap(f"{SUBSCRIPTION}/resourcegroups/{_segment(text)}", text, reason, text, text)
        for text, reason in zip(texts, cycle(Reason), strict=False)
    )
    return report_of(tuple(resources), missing=tuple(gaps), collection=_hostile_collection())


def crowded(fails: int) -> Report:
    """Return a report with a number of fails, and a rule that could judge nothing."""
    return report_of(
        tuple(workspace(f"mlw-{index:05}", {}) for index in range(fails)),
        missing=(Gap(UNREAD, WORKSPACE, Reason.TIMEOUT, "no answer in 60 seconds"),),
        rules=RULES[1:2],
    )


def workspace(
    item: str, properties: Document, *, name: str = "", kind: str = "Default", tags: object = None
) -> Resource:
    """Return a workspace; its id ends in `item`, which is also its name unless another is given."""
    body = {"name": name or item, "location": "westeurope", "kind": kind, "properties": properties}
    return _resource(WORKSPACE, item, name or item, body | ({"tags": tags} if tags else {}))


def _segment(text: str) -> str:
    """Return a text as one segment of an id; ids are hashed, so they contain no lone surrogates."""
    return text.encode(errors="replace").decode().replace("/", ":").lower()


def _project() -> Resource:
    """Return a workspace that the network rules do not apply to."""
    return workspace("mlp-labs", {"privateEndpointConnections": []}, kind="Project")


def _closed() -> Resource:
    """Return a workspace whose properties could not be read."""
    detail = "the properties could not be read"
    closed = workspace("mlw-closed", {}, tags={"owner": "platform"})
    gap = Gap(closed.id, "properties", Reason.FORBIDDEN, detail, PERMISSION)
    return replace(closed, gaps=((parse_path("properties"), gap),))


def compute(name: str, ssh: str) -> Resource:
    """Return a compute cluster with its SSH port open or closed."""
    body = {"name": name, "properties": {"properties": {"remoteLoginPortPublicAccess": ssh}}}
    return _resource(COMPUTE, f"mlw-fraud/computes/{name}", name, body)


def _endpoint(status: str) -> Document:
    """Return a private endpoint connection."""
    return {"properties": {"privateLinkServiceConnectionState": {"status": status}}}


def _resource(arm_type: str, item: str, name: str, body: Document) -> Resource:
    """Return a resource in the sample's resource group."""
    resource_id = arm_id.normalise(
        f"{SUBSCRIPTION}/resourceGroups/rg-ml/providers/{WORKSPACE}/{item}"
    )
    source = f"GET {resource_id}"
    return Resource(resource_id, arm_type, name, body, Origin(source, "2025-12-01", READ_AT))


def report_of(
    resources: tuple[Resource, ...],
    missing: tuple[Gap, ...] = (),
    collection: Collection | None = None,
    rules: Sequence[Rule] = RULES,
) -> Report:
    """Return the report on an estate of which everything but `missing` was read."""
    parts = {*SUBSCRIPTION_PARTS, *(relation.target for relation in RELATIONS.values())}
    seen = frozenset((arm_id.ROOT, part) for part in parts)
    store = MemoryStore(resources, seen, missing, how=collection or COLLECTION)
    policy = Policy((PACK,), tuple(rules))
    report = audit(store.how.scope, Held(Estate(store)), policy, AT)
    return replace(report, version=VERSION)


def _hostile_collection() -> Collection:
    """Return the description of a collection in which even the source is malicious."""
    return replace(
        COLLECTION,
        scope=Scope(subscriptions=HOSTILE),
        sources=HOSTILE,
        principal=HOSTILE[0],
        calls=dict.fromkeys(HOSTILE, 1),
    )


WAIVER: Final = Waiver(
    id="W-1",
    rule="AML1201",
    scope=f"{SUBSCRIPTION}/*",
    subject="*",
    kind=WaiverKind.ACCEPTED_RISK,
    reason="The appliance of a supplier needs the public endpoint until it moves.",
    owner="ml-platform@contoso.example",
    expires=date(2026, 3, 31),
    approved_by="ciso@contoso.example",
    ticket="SEC-4711",
    created=date(2025, 12, 1),
    evidence_sha256="5b1e" * 16,
    place=Place("waivers.yaml", 3, 5),
)

PROFILE: Final = Profile(
    "contoso",
    sha256(b"contoso").hexdigest(),
    disabled=(
        Disabled(RULES[-1], "No registry is used.", "ciso@contoso.example", date(2026, 1, 1)),
    ),
    reweighed=(Reweighed("AML1201", Severity.MEDIUM, Severity.HIGH, "Fraud data are at stake."),),
    left_out=("AML9001",),
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


def assert_golden(name: str, text: str) -> None:
    """Compare a report with its golden file; to regenerate one, delete it, test, and review it."""
    path = GOLDEN / name
    if not path.exists():
        path.write_text(text, encoding="utf-8", newline="")
        pytest.fail(f"{name} was not there and is now; review it")
    assert text.encode() == path.read_bytes()
