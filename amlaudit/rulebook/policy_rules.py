"""Azure Policy definitions as rules: evaluated offline, with the semantics of the service."""

from collections.abc import Container, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from itertools import chain, count
from pathlib import Path, PurePath
from typing import Final

from msgspec.structs import replace

from amlaudit.core.arm_id import SUBSCRIPTION_TYPE, normalise
from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.estate import Estate
from amlaudit.core.gap import Gap, Reason
from amlaudit.core.memory import MemoryStore
from amlaudit.core.relations import WORKSPACE
from amlaudit.core.report import Pack
from amlaudit.core.resource import Origin, Resource
from amlaudit.core.rule import ANY_TYPE, Check, Fix, Rule, Severity
from amlaudit.core.subject import Subject
from amlaudit.core.suggestions import hinted
from amlaudit.core.verdict import Verdict, unknown
from amlaudit.engine.evaluate import judge
from amlaudit.engine.policy import POLICY_AREA
from amlaudit.engine.policy.definition import Absent, PolicyDefinition
from amlaudit.engine.policy.evaluate import beyond, types_of
from amlaudit.engine.policy.functions import why_not
from amlaudit.engine.policy.mistakes import mistakes, unknown_fields, written_effect
from amlaudit.engine.policy.usage import (
    refused_functions,
    undeclared_by_set,
    undeclared_parameters,
)
from amlaudit.engine.policy.values import DefinitionError
from amlaudit.language.values import EvaluationError
from amlaudit.rulebook.azure_policy import as_check
from amlaudit.rulebook.policy_documents import invalid_policy
from amlaudit.rulebook.policy_files import Definitions, policies_in, policies_of, policy_files
from amlaudit.sizes import LARGEST_JSON, bytes_of

_SOURCE: Final = (
    "https://learn.microsoft.com/azure/governance/policy/concepts/definition-structure-basics"
)
_FIRST: Final = datetime(1970, 1, 1, tzinfo=UTC)


def load_policies(path: Path) -> tuple[Pack, tuple[Rule, ...]]:
    """Return the policy definitions of a file, or of a folder, as a pack of rules.

    Raises:
        AmlauditError: A file contains no definition, or one that the service would not accept.
    """
    digest = sha256()
    known: dict[str, PolicyDefinition | Absent] = {}
    rules: list[Rule] = []
    folder = path if path.is_dir() else path.parent
    definitions = Definitions(folder)
    if definitions.assignments:
        digest.update(repr(sorted(definitions.assignments.items())).encode())
    for file in policy_files(path, definitions):
        digest.update(file.name.encode() + b"\0" + bytes_of(file, LARGEST_JSON))
        for definition in policies_of(file, definitions):
            if known.get(definition.id) != definition:
                apart = _apart(definition, known, file.relative_to(folder).with_suffix(""))
                known[apart.id] = apart
                rules.append(_rule(apart, file))
    return Pack(path.name, digest.hexdigest()), tuple(sorted(rules, key=lambda each: each.id))


def _apart(
    definition: PolicyDefinition | Absent, known: Container[str], place: PurePath
) -> PolicyDefinition | Absent:
    """Return a definition under a unique id: one made from its place if its own is taken."""
    ids = chain((definition.id, place.as_posix()), (f"{place.as_posix()}-{n}" for n in count(2)))
    return replace(definition, id=next(each for each in ids if each not in known))


def _rule(policy: PolicyDefinition | Absent, file: Path) -> Rule:
    """Return a policy definition as a rule."""
    types, check = _judging(policy, file)
    written = policy if isinstance(policy, PolicyDefinition) else None
    title = (written and written.display_name) or policy.id
    return Rule(
        id=policy.id,
        title=title,
        severity=Severity.MEDIUM,
        severity_reason="Azure Policy does not say how bad a violation is.",
        area=POLICY_AREA,
        applies_to=types[0],
        also_applies_to=tuple(types[1:]),
        because=(written and written.description) or title,
        fix=Fix("az policy state list --resource {id}"),
        sources=(_SOURCE,),
        check=check,
        path=file.name,
    )


