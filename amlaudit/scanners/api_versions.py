"""API versions that a cloud does not offer: sovereign clouds lag behind the public one."""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qs, urlsplit

from amlaudit.core.patterns import late_pattern

_REFUSALS: Final = frozenset({"noregisteredproviderfound", "invalidapiversionparameter"})
_OFFERED = late_pattern(r"supported api-versions are '([^']*)'", re.IGNORECASE)
_STABLE = late_pattern(r"\d{4}-\d{2}-\d{2}")


def older_version(asked: str, body: object) -> str | None:
    """Return the version to use instead of one that is not offered, None if there is none.

    It is the newest stable version offered that is not newer than the requested one. A preview is
    requested for what it alone shows, so no other version can replace it.

    Args:
        asked: The requested version.
        body: The JSON value of an answer of 400.
    """
    error = body.get("error") if isinstance(body, Mapping) else None
    if asked.endswith("-preview") or not isinstance(error, Mapping):
        return None
    if str(error.get("code")).lower() not in _REFUSALS:
        return None
    found = _OFFERED.search(str(error.get("message")))
    offered = (each.strip() for each in found[1].split(",")) if found else ()
    # Dates of this form sort as strings; a preview is older than the version of its day.
    older = [each for each in offered if _STABLE.fullmatch(each) and each < asked]
    return max(older, default=None)


def version_of(url: str) -> str:
    """Return the API version in an address, empty if there is none."""
    return parse_qs(urlsplit(url).query).get("api-version", [""])[0]
