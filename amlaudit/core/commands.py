"""The commands that fix a fail, with the resource's own names filled in."""

import re
from collections.abc import Mapping
from shlex import quote
from typing import Final

from amlaudit.core.arm_id import (
    name_of,
    nearest_of_type,
    parent_of,
    resource_group_of,
    type_of,
)
from amlaudit.core.patterns import late_pattern
from amlaudit.core.relations import BATCH_ENDPOINT, ONLINE_ENDPOINT, WORKSPACE
from amlaudit.core.report import Finding

_ENDPOINTS: Final = frozenset({ONLINE_ENDPOINT, BATCH_ENDPOINT})
_PLACEHOLDER: Final = late_pattern(r"\{(name|group|id)\}")
_PART: Final = late_pattern(
    r"""(?P<comment>(?:^|(?<=\s))\#.*)
    | (?P<option>--(?:workspace|endpoint)-name)(?P<space>\s+)<(?:workspace|endpoint)>
    | (?P<mark>["'])(?:(?<=')[^']*|(?<=")(?:[^"\\]|\\.)*)(?P=mark)
    | \{(?:name|group|id)\}""",
    re.VERBOSE | re.MULTILINE,
)
"""What is read as one in a command: a comment, an option with a blank that the id of the resource
may fill, a quotation, or a placeholder outside of all."""


def command_of(finding: Finding) -> str:
    """Return the commands that fix a fail, for a POSIX shell.

    Blanks remain, except for the workspace and the endpoint that the resource is a part of.
    """
    resource_id = finding.resource.id
    parent = parent_of(resource_id)
    names = {
        "name": name_of(resource_id),
        "group": name_of(resource_group_of(resource_id)),
        "id": resource_id,
        "--workspace-name": name_of(nearest_of_type(parent, WORKSPACE)),
        "--endpoint-name": name_of(parent) if type_of(parent) in _ENDPOINTS else "",
    }
    return _PART.sub(lambda part: _filled(part, names), finding.rule.fix.command)


def _filled(part: re.Match[str], names: Mapping[str, str]) -> str:
    """Return a part of a command with the names filled in; a comment remains as it is."""
    if part["comment"]:
        return part[0]
    if option := part["option"]:
        return f"{option}{part['space']}{quote(names[option])}" if names[option] else part[0]
    mark = part["mark"] or ""
    return _PLACEHOLDER.sub(lambda found: _quoted(names[found[1]], mark), part[0])


def _quoted(name: str, mark: str) -> str:
    """Return a name for a shell, within a quotation unless the mark is empty.

    People paste this into a shell, and a name may come from a hostile estate. A quotation ends
    before a name that needs quotes of its own, and goes on after it.
    """
    own = quote(name)
    return name if own == name else f"{mark}{own}{mark}"
