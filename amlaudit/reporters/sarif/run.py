"""The SARIF run: the tool with its rules, the identity of the run, and what it leaves open."""

from collections.abc import Iterator, Sequence
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from msgspec import Struct

from amlaudit.core.collection import Collection
from amlaudit.core.report import Report
from amlaudit.core.rule import Rule
from amlaudit.reporters.encoding import given, pieces, utc
from amlaudit.reporters.header import header, outcome
from amlaudit.reporters.sarif.notices import Fields, descriptors, invocation, notifications
from amlaudit.reporters.sarif.options import Profile, SarifOptions
from amlaudit.reporters.sarif.places import WHY, Places
from amlaudit.reporters.sarif.regions import ROOT
from amlaudit.reporters.sarif.results import Results
from amlaudit.reporters.sarif.rules import descriptor
from amlaudit.reporters.sarif.split import file_suffix, slug
from amlaudit.reporters.sarif.taxonomies import relationships, taxonomies

_SCHEMA: Final = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_PROJECT: Final = "https://github.com/amlaudit/amlaudit"

_PIPELINE: Final = "azuredevops/pipeline/build/"
"""Prefix of the run id, and of its property names, for Azure DevOps.

https://github.com/microsoft/sarif-sdk, rules GHAzDO1019 and GHAzDO1020
"""
_NO_DEFINITION: Final = "-1"

_MAX_EXTENSIONS: Final = 100
"""Maximum per run on GitHub; the header of the run names all packs."""


class Run(Struct, frozen=True):
    """What the files of a report have in common.

    Attributes:
        report: The report.
        options: The SARIF options.
        places: Locations of results.
        rules: The rules that results refer to.
        tool: The tool with these rules.
        notices: What keeps the results from being the whole truth.
    """

    report: Report
    options: SarifOptions
    places: Places
    rules: Sequence[Rule]
    tool: Fields
    notices: Sequence[Fields]

    @classmethod
    def of(cls, report: Report, options: SarifOptions, rules: Sequence[Rule]) -> "Run":
        """Return what the files of a report have in common, given its rules."""
        tool = _tool(report, rules, related=options.profile is not Profile.GITHUB)
        places = Places.of(report, options)
        return cls(report, options, places, rules, tool, tuple(notifications(report)))

    def results(self) -> Results:
        """Return the converter from findings to results."""
        indices = {rule.id: index for index, rule in enumerate(self.rules)}
        return Results.of(self.report, self.options, self.places, indices)

    def document(
        self, results: Iterator[dict[str, object]], scope: str, left_out: int
    ) -> Iterator[str]:
        """Yield one file: a run with its results.

        Args:
            results: The results.
            scope: The scope that it covers, empty for everything.
            left_out: Number of fails that did not fit.
        """
        report, profile = self.report, self.options.profile
        run = {
            "tool": self.tool,
            "automationDetails": _run_id(report, self.options, scope),
            **({} if profile is Profile.GITHUB else _baseline(report)),
            "invocations": [invocation(report, self.notices, left_out)],
            **({} if profile is Profile.GITHUB else {"taxonomies": taxonomies(self.rules)}),
            "originalUriBaseIds": {
                ROOT: {"description": {"text": f"The repository that holds {self.options.config}."}}
            },
            "columnKind": "unicodeCodePoints",
            "results": results,
            "properties": {
                "locations": WHY,
                **given(part=scope),
                "header": header(report),
                **outcome(report),
            },
        }
        return pieces({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, depth=6)


def _tool(report: Report, rules: Sequence[Rule], *, related: bool) -> dict[str, object]:
    """Return the tool with every rule used, and the packs as its extensions."""
    return {
        "driver": {
            "name": "amlaudit",
            "fullName": f"amlaudit {report.version}",
            "version": report.version,
            "semanticVersion": report.version,
            "informationUri": _PROJECT,
            "rules": [
                {
                    **descriptor(each),
                    **given(relationships=relationships(each) or None if related else None),
                }
                for each in rules
            ],
            "notifications": descriptors(),
        },
        "extensions": [
            {
                "name": pack.name,
                **given(version=pack.version),
                "properties": {"sha256": pack.sha256},
            }
            for pack in report.packs[:_MAX_EXTENSIONS]
        ],
    }


def _run_id(report: Report, options: SarifOptions, scope: str) -> dict[str, object]:
    """Return the id of the run; services compare runs by everything before its last slash."""
    category = options.category or f"amlaudit/{_category_of(report.collection)}"
    if scope:
        category += file_suffix(scope).replace("-", "/", 1)
    if options.profile is not Profile.AZURE_DEVOPS:
        return {"id": f"{category}/{utc(report.at)}"}
    # Outside a pipeline it is unknown: the service accepts -1 as the definition.
    phase_id = uuid5(NAMESPACE_URL, category)
    elsewhere = f"amlaudit/amlaudit/{_NO_DEFINITION}/{phase_id}/{category}/{utc(report.at)}"
    identity = options.pipeline or elsewhere
    definition, phase = identity.split("/")[2:4]
    return {
        "id": f"{_PIPELINE}{identity}",
        "properties": {
            f"{_PIPELINE}buildDefinitionId": definition,
            f"{_PIPELINE}buildDefinitionName": options.definition_name,
            f"{_PIPELINE}phaseId": phase,
            f"{_PIPELINE}phaseName": options.phase_name,
        },
    }


def _baseline(report: Report) -> dict[str, object]:
    """Return the id of the run that this one is compared with."""
    if report.baseline is None:
        return {}
    compared = f"{report.baseline.name} {utc(report.baseline.made_for)}"
    return {"baselineGuid": str(uuid5(NAMESPACE_URL, compared))}


def _category_of(collection: Collection) -> str:
    """Return a name for what was judged, independent of spelling and order."""
    scope = collection.scope
    asked = {
        "tenant": (scope.tenant,) if scope.tenant else (),
        "management-group": scope.management_groups,
        "subscription": scope.subscriptions,
        "resource-group": scope.resource_groups,
        "workspace": scope.workspaces,
        "without": scope.excluded,
    }
    words = ["deployment"] if collection.is_deployment else []
    words += (
        f"{kind} {name}" for kind, names in asked.items() for name in sorted(map(str.lower, names))
    )
    return slug(" ".join(words), "\n".join(words)) if words else "everything"
