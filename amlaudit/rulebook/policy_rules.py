"""Azure Policy definitions as rules: judged offline, by the service's own semantics."""

from collections.abc import Container, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from itertools import chain, count
from pathlib import Path, PurePath
from typing import Final

from amlaudit.core.arm_id import normalise
from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.estate import Estate
from amlaudit.core.gap import Reason
from amlaudit.core.memory import MemoryStore
from amlaudit.core.relations import WORKSPACE
from amlaudit.core.report import Pack
from amlaudit.core.resource import Origin, Resource
from amlaudit.core.rule import ANY_TYPE, Fix, Rule, Severity
from amlaudit.engine.evaluate import judge
from amlaudit.engine.policy.definition import PolicyDefinition
from amlaudit.engine.policy.evaluate import types_of
from amlaudit.engine.policy.values import DefinitionError
from amlaudit.language.values import EvaluationError
from amlaudit.rulebook.azure_policy import as_check
from amlaudit.rulebook.policy_files import Definitions, policy_files, read_policies
from amlaudit.sizes import LARGEST_JSON, bytes_of

AREA: Final = "azure-policy"
_SOURCE: Final = (
    "https://learn.microsoft.com/azure/governance/policy/concepts/definition-structure-basics"
)
_FIRST: Final = datetime(1970, 1, 1, tzinfo=UTC)


def load_policies(path: Path) -> tuple[Pack, tuple[Rule, ...]]:
    """Return the policy definitions of a file, or of a folder, as a pack of rules.

    Raises:
        AmlauditError: A file holds no definition, or one that the service would not accept.
    """
    digest = sha256()
    known: dict[str, PolicyDefinition] = {}
    rules: list[Rule] = []
    folder = path if path.is_dir() else path.parent
    definitions = Definitions(folder)
    if definitions.assignments:
        digest.update(repr(sorted(definitions.assignments.items())).encode())
    for file in policy_files(path):
        digest.update(file.name.encode() + b"\\0" + bytes_of(file, LARGEST_JSON))
        for definition in read_policies(file, definitions):
            if known.get(definition.id) != definition:
                apart = _apart(definition, known, file.relative_to(folder).with_suffix(""))
                known[apart.id] = apart
                rules.append(_rule(apart, file))
    return Pack(path.name, digest.hexdigest()), tuple(sorted(rules, key=lambda each: each.id))


def _apart(
    definition: PolicyDefinition, known: Container[str], place: PurePath
) -> PolicyDefinition:
    """Return a definition under an id that no other has: by its place if its own is taken."""
    ids = chain((definition.id, place.as_posix()), (f"{place.as_posix()}-{n}" for n in count(2)))
    return replace(definition, id=next(each for each in ids if each not in known))


def rules_of(file: Path, definitions: Definitions | None = None) -> Iterator[Rule]:
    """Yield a rule for each policy definition of a file.

    A definition says neither how bad a violation is nor why: both come from Azure Policy's own
    words, and every one counts as medium.

    Args:
        file: The file.
        definitions: Where those of a set are found; see `read_policies`.
    """
    for definition in read_policies(file, definitions):
        yield _rule(definition, file)


def _rule(definition: PolicyDefinition, file: Path) -> Rule:
    """Return the rule that a policy definition is."""
    try:
        types = sorted(types_of(definition)) or [ANY_TYPE]
        check = as_check(definition)
    except (DefinitionError, EvaluationError) as error:
        raise AmlauditError(
            "E202", f"{file.name}: {definition.id}: {error}", exit_code=Exit.INVALID
        ) from error
    return Rule(
        id=definition.id,
        title=definition.display_name or definition.id,
        severity=Severity.MEDIUM,
        severity_reason="Azure Policy does not say how bad a violation is.",
        area=AREA,
        applies_to=types[0],
        also_applies_to=tuple(types[1:]),
        because=definition.description or definition.display_name or definition.id,
        fix=Fix("az policy state list --resource {id}"),
        sources=(_SOURCE,),
        check=check,
        path=file.name,
    )


def unsupported(rule: Rule) -> str:
    """Return why a policy definition cannot be evaluated offline, empty if it can.

    It is tried on a bare resource of each of its types: what no evaluation gets past shows there.
    """
    types = (rule.applies_to, *rule.also_applies_to)
    for arm_type in types:
        resource = _bare(WORKSPACE if arm_type == ANY_TYPE else arm_type)
        verdict = judge(rule, resource, Estate(MemoryStore((resource,))))
        if verdict.reason is Reason.UNSUPPORTED:
            return verdict.message
    return ""


def _bare(arm_type: str) -> Resource:
    """Return a resource of a type that has nothing but what every resource has."""
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
