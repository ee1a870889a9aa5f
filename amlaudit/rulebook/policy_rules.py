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
from amlaudit.engine.policy.evaluate import decided_elsewhere, types_of
from amlaudit.engine.policy.functions import why_not
from amlaudit.engine.policy.mistakes import mistakes, unknown_fields, written_effect
from amlaudit.engine.policy.usage import (
    refused_functions,
    undeclared_by_set,
    undeclared_parameters,
)
from amlaudit.engine.policy.values import DefinitionError
from amlaudit.rulebook.azure_policy import policy_check
from amlaudit.rulebook.policy_documents import invalid_policy
from amlaudit.rulebook.policy_files import Definitions, policies_in, policy_files
from amlaudit.sizes import LARGEST_JSON, bytes_of

_SOURCE: Final = (
    "https://learn.microsoft.com/azure/governance/policy/concepts/definition-structure-basics"
)
_FIRST: Final = datetime(1970, 1, 1, tzinfo=UTC)


def load_policies(path: Path) -> tuple[Pack, tuple[Rule, ...]]:
    """Return the policy definitions of a file, or of a folder, as a pack of rules.

    Raises:
        AmlauditError: A file contains no definition, or some that the service would not accept, all
            of which are told.
    """
    digest = sha256()
    known: dict[str, PolicyDefinition | Absent] = {}
    rules: list[Rule] = []
    wrong: list[AmlauditError] = []
    folder = path if path.is_dir() else path.parent
    definitions = Definitions(folder)
    if definitions.assignments:
        digest.update(repr(sorted(definitions.assignments.items())).encode())
    for file in policy_files(path, definitions):
        policies = list(_read(file, definitions))
        digest.update(file.name.encode() + b"\0" + bytes_of(file, LARGEST_JSON))
        for policy in policies:
            if isinstance(policy, AmlauditError):
                wrong.append(policy)
            elif known.get(policy.id) != policy:
                apart = _apart(policy, known, file.relative_to(folder).with_suffix(""))
                known[apart.id] = apart
                rule = _rule(apart, file, definitions)
                if isinstance(rule, AmlauditError):
                    wrong.append(rule)
                else:
                    rules.append(rule)
    if wrong:
        raise _together(wrong, path)
    return Pack(path.name, digest.hexdigest()), tuple(sorted(rules, key=lambda each: each.id))


def _read(
    file: Path, definitions: Definitions
) -> Iterator[PolicyDefinition | Absent | AmlauditError]:
    """Yield the definitions of a file, with its error in place of each that is invalid.

    Raises:
        AmlauditError: The file cannot be read.
    """
    try:
        yield from policies_in(file, definitions)
    except AmlauditError as error:
        if error.exit_code is not Exit.INVALID:
            raise
        yield error


def _together(wrong: list[AmlauditError], path: Path) -> AmlauditError:
    """Return one error for all that are wrong in a file or folder."""
    if len(wrong) == 1:
        return wrong[0]
    problems = dict.fromkeys(each.message for each in wrong)
    return AmlauditError(
        "E201",
        f"{len(problems)} policies in {path} are invalid",
        exit_code=Exit.INVALID,
        cause="\n  ".join(problems),
        advice="correct each of them, or move its file out of the folder",
    )


def _apart(
    definition: PolicyDefinition | Absent, known: Container[str], place: PurePath
) -> PolicyDefinition | Absent:
    """Return a definition under a unique id: one made from its place if its own is taken."""
    ids = chain((definition.id, place.as_posix()), (f"{place.as_posix()}-{n}" for n in count(2)))
    return replace(definition, id=next(each for each in ids if each not in known))


def _rule(
    policy: PolicyDefinition | Absent, file: Path, definitions: Definitions
) -> Rule | AmlauditError:
    """Return a policy definition as a rule, or its error if the service would not accept it."""
    try:
        types, check = _judging(policy)
    except DefinitionError as error:
        place = definitions.spot(file, policy.id, error.at)
        return invalid_policy(f"{place}: {policy.id}: {error}")
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


def _judging(policy: PolicyDefinition | Absent) -> tuple[list[str], Check]:
    """Return the types that a definition applies to, and its check.

    One that is not available is unknown on each subscription and workspace only, not on every
    resource: a policy set may refer to hundreds.

    Raises:
        DefinitionError: The service would not accept it.
    """
    if isinstance(policy, Absent):
        return [SUBSCRIPTION_TYPE, WORKSPACE], _unknown_of(policy)
    types = sorted(types_of(policy))
    if any(map(_is_of_data, types)):  # no estate lists it: judge the subscription instead
        types = [SUBSCRIPTION_TYPE]
    return types or [ANY_TYPE], policy_check(policy)


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
            rule = _rule(policy, file, definitions)
            yield rule if isinstance(rule, AmlauditError) else _unsupported(policy, rule)


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
    return decided_elsewhere(written_effect(policy))


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
