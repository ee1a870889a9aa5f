"""Caches judgements by the values they depend on.

A condition reads few values, and most resources of an estate share them. Judging is a pure function
of these values, so a judgement is reused for the next resource with the same ones. A resource is
examined closely only where something is out of the ordinary (a gap, another shape, a name in
another case), or if the subject is a part of a resource: its judgement includes its place. The
first few subjects are examined closely too; code for the others is generated when they come. It
judges about twice as many conditions a second as a loop over the paths does, and is what keeps
`benchmarks.conditions` ahead of compiled engines by the factors in `docs/performance.md`.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import chain
from types import CodeType
from typing import Any, Final, Generic, TypeAlias, TypeVar

from msgspec import Struct, field

from amlaudit.core.document_gaps import is_null
from amlaudit.core.path import ABSENT, Steps, read
from amlaudit.core.subject import Subject

_MAX_REMEMBERED: Final = 1024
"""Judgements, and keys, that are cached for one condition, so that memory stays bounded."""

_FEW: Final = 32
"""Subjects examined closely before code is generated for a condition: generating it takes as long
as examining this many, and in a small estate most conditions judge fewer."""

Values: TypeAlias = tuple[object, ...]
Kinds: TypeAlias = tuple[type, ...]
Judged = TypeVar("Judged")


def memoised(
    judge: Callable[[Subject], Judged],
    paths: Iterable[Steps],
    *,
    by_version: bool = False,
) -> Callable[[Subject], Judged]:
    """Return a judge with a cache.

    Args:
        judge: Depends on the values at some paths, and on nothing else.
        paths: Those paths.
        by_version: It depends on the API version of the document too.
    """
    memory = _Memory(judge, tuple(dict.fromkeys(paths)), by_version)
    asked = 0
    written: Callable[[Subject], Judged] | None = None

    def recall(subject: Subject) -> Judged:
        nonlocal asked, written
        if written:
            return written(subject)
        asked += 1
        if asked > _FEW:
            written = _written(memory)
        return memory.examine(subject)

    return recall


def _written(memory: "_Memory[Judged]") -> Callable[[Subject], Judged]:
    """Return the generated function for the paths of a memory; see `_source_of`."""
    names = _names_of(memory.paths)
    scope: dict[str, Any] = {
        "examine": memory.examine_and_learn,
        "known": memory.known,
        "are_plain": memory.plain.issuperset,
        "nothing": {},
        **{_key_of(name): path[-1] for path, name in names.items() if path},
    }
    source = "\n".join(_source_of(memory, names))
    exec(_code_of(source), scope)  # noqa: S102 - it contains no foreign text
    recall: Callable[[Subject], Judged] = scope["recall"]
    return recall


@lru_cache(maxsize=1024)
def _code_of(source: str) -> CodeType:
    """Compile a source; many conditions read the same number of values from similar places."""
    return compile(source, "<recall>", "exec")


class _Memory(Struct, Generic[Judged], frozen=True):
    """The judgements so far; see `memoised` for the first attributes.

    Attributes:
        known: Judgements by values, with the types of the values where one may equal a value of
            another type, as 1 equals True. An absent value is None.
        plain: Keys seen so far that are not a step of a path in another spelling.
    """

    judge: Callable[[Subject], Judged]
    paths: tuple[Steps, ...]
    by_version: bool
    known: dict[Values, tuple[Judged, Kinds | None]] = field(default_factory=dict)
    plain: set[str] = field(default_factory=set)

    def examine(self, subject: Subject) -> Judged:
        """Judge a subject by its actual content, and cache the judgement if others can share it."""
        values = self._values(subject)
        if values is None:
            return self.judge(subject)
        kinds = tuple(map(type, values))
        judged, same = self.known.get(values, (None, ()))
        if judged is not None and same in (None, kinds):
            return judged
        judged = self.judge(subject)
        if len(self.known) < _MAX_REMEMBERED:
            is_clear = all(kind in (str, type(None)) for kind in kinds)
            self.known.setdefault(values, (judged, None if is_clear else kinds))
        return judged

    def examine_and_learn(self, subject: Subject) -> Judged:
        """Do the same, and learn its keys so that generated code can handle the next like it."""
        self._learn_keys(subject.node)
        return self.examine(subject)

    def _values(self, subject: Subject) -> Values | None:
        """Return the values that a subject is judged by; None if they alone do not decide."""
        if subject.resource.gaps or subject.prefix:
            return None
        if self.by_version and any(is_null(subject.node, path) for path in self.paths):
            return None
        found = [read(subject.node, path) for path in self.paths]
        values = [None if value is ABSENT else value for value in found]
        if not all(
            value is None or isinstance(value, str | bool | int | float) for value in values
        ):
            return None
        return (*values, subject.resource.origin.api_version) if self.by_version else tuple(values)

    def _learn_keys(self, node: object) -> None:
        """Record the keys of the objects on the paths, except steps spelled differently."""
        spellings: defaultdict[str, set[str]] = defaultdict(set)
        for step in chain.from_iterable(self.paths):
            spellings[step.lower()].add(step)
        for holder in _above(self.paths):
            found = read(node, holder)
            if isinstance(found, dict) and len(self.plain) < _MAX_REMEMBERED:
                self.plain.update(
                    key for key in found if spellings.get(key.lower(), {key}) == {key}
                )


def _above(paths: Iterable[Steps]) -> set[Steps]:
    """Return the proper prefixes of paths."""
    return {path[:depth] for path in paths for depth in range(len(path))}


def _names_of(paths: Iterable[Steps]) -> dict[Steps, str]:
    """Return variable names for paths and their prefixes, each after its parent."""
    every = sorted({*_above(paths), *paths})
    return {path: f"value_{at}" for at, path in enumerate(every)}


def _key_of(name: str) -> str:
    """Return the variable that holds the key under which a value is found in its parent."""
    return name.replace("value", "key")


def _source_of(memory: "_Memory[Any]", names: Mapping[Steps, str]) -> Iterator[str]:
    """Yield the lines of a function that reads the values and looks up their judgement.

    It is generated for the paths: no loop, and common prefixes are read once. Keys are variables,
    so that paths that branch alike share their code. For one path of two steps it is:

        def recall(subject):
            resource = subject.resource
            if resource.gaps or subject.prefix: return examine(subject)
            value_0 = subject.node
            if value_0.__class__ is not dict: return examine(subject)
            value_1 = value_0.get(key_1)
            if (value_1 is None) and not are_plain(value_0): return examine(subject)
            if value_1 is None: value_1 = nothing
            if value_1.__class__ is not dict: return examine(subject)
            value_2 = value_1.get(key_2)
            if (value_2 is None) and not are_plain(value_1): return examine(subject)
            try: judged, kinds = known[value_2,]
            except (KeyError, TypeError): return examine(subject)
            if kinds is None or kinds == (value_2.__class__,): return judged
            return examine(subject)
    """
    closely = "return examine(subject)"
    yield "def recall(subject):"
    yield "    resource = subject.resource"
    yield f"    if resource.gaps or subject.prefix: {closely}"
    yield "    value_0 = subject.node"
    for holder in sorted(_above(memory.paths)):
        parent = names[holder]
        if holder:  # everything beneath an absent value is absent
            yield f"    if {parent} is None: {parent} = nothing"
        beneath = [name for path, name in names.items() if path and path[:-1] == holder]
        yield f"    if {parent}.__class__ is not dict: {closely}"
        for name in beneath:
            yield f"    {name} = {parent}.get({_key_of(name)})"
        absent = " or ".join(f"{name} is None" for name in beneath)
        yield f"    if ({absent}) and not are_plain({parent}): {closely}"
        if memory.by_version:  # an explicit null counts as shown, whatever the version
            for name in beneath:
                yield f"    if {name} is None and {_key_of(name)} in {parent}: {closely}"
    values = [names[path] for path in memory.paths]
    if memory.by_version:
        yield "    version = resource.origin.api_version"
        values.append("version")
    kinds = [f"{each}.__class__" for each in values]
    yield f"    try: judged, kinds = known[{', '.join(values)},]"
    yield f"    except (KeyError, TypeError): {closely}"
    yield f"    if kinds is None or kinds == ({', '.join(kinds)},): return judged"
    yield f"    {closely}"
