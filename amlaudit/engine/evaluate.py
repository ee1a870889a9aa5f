"""Evaluates every rule on every resource: each pair gets a verdict, whatever happens."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, groupby, islice
from operator import attrgetter
from types import MappingProxyType, NoneType
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from amlaudit.core import arm_id
from amlaudit.core.conditions import ParameterValue
from amlaudit.core.errors import AmlauditError
from amlaudit.core.estate import Estate
from amlaudit.core.gap import Gap, NoDataError, Reason
from amlaudit.core.place import Place, place_in
from amlaudit.core.report import Finding, ResourceRef
from amlaudit.core.resource import Origin, Resource
from amlaudit.core.rule import ANY_TYPE, Rule
from amlaudit.core.subject import Subject
from amlaudit.core.verdict import (
    Evidence,
    Look,
    Other,
    Seen,
    Status,
    Verdict,
    evidence_of,
    unknown,
)
from amlaudit.engine.interning import VerdictPool

_BATCH: Final = 96
"""Resources judged by one rule before moving on to the next, so that the rule's code and data are
still in the processor's caches. One resource at a time takes a third longer."""

_SOURCE: Final = "amlaudit-source"
"""The tag that says where a resource is declared: `infra/main.bicep:12`."""

_SETTINGS: Final = ("properties.", "identity")
"""Prefixes of the paths a rule judges, as opposed to those it only uses to decide."""

_OF_VERDICT: Final = attrgetter("status", "message", "reason", "permission", "looks")
_OF_LOOK: Final = attrgetter("path", "expected", "seen")
_OF_EVIDENCE: Final = attrgetter("path", "expected", "seen", "resource_id", "origin")
_LOOK_TYPES: Final[tuple[Any, ...]] = (str, str, Seen)
_EVIDENCE_TYPES: Final[tuple[Any, ...]] = (*_LOOK_TYPES, str, (Origin, NoneType))
_VERDICT_TYPES: Final[tuple[Any, ...]] = (Status, str, (Reason, NoneType), str, tuple)
"""The fields of verdicts and evidence that are checked, and their types."""


def evaluate(rules: Sequence[Rule], estate: Estate) -> Iterator[Finding]:
    """Yield the finding of every rule on every resource of its type, and on every blind spot.

    The findings of one resource are consecutive. Where not all resources of a type could be read,
    each rule for that type is unknown on the scope that could not be read.
    """
    by_type, judging = _by_type(rules, estate), _Judging(rules, estate)
    resources = estate.of_types(by_type)
    while batch := [_Target.of(each, estate) for each in islice(resources, _BATCH)]:
        found: defaultdict[str, list[Finding]] = defaultdict(list)
        batch.sort(key=attrgetter("subject.type"))
        for arm_type, of_one_type in groupby(batch, key=attrgetter("subject.type")):
            targets = tuple(of_one_type)
            for rule in by_type[arm_type]:
                for finding in judging.findings(rule, targets):
                    found[finding.resource.id].append(finding)
        yield from chain.from_iterable(found.values())
    for scope_id, arm_type, gap in _blind_spots(estate, by_type):
        scope = estate.store.get(scope_id)
        blind = reference_to(scope) if scope else _reference_at(scope_id)
        for rule in by_type[arm_type]:
            yield Finding(rule, blind, unknown(gap), arm_type)


class _Target(Struct, frozen=True):
    """A resource to be judged by one rule after another.

    Attributes:
        reference: How reports refer to it.
        subject: How conditions see it; they leave no trail, so all of them can share one.
        place: How evidence found on it refers to it.
    """

    reference: ResourceRef
    subject: Subject
    place: Other

    @classmethod
    def of(cls, resource: Resource, estate: Estate) -> "_Target":
        """Return a resource as a target."""
        place = Other(resource.id, resource.origin)
        return cls(reference_to(resource), Subject(resource, estate), place)


class _Judging:
    """Judges targets by rules, sharing one object among equal verdicts."""

    def __init__(self, rules: Iterable[Rule], estate: Estate) -> None:
        """Take the rules and the estate they are evaluated against."""
        self._estate = estate
        self._settings = {rule.id: _settings_of(rule) for rule in rules}
        self._pool = VerdictPool()

    def findings(self, rule: Rule, targets: Iterable[_Target]) -> Iterator[Finding]:
        """Yield the finding of a rule on each resource."""
        settings = self._settings[rule.id]
        for target in targets:
            subject, resource = target.subject, target.subject.resource
            if not rule.require:
                subject = Subject(resource, self._estate, settings)
            verdict = _judge(rule, subject)
            place = _place_of(verdict, resource) if resource.lines else None
            verdict, others = self._pool.intern(verdict, target.place)
            yield Finding(rule, target.reference, verdict, place=place, others=others)


def _blind_spots(estate: Estate, arm_types: Iterable[str]) -> Iterator[tuple[str, str, Gap]]:
    """Yield (scope id, ARM type, gap) where there may be unseen resources of a type.

    A gap in a type also hides its child types; if several gaps hide one type in one scope, the
    first is given. A deployment has no blind spots: it is judged by what it declares.
    """
    if estate.store.collection().is_deployment:
        return
    named: set[tuple[str, str]] = set()
    for gap in estate.gaps():
        for arm_type in sorted(arm_types):
            hidden = arm_type == gap.part or arm_type.startswith(gap.part + "/")
            if hidden and (gap.scope_id, arm_type) not in named:
                named.add((gap.scope_id, arm_type))
                yield gap.scope_id, arm_type, gap


