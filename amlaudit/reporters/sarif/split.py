"""Assigns results to files: one for all, or one for each scope if there are too many.

GitHub keeps 5,000 results of a run, and would choose which.
https://docs.github.com/en/code-security/code-scanning/troubleshooting-sarif-uploads/results-exceed-limit
"""

import json
import re
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from tempfile import TemporaryFile
from typing import IO, Final
from weakref import finalize

from msgspec import Struct, field

from amlaudit.core import arm_id
from amlaudit.core.relations import WORKSPACE
from amlaudit.core.report import Finding, Report
from amlaudit.core.verdict import Status
from amlaudit.reporters.sarif.options import Profile

MAX_RESULTS: Final = 5000

_LONGEST_SLUG: Final = 60
_PARTS: Final = (1, 2, 4, 8, 16, 32, 64)
"""Possible numbers of files for the results of a subscription."""


class Survey(Struct, frozen=True):
    """The result of one pass over all findings.

    Attributes:
        statuses: The outcomes of each rule, by id.
        alerts: Number of fails that become results, by subscription and by workspace in it; for
            resources in no workspace, by subscription.
    """

    statuses: Mapping[str, set[Status]]
    alerts: Mapping[tuple[str, str], int]

    @classmethod
    def of(cls, report: Report, profile: Profile) -> "Survey":
        """Return the survey of a report."""
        statuses: defaultdict[str, set[Status]] = defaultdict(set)
        alerts: Counter[tuple[str, str]] = Counter()
        for finding in report.findings:
            statuses[finding.rule.id].add(finding.verdict.status)
            if is_alert(finding, profile):
                alerts[_scopes_of(finding.resource.id)] += 1
        return cls(statuses, alerts)

    @property
    def unknown_rules(self) -> int:
        """The number of rules that left something unknown."""
        return sum(Status.UNKNOWN in each for each in self.statuses.values())


def is_alert(finding: Finding, profile: Profile) -> bool:
    """Tell whether a finding is a fail that the profile shows."""
    shown = profile is not Profile.GITHUB or finding.waiver is None
    return finding.verdict.status is Status.FAIL and shown


class Split(Struct, frozen=True):
    """Which scope has a file of its own.

    Attributes:
        parts: Number of files for each subscription; None: one file holds all.
    """

    parts: Mapping[str, int] | None

    @classmethod
    def of(cls, survey: Survey, room: int) -> "Split":
        """Return a split in which each file has room for its results.

        Args:
            survey: The survey of the findings.
            room: Maximum number of alerts in a file.
        """
        if sum(survey.alerts.values()) <= room:
            return cls(None)
        within: defaultdict[str, dict[str, int]] = defaultdict(dict)
        for (subscription, workspace), count in survey.alerts.items():
            within[subscription][workspace] = count
        return cls({scope: _parts_of(alerts, room) for scope, alerts in within.items()})

    def scope_of(self, resource_id: str) -> str:
        """Return the scope whose file includes a resource, empty if one file holds all.

        It is a subscription, or a part of one: some of its workspaces.
        """
        if self.parts is None:
            return ""
        subscription, workspace = _scopes_of(resource_id)
        parts = self.parts.get(subscription, 1)
        if parts == 1:
            return subscription
        return f"{subscription} part {_part_of(workspace, parts) + 1} of {parts}"


def _parts_of(alerts: Mapping[str, int], room: int) -> int:
    """Return the number of files that a subscription needs, as far as more files help.

    Workspaces are assigned by id to one of 1, 2, 4, … files, so that new workspaces and new fails
    do not move others to another file, where GitHub would take their alerts for new ones.
    """
    left_out = {}
    for parts in _PARTS:
        sizes: Counter[int] = Counter()
        for workspace, count in alerts.items():
            sizes[_part_of(workspace, parts)] += count
        left_out[parts] = sum(max(0, size - room) for size in sizes.values())
    return min(left_out, key=lambda parts: (left_out[parts], parts))


def _part_of(workspace: str, parts: int) -> int:
    """Return which of several files a workspace is assigned to."""
    return sha256(workspace.encode("utf-8", "surrogatepass")).digest()[0] % parts


def slug(text: str, key: str) -> str:
    """Return a name for a file or category: a readable text with a unique suffix."""
    readable = re.sub(r"[^a-z0-9]+", "-", text.lower())[:_LONGEST_SLUG].strip("-")
    digest = sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{readable}-{digest}"


def file_suffix(scope: str) -> str:
    """Return the file name suffix of a scope, before the extension."""
    return f"-{slug(arm_id.name_of(scope) or 'tenant', scope)}"


def _scopes_of(resource_id: str) -> tuple[str, str]:
    """Return the ids of a resource's subscription and workspace.

    A resource in no workspace has its subscription instead.
    """
    subscription = arm_id.subscription_of(resource_id)
    return subscription, arm_id.nearest_of_type(resource_id, WORKSPACE) or subscription


class Shelf(Struct, weakref=True):
    """Results stored by scope in a temporary file: a report may have a million.

    Attributes:
        left_out: Number of results for which their scope had no room.
    """

    room: int
    left_out: Counter[str] = field(default_factory=Counter)
    _file: IO[bytes] = field(default_factory=TemporaryFile)
    _ends: "dict[str, array[int]]" = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Close the file when it is no longer needed."""
        finalize(self, self._file.close)

    def has_room(self, scope: str) -> bool:
        """Tell whether a scope has room for one more result; if not, count it as left out."""
        if len(self._ends.get(scope, ())) < self.room * 2:
            return True
        self.left_out[scope] += 1
        return False

    def add(self, scope: str, result: Mapping[str, object]) -> None:
        """Store a result."""
        line = json.dumps(result).encode()
        start = self._file.seek(0, 2)
        self._file.write(line)
        self._ends.setdefault(scope, array("Q")).extend((start, len(line)))

    def scopes(self) -> Iterable[str]:
        """Return the scopes that have results."""
        return self._ends.keys()

    def results(self, scope: str) -> Iterator[dict[str, object]]:
        """Yield the results of a scope, in the order in which they came."""
        ends = self._ends.get(scope, array("Q"))
        for start, length in zip(ends[::2], ends[1::2], strict=True):
            self._file.seek(start)
            result: dict[str, object] = json.loads(self._file.read(length))
            yield result
