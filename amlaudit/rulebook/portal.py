"""How to make settings in the Azure portal, according to Microsoft's documentation."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from amlaudit.core.companions import Companion, Deed
from amlaudit.core.conditions import ParameterValue
from amlaudit.core.relations import RELATIONS
from amlaudit.strict_yaml import Node, read_yaml

_FOLDER: Final = Path(__file__).with_name("data")
_FILE: Final = _FOLDER / "portal.yaml"
_COMPANIONS: Final = _FOLDER / "portal_companions.yaml"
_WAY: Final = ("page", "step", "source")


def portal_way(arm_type: str, settings: Mapping[str, ParameterValue]) -> str:
    """Describe in a sentence how to make settings in the portal; empty unless all can be.

    Args:
        arm_type: ARM type of the resource, as Azure spells it.
        settings: What to set, by property path.
    """
    known = _ways_of_settings().get(arm_type, {})
    ways = [way for path, value in settings.items() if (way := known.get((path, value)))]
    return _sentence(list(dict.fromkeys(ways))) if len(ways) == len(settings) else ""


def companions_way(arm_type: str, companions: Iterable[Companion]) -> str:
    """Describe in a sentence how to make companions in the portal; empty unless all can be.

    Args:
        arm_type: ARM type of the judged resource, as Azure spells it.
        companions: What else has to change; a companion's instructions cover what is done along.
    """
    known = _ways_of_companions()
    ways = [
        next((known[key] for key in _keys(each, arm_type) if key in known), "")
        for each in companions
    ]
    return _sentence(list(dict.fromkeys(ways))) if all(ways) else ""


def _keys(companion: Companion, arm_type: str) -> Iterator[tuple[str, Deed]]:
    """Yield the keys that instructions for a companion may have: with a path, then without."""
    reached = RELATIONS[companion.via[-1]].target if companion.via else arm_type
    kind = (companion.type_name or reached).lower()
    paths = (companion.member, *companion.body) if companion.deed is not Deed.ADD else ()
    if path := next(filter(None, paths), ""):
        yield f"{kind}#{path.lower()}", companion.deed
    if not companion.member:
        yield kind, companion.deed


def _sentence(ways: Sequence[str]) -> str:
    """Join instructions into one sentence, empty if there are none."""
    return f"In the portal: {'; '.join(ways)}." if ways else ""


@cache
def _ways_of_settings() -> Mapping[str, Mapping[tuple[str, ParameterValue], str]]:
    """Return portal instructions by ARM type and by (path, value) of the setting."""
    return {
        arm_type: {
            (path, way["value"].scalar()): _instruction(way)
            for path, (_, written) in properties.entries().items()
            for way in [written.mapping(("value", *_WAY), "a way")]
        }
        for arm_type, (_, properties) in read_yaml(_FILE, _FILE.name).entries().items()
    }


@cache
def _ways_of_companions() -> Mapping[tuple[str, Deed], str]:
    """Return portal instructions by ARM type (`#` a path), lower case, and the kind of change."""
    return {
        (arm_type.lower(), Deed(deed)): _instruction(written.mapping(_WAY, "a way"))
        for arm_type, (_, deeds) in read_yaml(_COMPANIONS, _COMPANIONS.name).entries().items()
        for deed, (_, written) in deeds.entries().items()
    }


def _instruction(way: Mapping[str, Node]) -> str:
    """Return what to do where, with the source."""
    return f"{way['page'].text()}, {way['step'].text()} ({way['source'].text()})"
