"""What a run was judged by, as JSON: enough to judge its snapshot again, but no rule code.

Rules are named, with their severity and parameters; their code comes from the installed packs,
whose hashes are compared. A bundle that contained code could execute it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict, replace

from amlaudit.core.context import Assigned, Label, Where
from amlaudit.core.errors import AmlauditError
from amlaudit.core.report import Pack
from amlaudit.core.rule import Rule, Severity
from amlaudit.core.scope import Scope
from amlaudit.core.waiver import WaiverLimits
from amlaudit.pipeline import Policy
from amlaudit.records.decoding import profile_of, scope_of, waiver_of
from amlaudit.reporters.encoding import given, utc
from amlaudit.reporters.fields import waiver_fields
from amlaudit.reporters.header import profile_fields, scope_fields
from amlaudit.rulebook.library import load_library


class Judging(Struct, frozen=True):
    """What a snapshot was judged by.

    Attributes:
        scope: The part judged.
        at: The time judged for, UTC.
        policy: The rules, waivers and gate.
    """

    scope: Scope
    at: datetime
    policy: Policy


def judging_fields(judging: Judging) -> dict[str, object]:
    """Return what a run was judged by, as a JSON object."""
    policy = judging.policy
    return {
        "made_for": utc(judging.at),
        "scope": scope_fields(judging.scope),
        **given(fail_on=policy.fail_on),
        "min_coverage": policy.min_coverage,
        **given(
            max_age_seconds=policy.max_age and policy.max_age.total_seconds(),
            profile=policy.profile and profile_fields(policy.profile, judging.at),
        ),
        "packs": [{"name": pack.name, "sha256": pack.sha256} for pack in policy.packs],
        "rules": [
            {
                "id": rule.id,
                "severity": rule.severity,
                "parameters": {name: each.value for name, each in sorted(rule.parameters.items())},
            }
            for rule in policy.rules
        ],
        "labels": {name: _label_fields(each) for name, each in sorted(policy.labels.items())},
        "waivers": [waiver_fields(each) for each in policy.waivers],
        "limits": {
            "max_days": policy.limits.max_days,
            "max_days_critical": policy.limits.max_days_critical,
            "max_matches": policy.limits.max_matches,
        },
    }


def _label_fields(label: Label) -> dict[str, object]:
    """Return how tags are interpreted, and what is stated about parts of the estate."""
    return {
        "tags": label.tags,
        "assumed": label.assumed,
        "synonyms": dict(sorted(label.synonyms.items())),
        "assigned": [asdict(each) for each in label.assigned],
    }


def _label_of(fields: Mapping[str, Any]) -> Label:
    """Return the input of `_label_fields`; bundles of earlier versions have no assignments."""
    assigned = (
        Assigned(Where(each["where"]), each["name"], each["meaning"])
        for each in fields.get("assigned", ())
    )
    return Label(tuple(fields["tags"]), fields["assumed"], fields["synonyms"], tuple(assigned))


def judging_of(fields: Mapping[str, Any], named: Sequence[str]) -> tuple[Judging, list[str]]:
    """Return what a snapshot was judged by, and in words which parts are no longer available.

    Args:
        fields: The return value of `judging_fields`.
        named: Rule packs besides the shipped one.

    Raises:
        AmlauditError: A named rule pack is invalid.
        KeyError, TypeError, ValueError: The fields are something else.
    """
    recorded = {each["id"]: each for each in fields["rules"]}
    packs, rules, problems = _library(named, recorded)
    problems += _pack_differences(fields["packs"], packs)
    installed = {rule.id: rule for rule in rules}
    problems += [f"rule {each} is not installed" for each in recorded if each not in installed]
    fail_on = fields.get("fail_on")
    policy = Policy(
        packs=packs,
        rules=tuple(
            replace(installed[rule_id], severity=Severity(each["severity"]))
            for rule_id, each in recorded.items()
            if rule_id in installed
        ),
        fail_on=Severity(fail_on) if fail_on else None,
        min_coverage=fields["min_coverage"],
        profile=profile_of(fields["profile"]) if "profile" in fields else None,
        max_age=timedelta(seconds=age) if (age := fields.get("max_age_seconds")) else None,
        labels={name: _label_of(each) for name, each in fields["labels"].items()},
        waivers=tuple(map(waiver_of, fields["waivers"])),
        limits=WaiverLimits(**fields["limits"]),
    )
    at = datetime.fromisoformat(fields["made_for"])
    return Judging(scope_of(fields["scope"]), at, policy), problems


def _library(
    named: Sequence[str], recorded: Mapping[str, Any]
) -> tuple[tuple[Pack, ...], tuple[Rule, ...], list[str]]:
    """Return the installed packs and rules, with the parameters of a run, and what is missing."""
    packs, rules = load_library(named)
    known = {rule.id: rule.parameters for rule in rules}
    settings, problems = {}, []
    for rule_id, each in recorded.items():
        for name, value in each["parameters"].items():
            if name in known.get(rule_id, ()):
                settings[f"{rule_id}.{name}"] = tuple(value) if isinstance(value, list) else value
            else:
                problems.append(f"parameter {name} of rule {rule_id} no longer exists")
    try:
        packs, rules = load_library(named, settings)
    except AmlauditError as error:
        problems.append(f"parameters cannot be restored: {error.message}")
    return packs, rules, problems


def _pack_differences(
    recorded: Iterable[Mapping[str, Any]], packs: Iterable[Pack]
) -> Iterator[str]:
    """Yield how the installed rule packs differ from those that judged."""
    installed = {pack.name: pack.sha256 for pack in packs}
    for each in recorded:
        name, digest = each["name"], each["sha256"]
        if name not in installed:
            yield f"rule pack {name} is missing; add it with --rules"
        elif installed[name] != digest:
            yield (
                f"rule pack {name} has changed: SHA-256 {digest[:12]}… was used, "
                f"{installed[name][:12]}… is installed"
            )
