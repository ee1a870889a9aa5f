"""How settings are made in the Azure portal, as Microsoft's documentation describes it."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from amlaudit.core.conditions import ParameterValue
from amlaudit.strict_yaml import read_yaml

_FILE: Final = Path(__file__).with_name("data") / "portal.yaml"


def portal_way(arm_type: str, settings: Mapping[str, ParameterValue]) -> str:
    """Return in a sentence how settings are made in the portal, empty unless all of them can be.

    Args:
        arm_type: ARM type of the resource, as Azure spells it.
        settings: What to set, by property path.
    """
    known = _known().get(arm_type, {})
    ways = [way for path, value in settings.items() if (way := known.get((path, value)))]
    return f"In the portal: {'; '.join(ways)}." if ways and len(ways) == len(settings) else ""


@cache
def _known() -> Mapping[str, Mapping[tuple[str, ParameterValue], str]]:
    """Return what to do in the portal, by ARM type and by what is set to what."""
    return {
        arm_type: {
            (path, way["value"].scalar()): (
                f"{way['page'].text()}, {way['step'].text()} ({way['source'].text()})"
            )
            for path, (_, written) in properties.entries().items()
            for way in [written.mapping(("value", "page", "step", "source"), "a way")]
        }
        for arm_type, (_, properties) in read_yaml(_FILE, _FILE.name).entries().items()
    }
