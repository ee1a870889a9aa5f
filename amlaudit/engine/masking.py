"""Masks reports for sharing: the same report, with stand-ins for the ids and names of an estate.

Stand-ins are numbered in the order of what they replace: hashes of names could be guessed.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from enum import Enum
from functools import lru_cache
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from amlaudit.core.arm_id import SUBSCRIPTION_TYPE
from amlaudit.core.caching import IdentityCache
from amlaudit.core.patterns import GUID, late_pattern
from amlaudit.core.report import Finding, Mask, Report
from amlaudit.core.rule import Rule
from amlaudit.core.scope import Scope
from amlaudit.engine.marking import Changed

_MAIL: Final = late_pattern(r"[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+")
"""No local part is longer (RFC 5321); without a limit, long texts would take very long."""
_WORD: Final = late_pattern(r"[\w-]+")
_SEAM: Final = late_pattern(r"([-_])")
# Not in the types and actions of resource groups, `Microsoft.Resources/subscriptions/…`.
_ARM_ID: Final = late_pattern(
    r"(?<!microsoft\.resources)/(?:subscriptions|providers)/[^\s\"'<>,;]+", re.IGNORECASE
)
_AFTER_AN_ID: Final = ".:)"
"""What may follow an ARM id in a sentence."""
_PROVIDERS: Final = "providers"
_OF_AZURE: Final = frozenset({"default", "current", "automatic", "workspaceblobstore",
                              "workspacefilestore", "workspaceartifactstore",
                              "workspaceworkingdirectory", "azureml"})  # fmt: skip
"""Names given by Azure, the same everywhere."""

_UNSHARED: Final = ("subject_key", "waiver", "change", "policies", "place")
"""Fields of findings whose values are not shared between findings."""

_MAX_KEPT: Final = 8192
"""Cached texts, and records shared by many findings, that are processed once while they recur."""

_SENTENCES: Final = frozenset({"message", "detail"})
"""Fields with sentences of our own, which may begin with an ARM id and continue."""


class _Sentence(str):
    """The text of such a field; any other text that begins like an ARM id is one entirely."""

    __slots__ = ()


class Masked(Struct, frozen=True):
    """A report with stand-ins.

    Attributes:
        report: The report.
        count: How many ids and names have one.
    """

    report: Report
    count: int


def masked(report: Report, mask: Mask) -> Masked:
    """Return a report with stand-ins for ids and names in every text of the estate.

    What people wrote into tags and descriptions stays, except for names and ids in it; so do rules,
    parameters, file paths and network addresses.
    """
    known = _Vocabulary()
    known.learn_value(_without_findings(report))
    for finding in report.findings:
        known.learn_finding(finding)
    known.learn_scope(report.collection.scope)
    stand_ins = known.stand_ins(mask)
    masking = _Masking(stand_ins, _rule_words(report.rules))
    made: Report = masking.value(_without_findings(report))
    whole = replace(
        made,
        packs=report.packs,
        findings=Changed(report.findings, masking.finding),
        masked=mask.value,
    )
    return Masked(whole, len(stand_ins))


def _without_findings(report: Report) -> Report:
    """Return a report without what is not from the estate, or is processed separately.

    Rules may stay: they are neither learnt from nor changed. Neighbourhoods are held in memory.
    """
    around = report.neighbourhoods and tuple(report.neighbourhoods)
    return replace(report, packs=(), findings=(), neighbourhoods=around)


class _Vocabulary:
    """The ids and names that a report uses for the things in an estate."""

    def __init__(self) -> None:
        """Start empty."""
        self._ids: set[str] = set()
        self._mails: set[str] = set()
        self._names: dict[str, str] = {}
        self._learn_text = lru_cache(maxsize=_MAX_KEPT, typed=True)(self._learn)
        self._learn_shared: IdentityCache[object, None] = IdentityCache(self.learn_value, _MAX_KEPT)

    def learn_value(self, value: object) -> None:
        """Learn the ids and names in the texts of a value."""
        for text in _texts(value):
            self._learn_text(text)

    def _learn(self, text: str) -> None:
        """Learn the ids and names in a text."""
        self._ids.update(each.lower() for each in GUID.findall(text))
        self._mails.update(each.lower() for each in _MAIL.findall(text))
        for each in [text] if _is_id(text) else _ARM_ID.findall(text):
            for collection, name in _pairs_of(each.rstrip(_AFTER_AN_ID)):
                if collection.casefold() != _PROVIDERS:
                    self._name(name, collection)

    def learn_finding(self, finding: Finding) -> None:
        """Learn the ids and names in a finding."""
        for each in (finding.resource, finding.verdict, *finding.others):
            self._learn_shared(each)
        self.learn_value(tuple(_unshared_fields(finding).values()))
        if finding.resource.type == SUBSCRIPTION_TYPE:
            self._name(finding.resource.name, "subscriptions")

    def learn_scope(self, scope: Scope) -> None:
        """Learn what was requested by name."""
        for collection in ("subscriptions", "resource_groups", "workspaces", "management_groups"):
            for name in getattr(scope, collection):
                self._name(name, collection.replace("_", ""))
        self._name(scope.tenant, "tenants")

    def _name(self, name: str, collection: str) -> None:
        """Learn a name, unless it has the form of an id."""
        folded = name.casefold()
        if name and not GUID.fullmatch(name) and folded not in _OF_AZURE and "*" not in name:
            self._names.setdefault(folded, collection)

    def stand_ins(self, mask: Mask) -> dict[str, str]:
        """Return the stand-ins by lower-case id or name."""
        found: dict[str, str] = {}
        if mask is not Mask.NAMES:
            for number, each in enumerate(sorted(self._ids), 1):
                found[each] = f"00000000-0000-4000-8000-{number:012}"
        if mask is not Mask.IDS:
            for number, each in enumerate(sorted(self._mails), 1):
                found[each] = f"person-{number}@masked.example"
            numbers: dict[str, int] = {}
            for name, collection in sorted(self._names.items()):
                kind = re.sub("s$", "", re.sub("ies$", "y", collection.casefold()))
                numbers[kind] = numbers.get(kind, 0) + 1
                found[name] = f"{kind}-{numbers[kind]}"
        return found


def _unshared_fields(finding: Finding) -> dict[str, object]:
    """Return what a finding does not share with others, by field; most have nothing."""
    named = ((name, getattr(finding, name)) for name in _UNSHARED)
    return {name: held for name, held in named if held}


def _is_id(text: str) -> bool:
    """Tell whether an entire text is an ARM id, or a path like one."""
    return text.startswith("/") and not isinstance(text, _Sentence)


def _pairs_of(arm_id: str) -> Iterator[tuple[str, str]]:
    """Yield the pairs of an ARM id: the name of a collection, and of an item in it.

    `providers` is paired with the namespace of what follows.
    """
    segments = iter(arm_id.strip("/").split("/"))
    for segment in segments:
        yield segment, next(segments, "")


def _rule_words(rules: Iterable[Rule]) -> frozenset[str]:
    """Return the words that rules use: a name that is one of them reveals nothing of an estate."""
    texts = (f"{each.title} {each.because} {each.severity_reason}" for each in rules)
    return frozenset(word.casefold() for text in texts for word in _WORD.findall(text))


class _Masking:
    """Puts stand-ins into texts."""

    def __init__(self, stand_ins: Mapping[str, str], common: AbstractSet[str]) -> None:
        """Take the stand-ins, and words that are kept wherever they are not part of an ARM id."""
        self._stand_ins = stand_ins
        self._for_words = {each: name for each, name in stand_ins.items() if each not in common}
        # Of two names with a common beginning, the longer one comes first.
        odd = sorted((each for each in self._for_words if not _WORD.fullmatch(each)), reverse=True)
        listed = "|".join(map(re.escape, odd))
        whole = rf"(?<![\w-])(?:{listed})(?![\w-])|" if odd else ""
        sizes = {len(_SEAM.split(each)) for each in self._for_words}
        self._sizes = sorted(sizes, reverse=True)
        self._expression = re.compile(whole + _WORD.pattern, re.IGNORECASE)
        self._change = lru_cache(maxsize=_MAX_KEPT, typed=True)(self._text)
        self._shared: IdentityCache[Any, Any] = IdentityCache(self.value, _MAX_KEPT)

    def finding(self, finding: Finding) -> Finding:
        """Return a finding with stand-ins."""
        return replace(
            finding,
            resource=self._shared(finding.resource),
            verdict=self._shared(finding.verdict),
            others=tuple(map(self._shared, finding.others)),
            **{name: self.value(held) for name, held in _unshared_fields(finding).items()},
        )

    def value(self, value: Any) -> Any:  # noqa: ANN401 - whatever a report holds
        """Return a value with stand-ins in every text; rules stay as they are."""
        return _rewritten(value, self._change)

    def _text(self, text: str) -> str:
        """Return a text with stand-ins; collections and namespaces of an ARM id are kept."""
        if not _is_id(text):
            return self._in_words(str(text))
        pairs = _pairs_of(text)
        masked = "".join(f"/{key}/{self._for_name(key, name)}".rstrip("/") for key, name in pairs)
        return masked + "/" * (len(text) - len(text.rstrip("/")))

    def _for_name(self, key: str, name: str) -> str:
        """Return the stand-in for the name in a pair of an ARM id."""
        if key.casefold() == _PROVIDERS:
            return name
        return self._stand_ins.get(name.casefold()) or self._in_words(name)

    def _in_words(self, text: str) -> str:
        """Return a text with stand-ins for words, and for names and ids within them."""
        text = self._expression.sub(lambda found: self._masked_word(found[0]), text)
        return GUID.sub(lambda found: self._stand_ins.get(found[0].casefold(), found[0]), text)

    def _masked_word(self, word: str) -> str:
        """Return a word with stand-ins for the names in it: `ml-mlw-fraud-westeurope` has one."""
        parts = _SEAM.split(word)
        at = 0
        while at < len(parts):
            # Only of lengths that names have: a line of dashes in a description has many parts.
            for size in self._sizes:
                name = "".join(parts[at : at + size]).casefold()
                if found := self._for_words.get(name):
                    parts[at : at + size] = [found]
                    break
            at += 2
        return "".join(parts)


def _texts(value: object) -> Iterator[str]:
    """Yield every text in a value, at any depth."""
    if isinstance(value, str):
        if not isinstance(value, Enum):
            yield value
    elif isinstance(value, Mapping):
        yield from _texts(list(value))
        yield from _texts(list(value.values()))
    elif held := _fields_of(value):
        yield from _texts(list(held.values()))
    elif isinstance(value, tuple | list | AbstractSet):
        for each in value:
            yield from _texts(each)


def _fields_of(record: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever a report holds
    """Return the fields of a record, sentences marked as such; empty if it is not a record."""
    if isinstance(record, Struct) and not isinstance(record, Rule):
        names: Iterable[str] = record.__struct_fields__
    else:
        names = getattr(record, "_fields", ())
    held = {name: getattr(record, name) for name in names}
    for name in _SENTENCES & held.keys():
        if type(held[name]) is str:
            held[name] = _Sentence(held[name])
    return held


def _rewritten(value: Any, change: Callable[[str], str]) -> Any:  # noqa: ANN401 - whatever a report holds
    """Return a value with every text changed; rules stay as they are."""
    if isinstance(value, str):
        return value if isinstance(value, Enum) else change(value)
    if isinstance(value, Mapping):
        return {_rewritten(key, change): _rewritten(each, change) for key, each in value.items()}
    if held := _fields_of(value):
        return type(value)(**{name: _rewritten(each, change) for name, each in held.items()})
    if isinstance(value, tuple | list | AbstractSet):
        return type(value)(_rewritten(each, change) for each in value)  # type: ignore[call-arg] # of the same kind
    return value