def _judging(policy: PolicyDefinition | Absent, file: Path) -> tuple[list[str], Check]:
    """Return the types that a definition applies to, and its check.

    One that is not available is unknown on each subscription and workspace only, not on every
    resource: a policy set may refer to hundreds.
    """
    if isinstance(policy, Absent):
        return [SUBSCRIPTION_TYPE, WORKSPACE], _unknown_of(policy)
    try:
        types = sorted(types_of(policy))
        if any(map(_is_of_data, types)):  # no estate lists it: judge the subscription instead
            types = [SUBSCRIPTION_TYPE]
        return types or [ANY_TYPE], as_check(policy)
    except (DefinitionError, EvaluationError) as error:
        raise AmlauditError(
            "E202", f"{file.name}: {policy.id}: {error}", exit_code=Exit.INVALID
        ) from error


def _is_of_data(arm_type: str) -> bool:
    """Tell whether a type is of the data plane, such as `Microsoft.KeyVault.Data/vaults/keys`."""
    return arm_type.partition("/")[0].endswith(".data")


def _unknown_of(absent: Absent) -> Check:
    """Return the check of a definition that is not available."""

    def check(subject: Subject) -> Verdict:
        return unknown(Gap(subject.id, absent.id, Reason.UNSUPPORTED, absent.why))

    return check


def unsupported_in(file: Path, definitions: Definitions) -> Iterator[str | AmlauditError]:
    """Yield why each definition of a file cannot be evaluated offline, empty if it can.

    One that the service would not accept has its error instead.

    Args:
        file: The file.
        definitions: Where the definitions of a set are found; see `policies_of`.

    Raises:
        AmlauditError: The file cannot be read, or is not JSON.
    """
    for policy in policies_in(file, definitions):
        if isinstance(policy, AmlauditError):
            yield policy
        elif isinstance(policy, PolicyDefinition) and (wrong := "; ".join(mistakes(policy))):
            yield invalid_policy(f"{file.name}: {policy.id}: {wrong}")
        else:
            try:
                yield _unsupported(policy, _rule(policy, file))
            except AmlauditError as error:
                yield error


def _unsupported(policy: PolicyDefinition | Absent, rule: Rule) -> str:
    """Return why a policy definition cannot be evaluated offline, empty if it can.

    It is tried on a bare resource of each of its types: whatever blocks every evaluation shows up
    there, in addition to the functions that it calls and the parameters that it reads.
    """
    if isinstance(policy, Absent):
        return policy.why
    if why := next(_unsupported_parts(policy), ""):
        return why
    for arm_type in rule.types:
        resource = _bare(WORKSPACE if arm_type == ANY_TYPE else arm_type)
        verdict = judge(rule, resource, Estate(MemoryStore((resource,))))
        if verdict.reason is Reason.UNSUPPORTED:
            return verdict.message
    return beyond(written_effect(policy))


def _unsupported_parts(policy: PolicyDefinition) -> Iterator[str]:
    """Yield what a definition uses that cannot be evaluated, whatever the resource."""
    if names := sorted(set(refused_functions(policy))):
        yield "; ".join(map(why_not, names))
    if names := sorted(set(undeclared_parameters(policy))):
        asked = f"the rule asks for parameters that are not declared: {', '.join(names)}"
        yield hinted(asked, names[0], (each.name for each in policy.parameters.values()))
    if names := sorted(set(undeclared_by_set(policy))):
        yield f"the set passes on parameters that it does not declare: {', '.join(names)}"
    if fields := dict.fromkeys(unknown_fields(policy)):
        yield "; ".join(fields)


def _bare(arm_type: str) -> Resource:
    """Return a resource of a type with only what every resource has."""
    provider, *kinds = arm_type.split("/")
    pairs = "/".join(f"{kind}/x" for kind in kinds)
    resource_id = normalise(f"/subscriptions/s/resourceGroups/g/providers/{provider}/{pairs}")
    body = {
        "id": resource_id,
        "type": arm_type,
        "name": "x",
        "location": "westeurope",
        "tags": {},
        "properties": {},
    }
    return Resource(resource_id, arm_type, "x", body, Origin("bare", "", _FIRST))
