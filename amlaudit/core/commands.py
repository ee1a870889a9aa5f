"""The commands that fix a fail, with the resource's own names filled in."""

import re
from collections.abc import Mapping
from shlex import quote
from typing import Final

from amlaudit.core.arm_id import name_of, resource_group_of
from amlaudit.core.patterns import late_pattern
from amlaudit.core.report import Finding

_PLACEHOLDER: Final = late_pattern(r"\{(name|group|id)\}")
_PART: Final = late_pattern(
    r"""(?P<comment>(?:^|(?<=\s))\#.*)
    | (?P<mark>["'])(?:(?<=')[^']*|(?<=")(?:[^"\\]|\\.)*)(?P=mark)
    | \{(?:name|group|id)\}""",
    re.VERBOSE | re.MULTILINE,
)
"""What is read as one in a command: a comment, a quotation, or a placeholder outside of both."""


def command_of(finding: Finding) -> str:
    """Return the commands that fix a fail, for a POSIX shell."""
    resource_id = finding.resource.id
    names = {
        "name": name_of(resource_id),
        "group": name_of(resource_group_of(resource_id)),
        "id": resource_id,
    }
    return _PART.sub(lambda part: _filled(part, names), finding.rule.fix.command)


def _filled(part: re.Match[str], names: Mapping[str, str]) -> str:
    """Return a part of a command with the names filled in; a comment remains as it is."""
    if part["comment"]:
        return part[0]
    mark = part["mark"] or ""
    return _PLACEHOLDER.sub(lambda found: _quoted(names[found[1]], mark), part[0])


def _quoted(name: str, mark: str) -> str:
    """Return a name for a shell, within a quotation unless the mark is empty.

    People paste this into a shell, and a name may come from a hostile estate. A quotation ends
    before a name that needs quotes of its own, and goes on after it.
    """
    own = quote(name)
    return name if own == name else f"{mark}{own}{mark}"
