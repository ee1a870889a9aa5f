"""How the JSON based reports spell documents and moments."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime


def spell(document: Mapping[str, object]) -> str:
    """Return a document as JSON text that every parser and every UTF-8 encoder takes.

    A lone surrogate has no UTF-8 form and becomes U+FFFD; two that make a pair become the character
    they stand for.
    """
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=2)
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace") + "\n"


def utc(moment: datetime) -> str:
    """Return a moment in ISO 8601, in UTC with a `Z`."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def given(**optional: object) -> dict[str, object]:
    """Return the keys that have a value: a report leaves out what it has not, it holds no null."""
    return {key: value for key, value in optional.items() if value not in (None, "")}
