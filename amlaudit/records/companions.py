"""Companions read back from what `amlaudit.reporters.fields` wrote of them."""

from collections.abc import Mapping
from typing import Any

from amlaudit.core.companions import Companion, Deed
from amlaudit.core.relations import RELATIONS


def companion_of(fields: Mapping[str, Any]) -> Companion:
    """Return what has to be otherwise beside a resource.

    Raises:
        KeyError: It is something else; so are TypeError, ValueError and AttributeError.
    """
    texts = {name: str(fields.get(name, "")) for name in _TEXTS}
    return Companion(
        deed=Deed(fields["deed"]),
        **texts,
        via=tuple(each for each in fields.get("via", ()) if RELATIONS[each] is not None),
        body=dict(fields.get("body", {}).items()),
        joined=dict(fields.get("joined", {}).items()),
        along=tuple(companion_of(each) for each in fields.get("along", ())),
    )


_TEXTS = ("type_name", "api_version", "name", "under", "via_version", "member")
