"""Evaluates a policy definition on a resource: compliant, non-compliant, not applicable or unknown.

https://learn.microsoft.com/azure/governance/policy/concepts/compliance-states
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Final, NamedTuple, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from amlaudit.core.arm_id import SUBSCRIPTION_TYPE
from amlaudit.core.conditions import FALSE, TRUE, UNKNOWN
from amlaudit.core.gap import Gap, NoDataError, Reason
from amlaudit.core.resource import Resource
from amlaudit.core.verdict import Evidence
from amlaudit.engine.policy.aliases import Aliases
from amlaudit.engine.policy.applicability import (
    MODES,
    applicability,
    asks_for_location,
    is_doubtful,
    is_evaluated,
    types_implied,
    types_tested,
)
from amlaudit.engine.policy.assignment import assigned
from amlaudit.engine.policy.compile import compile_condition
from amlaudit.engine.policy.conditions import AllOf
from amlaudit.engine.policy.definition import EXISTENCE, Exempted, PolicyDefinition, Reach
from amlaudit.engine.policy.existence import compile_details
from amlaudit.engine.policy.frame import Frame, Surroundings
from amlaudit.engine.policy.looks import Judge, Look, Result
from amlaudit.engine.policy.operands import Env, Operand, operand
from amlaudit.engine.policy.scoping import exempting, outside
from amlaudit.engine.policy.usage import arrays_compared, asks_who_calls, names_type
from amlaudit.engine.policy.values import DefinitionError
from amlaudit.language.values import EvaluationError, Unknown, unsupported_gap

_JUDGED_BY_RULE: Final = frozenset({"audit", "deny", "append", "modify"})
"""Effects with which an existing resource is non-compliant if the `if` is true."""

_DECIDED_ELSEWHERE: Final[Mapping[str, str]] = {
    "manual": "the effect manual is decided by attestations in the service",
    "auditaction": "the effect auditAction is about requests, not resources",
    "denyaction": "the effect denyAction is about delete requests, not resources",
    "mutate": "the effect mutate is about objects inside a cluster, which no ARM document shows",
    "addtonetworkgroup": (
        "the effect addToNetworkGroup makes a resource a member of a group, and does not judge it"
    ),
    "enforceopaconstraint": (
        "the effect enforceOPAConstraint is about objects inside a cluster, which no document shows"
    ),
    "enforceregopolicy": (
        "the effect enforceRegoPolicy is about objects inside a cluster, which no document shows"
    ),
}
"""What decides the effects that no ARM document decides, by lower-case effect.

