"""Keeps documents as old as they were when they were recorded."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?)?")
_EPOCHS: Final = frozenset({"created", "updated", "exp", "nbf"})
"""Values that Key Vault gives in seconds since 1970."""


def shifted(value: Any, by: timedelta, key: str = "") -> Any:
    """Return a JSON value with every timestamp moved forward by a duration."""
    if isinstance(value, Mapping):
        return {name: shifted(member, by, name) for name, member in value.items()}
    if isinstance(value, list):
        return [shifted(member, by) for member in value]
    if isinstance(value, str) and "T" in value and _TIME.fullmatch(value):
        return (datetime.fromisoformat(value) + by).isoformat()
    if isinstance(value, int) and key in _EPOCHS:
        return value + int(by.total_seconds())
    return value
