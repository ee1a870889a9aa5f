"""The commands that fix a fail, with the resource's own names filled in."""

from shlex import quote
from typing import Final

from amlaudit.core.arm_id import name_of, resource_group_of
from amlaudit.core.patterns import late_pattern
from amlaudit.core.report import Finding

_PLACEHOLDER: Final = late_pattern(r"\{(name|group|id)\}")


def command_of(finding: Finding) -> str:
    """Return the commands that fix a fail, for a POSIX shell."""
    resource_id = finding.resource.id
    names = {
        "name": name_of(resource_id),
        "group": name_of(resource_group_of(resource_id)),
        "id": resource_id,
    }
    # Quoted, because people paste this into a shell and a name may come from a hostile estate.
    return _PLACEHOLDER.sub(lambda match: quote(names[match[1]]), finding.rule.fix.command)
