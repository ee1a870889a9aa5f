"""Stand-ins for people's choices when a plan is rehearsed: `stand_ins.yaml`.

A blank of a companion, `<log analytics id>`, is a choice. In a rehearsal it is filled with a
well-configured resource named `chosen-…`, with a text, or with every value of its kind in the
estate.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Final

import yaml
from msgspec import Struct

from amlaudit.core.companions import Deed, filled_in
from amlaudit.core.edits import CHOSEN, Edit
from amlaudit.core.estate import Estate
from amlaudit.core.path import parse_path, read

_FILE: Final = Path(__file__).with_name("stand_ins.yaml")


class Choice(Struct, frozen=True):
    """One way to fill a blank.

    Attributes:
        value: The value filled in.
        edits: The resources created for it.
    """

    value: object
    edits: tuple[Edit, ...] = ()


def choices_for(blank: str, references: Mapping[str, object], estate: Estate) -> list[Choice]:
    """Return the ways to fill a blank; a text with its name if none are known.

    Args:
        blank: What it asks for.
        references: The values of references.
        estate: The estate.
    """
    entry = _stand_ins().get(blank)
    if entry is None:
        return [Choice(f"{CHOSEN}{blank.replace(' ', '-')}")]
    if "each" in entry:
        return [Choice(value) for value in _values(entry["each"], estate)]
    if isinstance(several := entry.get("values"), list):
        return [Choice(value) for value in several]
    return [Choice(filled_in(entry["value"], references), tuple(_created_for(entry, references)))]


def _created_for(entry: Mapping[str, object], references: Mapping[str, object]) -> Iterator[Edit]:
    """Yield the resources that are created for a choice."""
    filled = filled_in(entry.get("resources", []), references)
    for each in filled if isinstance(filled, list) else ():
        yield Edit(deed=Deed.ADD, id=each["id"], type_name=each["type"], body=each["body"])


def _values(entry: object, estate: Estate) -> list[str]:
    """Return the distinct values at a path in resources of a type, in order."""
    if not isinstance(entry, Mapping):
        return []
    path = parse_path(str(entry["path"]))
    store, arm_type = estate.store, str(entry["type"])
    places = (store.inside(each, arm_type) for each in store.subscriptions())
    found = (read(each.body, path) for each in chain.from_iterable(places))
    return sorted({each for each in found if isinstance(each, str)})


@cache
def _stand_ins() -> Mapping[str, Mapping[str, object]]:
    """Return the stand-ins, by blank."""
    found: dict[str, Mapping[str, object]] = yaml.safe_load(_FILE.read_text("utf-8"))
    return found
