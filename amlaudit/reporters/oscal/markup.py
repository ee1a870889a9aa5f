"""The building blocks of OSCAL documents: ids, tokens, properties, and texts as it allows them."""

from functools import lru_cache
from typing import Final, TypeAlias
from uuid import NAMESPACE_URL, uuid5

from amlaudit.core.patterns import late_pattern
from amlaudit.core.report import ResourceRef
from amlaudit.reporters.texts import clean, markdown, sentence, shorten

PROJECT: Final = "https://github.com/amlaudit/amlaudit"
"""The namespace of our own properties and ids."""

_IDS: Final = uuid5(NAMESPACE_URL, PROJECT)
_LONGEST: Final = 2_000
"""Maximum number of characters of a text from the cloud."""
_NOT_IN_TOKEN: Final = late_pattern(r"[^A-Za-z0-9._-]")

Fields: TypeAlias = dict[str, object]


def own_property(name: str, value: str) -> Fields:
    """Return a property of our own."""
    return {"name": name, "ns": PROJECT, "value": line_of(value)}


@lru_cache(maxsize=8192)  # one rule after another judges it
def resource_id_of(resource: ResourceRef) -> str:
    """Return the id of a resource in this document."""
    return id_of("resource", resource.id)


def id_of(*parts: str) -> str:
    """Return an id derived from some texts."""
    named = "\x1f".join(parts).encode("utf-8", "replace").decode()
    return str(uuid5(_IDS, named))


def token_of(text: str) -> str:
    """Return a text as an OSCAL token: letters, digits, dots, dashes and underscores."""
    token = _NOT_IN_TOKEN.sub("_", text)
    return token if token[:1].isalpha() else f"_{token}"


def line_of(text: str) -> str:
    """Return a text as an OSCAL string: on one line, not empty."""
    return shorten(clean(text), _LONGEST) or "-"


def markup_of(text: str) -> str:
    """Return a text from the cloud as markup that shows it literally, not empty."""
    return markdown(sentence(line_of(text)))