def judge(rule: Rule, resource: Resource, estate: Estate) -> Verdict:
    """Return a rule's verdict on a resource; `unknown` if anything goes wrong."""
    return _judge(rule, Subject(resource, estate, _settings_of(rule)))


def _settings_of(rule: Rule) -> Mapping[str, ParameterValue]:
    """Return the values of a rule's parameters by name, in a mapping that no rule can change."""
    return MappingProxyType({name: each.value for name, each in rule.parameters.items()})


def _judge(rule: Rule, subject: Subject) -> Verdict:
    """Return a rule's verdict on a subject; `unknown` if anything goes wrong."""
    try:
        verdict = rule.check(subject)
        if not (rule.require or _is_verdict(verdict)):
            verdict = unknown(_crash(rule, subject.resource, TypeError("no verdict")))
    except AmlauditError:  # the input is broken, not the rule: nothing in it can be trusted
        raise
    except NoDataError as error:
        verdict = unknown(error.gap)
    except (Exception, SystemExit, GeneratorExit) as error:  # noqa: BLE001 - a crashed rule is unknown, never a pass, never the end
        verdict = unknown(_crash(rule, subject.resource, error))
    if verdict.looks and verdict.message:
        return verdict
    message = verdict.message
    if not message and verdict.status is Status.PASS:
        message = rule.title
    return replace(verdict, message=message, looks=verdict.looks or tuple(subject.trail))


def _is_verdict(given: object) -> bool:
    """Tell whether a rule returned a valid verdict; third-party code may put anything into one."""
    if not isinstance(given, Verdict):
        return False
    if not all(map(isinstance, _OF_VERDICT(given), _VERDICT_TYPES)):
        return False
    has_reason = given.reason is not None
    return has_reason is (given.status is Status.UNKNOWN) and all(map(_is_own, given.looks))


def _is_own(look: object) -> bool:
    """Tell whether a rule can have made a look: at its own subject, or at a resource it names."""
    if type(look) is Evidence:
        return all(map(isinstance, _OF_EVIDENCE(look), _EVIDENCE_TYPES))
    if type(look) is Look and look.at == 0:
        return all(map(isinstance, _OF_LOOK(look), _LOOK_TYPES))
    return False


def _crash(rule: Rule, resource: Resource, error: BaseException) -> Gap:
    """Return the gap a crashed rule leaves, without the error's text: it could quote cloud data."""
    detail = f"rule {rule.id} crashed: {type(error).__name__}"
    return Gap(resource.id, rule.id, Reason.RULE_ERROR, detail)


def _by_type(rules: Sequence[Rule], estate: Estate) -> Mapping[str, list[Rule]]:
    """Group the rules by the ARM types they judge."""
    found: defaultdict[str, list[Rule]] = defaultdict(list)
    every: set[str] | None = None
    for rule in rules:
        types: Iterable[str] = rule.types
        if rule.applies_to == ANY_TYPE:
            every = every or _types_in(estate)
            types = every
        for arm_type in types:
            found[arm_type].append(rule)
    return found


def _types_in(estate: Estate) -> set[str]:
    """Return every ARM type that has resources in an estate, or is known to have unseen ones."""
    missed = {gap.part for gap in estate.gaps() if arm_id.type_of(f"/providers/{gap.part}/x")}
    return {*estate.store.counts(), *missed}


def _reference_at(scope_id: str) -> ResourceRef:
    """Return how reports refer to a scope that was not itself read."""
    return ResourceRef(scope_id, arm_id.type_of(scope_id), arm_id.name_of(scope_id))


def reference_to(resource: Resource) -> ResourceRef:
    """Return how reports refer to a resource."""
    location = resource.body.get("location")
    shown = location if isinstance(location, str) else ""
    place = resource.place or _tagged_place(resource)
    return ResourceRef(resource.id, resource.type, resource.name, shown, place, resource.origin)


def _place_of(verdict: Verdict, resource: Resource) -> Place | None:
    """Return where the failing property is written; None: nothing closer than its resource."""
    if verdict.status is not Status.FAIL:
        return None
    evidence = evidence_of(verdict.looks, resource.id, resource.origin)
    looks = [each for each in evidence if each.resource_id == resource.id]
    # A condition says what it expected; code decides by what it read last, tags and kinds aside.
    wanted = [each for each in looks if each.expected]
    settings = [each for each in looks if each.path.startswith(_SETTINGS)]
    wanted = wanted or settings[-1:]
    return next(filter(None, (resource.written.at(each.path) for each in wanted)), None)


def _tagged_place(resource: Resource) -> Place | None:
    """Return where a resource is declared, according to its tag."""
    tags = resource.body.get("tags")
    if not isinstance(tags, Mapping):
        return None
    return next((place_in(text) for name, text in tags.items() if name.lower() == _SOURCE), None)
