"""What programs found in a generated deployment, compared with what is wrong in it.

Usage: python -m benchmarks.findings READER WORKSPACES FILE
"""

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias

from benchmarks.declared import Unit, units

Named: TypeAlias = set[tuple[str, str]]
"""(Name of a resource, id of a check that it fails)."""


class Question(NamedTuple):
    """A question that all of the programs check, each with checks of its own.

    Attributes:
        setting: The setting of a unit that decides it.
        resource: The name of the resource that it is about, with `{}` in place of the unit's name.
        checks: Ids of the checks for it: of amlaudit, of Checkov, of our policies for c7n-left.
    """

    setting: str
    resource: str
    checks: frozenset[str]


def _question(setting: str, resource: str, *checks: str) -> Question:
    """Return a question."""
    return Question(setting, resource, frozenset((*checks, setting)))


QUESTIONS: Final = (
    _question("closed_workspace", "mlw-{}", "AML1201", "CKV_AZURE_144", "CKV2_AZURE_49"),
    _question("closed_account", "st{}", "AML1501", "CKV_AZURE_59"),
    _question("https_only", "st{}", "AML1508", "CKV_AZURE_3"),
    _question("new_tls", "st{}", "AML1509", "CKV_AZURE_44"),
    _question("private_blobs", "st{}", "AML1505", "CKV_AZURE_190", "CKV2_AZURE_47"),
    _question("closed_vault", "kv-{}", "AML1402", "CKV_AZURE_189"),
    _question("purge_protected", "kv-{}", "AML1406", "CKV_AZURE_110"),
    _question("closed_registry", "cr{}", "AML2103", "CKV_AZURE_139"),
    _question("no_admin", "cr{}", "AML2101", "CKV_AZURE_137"),
    _question("scales_to_zero", "cpu-{}", "AML1607", "CKV_AZURE_150"),
    _question("no_local_compute", "cpu-{}", "AML1601", "CKV_AZURE_142"),
)

_OF_MACHINE_LEARNING: Final = "machinelearningservices"
_PREFIXES: Final = {
    "azurerm_storage_account": "st",
    "azurerm_key_vault": "kv-",
    "azurerm_container_registry": "cr",
    "azurerm_application_insights": "appi-",
    "azurerm_machine_learning_workspace": "mlw-",
    "azurerm_machine_learning_compute_cluster": "cpu-",
}


def main(reader: str, size: int, file: Path) -> dict[str, int]:
    """Return the number of findings on Azure ML resources, and of good and bad settings named."""
    named, of_machine_learning = READERS[reader](json.loads(file.read_text("utf-8")))
    found = {"ml": of_machine_learning, "bad": 0, "bad_named": 0, "good": 0, "good_named": 0}
    for unit in units(size):
        for question in QUESTIONS:
            kind = "good" if getattr(unit, question.setting) else "bad"
            found[kind] += 1
            found[f"{kind}_named"] += _names(named, unit, question)
    return found


def _names(named: Named, unit: Unit, question: Question) -> bool:
    """Tell whether a check for a question fails on the resource of a unit."""
    resource = question.resource.format(unit.name)
    return any((resource, check) in named for check in question.checks)


def _of_amlaudit(report: Any) -> tuple[Named, int]:  # noqa: ANN401 - any JSON value
    """Return what amlaudit reports, and how many findings are on Azure ML resources."""
    failed = [each for each in report["findings"] if each["status"] == "fail"]
    named = {(_short(each["resource_id"]), each["rule_id"]) for each in failed}
    return named, sum(_OF_MACHINE_LEARNING in each["resource_id"] for each in failed)


def _short(resource_id: str) -> str:
    """Return the name of a resource; a cluster is named after its workspace."""
    parts = resource_id.split("/")
    return f"cpu-{parts[-3].removeprefix('mlw-')}" if parts[-2] == "computes" else parts[-1]


def _of_checkov(results: Any) -> tuple[Named, int]:  # noqa: ANN401 - same
    """Return what Checkov reports, and how many findings are on Azure ML resources."""
    failed = results["results"]["failed_checks"]
    named = {(_name_in_checkov(each["resource"]), each["check_id"]) for each in failed}
    of_machine_learning = ("Microsoft.MachineLearningServices", "azurerm_machine_learning")
    return named, sum(each["resource"].startswith(of_machine_learning) for each in failed)


def _name_in_checkov(resource: str) -> str:
    """Return the name of a resource: Checkov writes an address, or a type and a name."""
    kind, _, name = resource.rpartition(".")
    if kind in _PREFIXES:
        return _PREFIXES[kind] + name.removeprefix("u")
    return f"cpu-{name.split('/')[0].removeprefix('mlw-')}" if "/" in name else name


def _of_left(results: Any) -> tuple[Named, int]:  # noqa: ANN401 - same
    """Return what c7n-left reports by our policies, and how many are on Azure ML resources."""
    named: Named = set()
    count = 0
    for each in results["results"]:
        kind, name = each["resource"]["__tfmeta"]["path"].split(".")
        named.add((_PREFIXES[kind] + name.removeprefix("u"), each["policy"]["name"]))
        count += kind.startswith("azurerm_machine_learning")
    return named, count


READERS: Final[Mapping[str, Callable[[Any], tuple[Named, int]]]] = {
    "amlaudit": _of_amlaudit,
    "checkov": _of_checkov,
    "left": _of_left,
}


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))))
