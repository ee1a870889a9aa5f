"""Templates and parameters linked from others, found by their relative locations.

https://learn.microsoft.com/azure/azure-resource-manager/templates/linked-templates
"""

from collections.abc import Mapping
from posixpath import dirname, join, normpath
from typing import Final
from urllib.parse import unquote, urlsplit

from amlaudit.scanners.deployments.templates.pending import (
    Tentative,
    is_blank,
    spelled,
    tentative,
)
from amlaudit.scanners.deployments.templates.spelling import respelled

_HERE: Final = "https://folder-of-the-template.invalid/"
"""A placeholder for the address of the main template's folder at deployment."""


def location(file: str) -> Tentative:
    """Return a template's address, which is known only relative to the others.

    Args:
        file: Its path, relative to the main template's; empty: the main template.
    """
    why = "the location of the template is only known at deployment"
    return tentative(f"{_HERE}{file or 'template.json'}", why, solid=True)


def path_of(link: object, file: str) -> str:
    """Return the path that a link leads to, relative to the main template; empty: elsewhere.

    Args:
        link: An evaluated `templateLink` or `parametersLink`: with a `relativePath`, or with a
            `uri` built from the address of the template that contains it.
        file: Path of that template.
    """
    if not isinstance(link, Mapping):
        return ""
    written = respelled(link)
    relative, address = written.get("relativePath"), written.get("uri")
    if isinstance(relative, str):
        return normpath(join(dirname(file), relative))
    if isinstance(address, Tentative) and address.text.startswith(_HERE):
        return normpath(unquote(urlsplit(address.text).path).lstrip("/"))
    return ""


def problem_of(link: object) -> str:
    """Return the location of a file that is not here, without any part that may be a token.

    Args:
        link: See `path_of`.
    """
    found = respelled(link) if isinstance(link, Mapping) else {}
    where = next((found[key] for key in ("relativePath", "uri", "id") if key in found), None)
    if is_blank(where):
        return f"is not available: {where.gap.detail}"
    text = spelled(where or "").removeprefix(_HERE).partition("?")[0]
    return f"is not available: it is at {text}" if text else "is not available"