https://learn.microsoft.com/azure/governance/policy/concepts/effect-basics
"""


EFFECTS: Final = _JUDGED_BY_RULE | EXISTENCE | _DECIDED_ELSEWHERE.keys() | {"disabled"}
"""All effects, lower case."""


def decided_elsewhere(effect: str) -> str:
    """Return why no document decides an effect; empty if one does, or if people attest it."""
    return "" if effect.lower() == "manual" else _DECIDED_ELSEWHERE.get(effect.lower(), "")


class State(StrEnum):
    """The result of a definition on a resource."""

    NON_COMPLIANT = "nonCompliant"
    COMPLIANT = "compliant"
    NOT_APPLICABLE = "notApplicable"
    MANUAL = "manual"
    """People attest it in the service."""
    ERROR = "error"
    """The evaluation fails; for a request the service treats that as deny."""
    UNKNOWN = "unknown"
    """Something is not known, or cannot be evaluated offline."""


class Outcome(Struct, frozen=True):
    """The outcome of a definition on a resource.

    Attributes:
        state: The outcome.
        message: What was found, for people.
        gap: What is unknown or failed; None for every other state.
        evidence: The looks that decided.
    """

    state: State
    message: str
    gap: Gap | None = None
    evidence: tuple[Evidence, ...] = ()


Evaluate: TypeAlias = Callable[[Resource, Surroundings], Outcome]
"""Evaluates a definition on a resource."""


class _Compiled(NamedTuple):
    """A definition, compiled.

    Attributes:
        decided_elsewhere: Why no ARM document decides it, whatever its effect; empty: some do.
        mode: Its mode, as it spells it.
        reach: Where its assignment applies.
        is_located: Whether it is about locations.
        is_of_requests: Whether it is about requests, not resources.
        implied: The types that it implies by its aliases alone; none: it names types.
        selected: Judges whether its assignment selects a resource.
        overrides: Effects that its assignment substitutes, each with its condition.
        exempted: The exemptions from its assignment, each with the resources that it selects.
        effect: Its own effect.
        applies: Judges whether its rule is about a resource.
        rule: Judges the `if` of its rule.
        existence: Judges whether a related resource passes; None: it looks for none.
    """

    decided_elsewhere: str
    mode: str
    reach: Reach
    is_located: bool
    is_of_requests: bool
    implied: frozenset[str]
    selected: Judge
    overrides: list[tuple[Judge, str]]
    exempted: list[tuple[Exempted, Judge]]
    effect: Operand
    applies: Judge
    rule: Judge
    existence: Judge | None


def compile_policy(
    definition: PolicyDefinition, given: Mapping[str, object], aliases: Aliases
) -> Evaluate:
    """Return the function that evaluates a definition assigned with some parameters.

    Args:
        definition: The definition.
        given: Parameter values by name.
        aliases: The alias table.

    Raises:
        DefinitionError: The service would not accept the parameters.
    """
    env = Env(aliases, assigned(definition, given), _policy_facts(definition))
    if name := next(arrays_compared(definition), ""):
        raise DefinitionError(f"parameters.{name}", "an array cannot be compared by equals")
    details = definition.details
    compiled = _Compiled(
        decided_elsewhere=_decider(definition),
        mode=definition.mode,
        reach=definition.reach,
        is_located=asks_for_location(definition.condition) or bool(details and details.located),
        is_of_requests=asks_who_calls(definition),
        implied=_implied(definition),
        selected=compile_condition(definition.selected or AllOf(()), env),
        overrides=[
            (compile_condition(where, env), effect) for where, effect in definition.overrides
        ],
        exempted=[
            (each, compile_condition(each.selected or AllOf(()), env))
            for each in definition.exempted
        ],
        effect=operand(definition.effect, env),
        applies=compile_condition(applicability(definition.condition), env),
        rule=compile_condition(definition.condition, env),
        existence=compile_details(details, env) if details else None,
    )

    def evaluate(resource: Resource, surroundings: Surroundings) -> Outcome:
        frame = Frame(resource, surroundings)
        try:
            return _with_exemptions(_evaluate(frame, compiled), frame, compiled)
        except NoDataError as error:
            return _unknown(frame, error.gap, ())
        except EvaluationError as error:
            gap = Gap(resource.id, definition.id, Reason.RULE_ERROR, f"evaluation fails: {error}")
            return Outcome(State.ERROR, gap.detail, gap)

    return evaluate


def types_of(
    definition: PolicyDefinition, given: Mapping[str, object] | None = None
) -> frozenset[str]:
    """Return the ARM types, lower case, that a definition applies to; empty: any type.

    Raises:
        DefinitionError: The service would not accept the parameters.
    """
    env = Env(Aliases(), assigned(definition, given or {}))
    return types_tested(definition.condition, env) or _implied(definition)


def _implied(definition: PolicyDefinition) -> frozenset[str]:
    """Return the types that a rule implies by its aliases alone; none if it names types."""
    implied = None if names_type(definition) else types_implied(definition.condition)
    return implied or frozenset()


def _decider(definition: PolicyDefinition) -> str:
    """Return who decides a definition that no ARM document does, empty if some may.

    https://learn.microsoft.com/azure/governance/policy/concepts/definition-structure-basics
    """
    if definition.is_static:
        return (
            "policyType Static: decided by audits of Microsoft's infrastructure, not by resources"
        )
    if definition.mode.lower() not in MODES:
        return f"mode {definition.mode}: its resource provider evaluates it, not on ARM documents"
    return ""


def _policy_facts(definition: PolicyDefinition) -> Mapping[str, object]:
    """Return the result of `policy()`: offline there is a definition, but no assignment.

    https://learn.microsoft.com/azure/governance/policy/concepts/definition-structure-policy-rule
    """
    gap = unsupported_gap("policy(): ids of assignment and set are known only in the service")
    unknown = ("assignmentId", "setDefinitionId", "definitionReferenceId")
    path = f"/providers/Microsoft.Authorization/policyDefinitions/{definition.id}"
    facts: dict[str, object] = {"definitionId": path, **{key: Unknown(gap) for key in unknown}}
    return facts | ({"definitionReferenceId": own} if (own := definition.reference) else {})


def _evaluate(frame: Frame, policy: _Compiled) -> Outcome:
    """Return the outcome of a policy.

    Raises:
        NoDataError: What decides how to evaluate it is not known.
        EvaluationError: The evaluation fails.
    """
    if policy.decided_elsewhere:
        raise NoDataError(unsupported_gap(policy.decided_elsewhere))
    if found := outside(frame, policy.reach):
        why, look = found
        return Outcome(State.NOT_APPLICABLE, why, None, (look.evidence(),))
    if not is_evaluated(frame.resource, policy.mode.lower()):
        kind = frame.resource.type
        return Outcome(State.NOT_APPLICABLE, f"mode {policy.mode} does not apply to {kind}")
    if is_doubtful(frame.resource, policy.mode.lower()):
        kind = frame.resource.type
        frame.note(f"mode {policy.mode} may pass over {kind}: Azure lists no tags and location")
    effect = _effect(frame, policy).lower()
    if why := _why_not_applicable(frame, policy, effect):
        return Outcome(State.NOT_APPLICABLE, why)
    if effect in EXISTENCE:
        return _on_related(frame, policy, effect)
    if effect in _JUDGED_BY_RULE or effect in _DECIDED_ELSEWHERE:
        return _on_resource(frame, policy, effect)
    raise EvaluationError(f"unknown effect {effect}")


def _with_exemptions(outcome: Outcome, frame: Frame, policy: _Compiled) -> Outcome:
    """Return an outcome with a note of what exempts the resource; its state does not change.

    The service would call the resource exempt. An audit accepts only the waivers given to it.
    """
    if outcome.state is not State.NON_COMPLIANT:
        return outcome
    exemptions = (exempting(frame, exempted, selected) for exempted, selected in policy.exempted)
    return replace(outcome, message="; ".join([outcome.message, *filter(None, exemptions)]))


def _on_resource(frame: Frame, policy: _Compiled, effect: str) -> Outcome:
    """Return the outcome of a policy about the resource itself, if it applies to it.

    Raises:
        NoDataError: No ARM document decides such an effect.
        EvaluationError: The evaluation fails.
    """
    applies = policy.applies(frame)
    if applies.truth != TRUE:
        return _outcome(frame, applies, {FALSE: State.NOT_APPLICABLE})
    if effect in _JUDGED_BY_RULE:
        ruled = policy.rule(frame)
        return _outcome(frame, ruled, {TRUE: State.NON_COMPLIANT, FALSE: State.COMPLIANT})
    if effect != "manual":
        raise NoDataError(unsupported_gap(_DECIDED_ELSEWHERE[effect]))
    evidence = tuple(each.evidence() for each in applies.looks)
    return Outcome(State.MANUAL, _DECIDED_ELSEWHERE[effect], None, evidence)


def _on_related(frame: Frame, policy: _Compiled, effect: str) -> Outcome:
    """Return the outcome of a policy that looks for a related resource.

    Raises:
        EvaluationError: The evaluation fails.
    """
    if policy.existence is None:
        raise EvaluationError(f"the effect {effect} needs details.type, which the rule lacks")
    ruled = policy.rule(frame)
    if ruled.truth != TRUE:
        return _outcome(frame, ruled, {FALSE: State.NOT_APPLICABLE})
    exists = policy.existence(frame)
    return _outcome(frame, exists, {TRUE: State.COMPLIANT, FALSE: State.NON_COMPLIANT})


def _effect(frame: Frame, policy: _Compiled) -> str:
    """Return the effect on a resource: that of the first override that applies, else its own."""
    for where, effect in policy.overrides:
        if _holds(frame, where):
            return effect
    return str(policy.effect.read(frame))


def _holds(frame: Frame, condition: Judge) -> bool:
    """Tell whether a condition holds.

    Raises:
        NoDataError: It is not known.
    """
    truth, looks = condition(frame)
    if truth == UNKNOWN:
        raise NoDataError(next(look.gap for look in looks if look.gap))
    return truth == TRUE


def _why_not_applicable(frame: Frame, policy: _Compiled, effect: str) -> str:
    """Return why a policy is not applicable whatever its conditions say; empty if they decide."""
    if not _holds(frame, policy.selected):
        return "its assignment does not select the resource"
    if effect == "disabled":
        return "the effect is Disabled"
    if policy.is_of_requests:
        return "requestContext().identity: the rule is about requests, not resources"
    if policy.implied and frame.resource.type not in policy.implied:
        return f"the rule names properties of {', '.join(sorted(policy.implied))}"
    if policy.is_located and frame.resource.type == SUBSCRIPTION_TYPE:
        return "a rule about locations does not concern subscriptions"
    return ""


def _outcome(frame: Frame, result: Result, states: Mapping[int, State]) -> Outcome:
    """Return the outcome for the truth of a condition."""
    if result.truth == UNKNOWN:
        gap = next(look.gap for look in result.looks if look.gap)
        return _unknown(frame, gap, result.looks)
    direct = [look for look in result.looks if not look.inside]
    # that a resource has the type a rule is about is no information where something else decided
    telling = [look for look in direct if look.path != "type"] or direct
    sayings = [look.saying() for look in telling]
    message = "; ".join(dict.fromkeys([*sayings, *frame.progress.notes]))
    evidence = tuple(look.evidence() for look in result.looks)
    return Outcome(states[result.truth], message, None, evidence)


def _unknown(frame: Frame, gap: Gap, looks: tuple[Look, ...]) -> Outcome:
    """Return the outcome for a gap."""
    placed = gap if gap.scope_id else replace(gap, scope_id=frame.resource.id)
    evidence = tuple(look.evidence() for look in looks)
    return Outcome(State.UNKNOWN, placed.detail, placed, evidence)
