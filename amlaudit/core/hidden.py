"""What gaps hide in a document: at a path, beneath it, or among members that it does not show."""

from collections.abc import Mapping

from amlaudit.core.gap import Gap
from amlaudit.core.members import FURTHER
from amlaudit.core.path import Steps, read, spelling_of
from amlaudit.core.resource import Resource


def gap_at(resource: Resource, steps: Steps, *, whole: bool) -> Gap | None:
    """Return the gap in a document that hides what is at a path, None if there is none.

    Args:
        resource: The resource of the document.
        steps: The path from its root.
        whole: All of the value is needed, so that a gap inside it is a gap in it.
    """
    folded = tuple(step.lower() for step in steps)
    for path, gap in resource.gaps:
        if folded[: len(path)] == path or (whole and path[: len(folded)] == folded):
            return gap
        if is_among_further(resource, steps, path):
            return gap
    return None


def is_among_further(resource: Resource, steps: Steps, gap_path: Steps) -> bool:
    """Tell whether a path leads to a further member of an object that a gap stands for.

    Of a list, the position of a further member is not known; see `amlaudit.core.members`.

    Args:
        resource: The resource of the document.
        steps: The path.
        gap_path: The path of the gap, lower case.
    """
    above, depth = gap_path[:-1], len(gap_path) - 1
    if gap_path[-1:] != (FURTHER,) or len(steps) <= depth:
        return False
    lies_there = tuple(step.lower() for step in steps[:depth]) == above
    holder = read(resource.body, steps[:depth]) if lies_there else None
    return isinstance(holder, Mapping) and spelling_of(steps[depth], tuple(holder)) is None
