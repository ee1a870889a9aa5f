"""What is damaged: the shipped rules, their cases, and the embedded estate."""

from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from amlaudit.core.errors import AmlauditError
from amlaudit.core.estate import Estate
from amlaudit.core.gap import Gap, Reason
from amlaudit.core.memory import MemoryStore
from amlaudit.core.path import Steps, spell_path
from amlaudit.core.resource import Resource
from amlaudit.core.rule import Rule
from amlaudit.core.verdict import Status, Verdict
from amlaudit.demo.source import documents
from amlaudit.engine.evaluate import judge
from amlaudit.resources import shipped
from amlaudit.rulebook.cases import Case, read_cases
from amlaudit.rulebook.packs import cases_of, load_pack, rule_files

FOLDER: Final = shipped("rules")


class DefectError(Exception):
    """Something that must not happen did; the text says what, in the same words for each kind."""


class World(Struct, frozen=True):
    """The small estate of a case.

    Attributes:
        case: The case.
        store: Its resources, and what was seen of them.
        rules: All rules for the type of its subject.
    """

    case: Case
    store: MemoryStore
    rules: tuple[Rule, ...]

    def with_resource(self, resource: Resource) -> "World":
        """Return the world with another document of one of its resources."""
        others = (each for each in self.store.resources if each.id != resource.id)
        store = replace(self.store, resources=(*others, resource))
        subject = resource if resource.id == self.case.subject.id else self.case.subject
        return World(replace(self.case, subject=subject), store, self.rules)

    def verdict(self, rule: Rule) -> Verdict:
        """Return the verdict of a rule on the subject, checked for its form.

        Raises:
            DefectError: It is none, or a rule without code of its own crashed.
        """
        return checked(rule, judge(rule, self.case.subject, Estate(self.store)))


def checked(rule: Rule, verdict: object) -> Verdict:
    """Return a verdict that is one.

    Raises:
        DefectError: It is none, or a rule without code of its own crashed.
    """
    if not isinstance(verdict, Verdict):
        raise DefectError(f"{rule.id} gave no verdict")
    if (verdict.reason is not None) is not (verdict.status is Status.UNKNOWN):
        raise DefectError(f"{rule.id} gave {verdict.status} with reason {verdict.reason}")
    if verdict.reason is Reason.RULE_ERROR and rule.path.endswith(".yaml"):
        crash = verdict.message.rpartition(": ")[2]
        raise DefectError(f"{crash} while a condition was judged")
    return verdict


def hidden(resource: Resource, steps: Steps) -> Resource:
    """Return a resource with a gap at a path."""
    gap = Gap(resource.id, spell_path(steps), Reason.FORBIDDEN, "hidden")
    folded = tuple(step.lower() for step in steps)
    return replace(resource, gaps=(*resource.gaps, (folded, gap)))


def coded(error: AmlauditError) -> None:
    """Raise DefectError unless an error has a code."""
    if not (error.code[:1] == "E" and error.code[1:].isdecimal() and error.message):
        raise DefectError(f"an AmlauditError with the code {error.code!r}") from error


@cache
def rules() -> tuple[Rule, ...]:
    """Return the shipped rules."""
    return load_pack(FOLDER, "shipped")[1]


@cache
def rule_texts() -> tuple[tuple[str, str], ...]:
    """Return (path in the pack, text) of the rules in YAML."""
    found = (path for path in rule_files(FOLDER) if path.suffix == ".yaml")
    return tuple((shown(path), path.read_text("utf-8")) for path in found)


@cache
def case_texts() -> tuple[tuple[Rule, str], ...]:
    """Return (rule, text of its cases)."""
    return tuple(
        (rule, cases_of(FOLDER / rule.path).read_text("utf-8"))
        for rule in rules()
        if cases_of(FOLDER / rule.path).exists()
    )


@cache
def worlds() -> tuple[World, ...]:
    """Return the world of every shipped case."""
    by_type: defaultdict[str, list[Rule]] = defaultdict(list)
    for rule in rules():
        by_type[rule.applies_to].append(rule)
    found = []
    for rule in rules():
        path = cases_of(FOLDER / rule.path)
        for case in read_cases(path, shown(path), rule) if path.exists() else ():
            store = case.estate.store
            if isinstance(store, MemoryStore):
                found.append(World(case, store, tuple(by_type[rule.applies_to])))
    return tuple(found)


@cache
def worlds_of() -> Mapping[str, tuple[World, ...]]:
    """Return the worlds by the id of the rule that their cases are written for."""
    found: defaultdict[str, list[World]] = defaultdict(list)
    for world, rule_id in ((each, each.case.place.rpartition("/")[2][:7]) for each in worlds()):
        found[rule_id.upper()].append(world)
    return {rule_id: tuple(each) for rule_id, each in found.items()}


@cache
def embedded() -> tuple[dict[str, Any], ...]:
    """Return the documents of the embedded estate."""
    return tuple(dict(each) for _, several in documents() for each in several)


def shown(path: Path) -> str:
    """Return the path of a file in the pack."""
    return path.relative_to(FOLDER).as_posix()
