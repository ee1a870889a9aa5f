"""Computes of a workspace: what each of them is."""

from typing import Final

from amlaudit.core.subject import Subject
from amlaudit.readings.enumerations import one_of

# https://learn.microsoft.com/azure/templates/microsoft.machinelearningservices/workspaces/computes
_KINDS: Final = (
    "aks",
    "amlcompute",
    "computeinstance",
    "databricks",
    "datafactory",
    "datalakeanalytics",
    "hdinsight",
    "kubernetes",
    "synapsespark",
    "virtualmachine",
)


def kind_of_compute(compute: Subject) -> str:
    """Return what a compute is, lower case: `amlcompute` is a cluster.

    Raises:
        NoDataError: It is not known, or of a kind that nobody knows.
    """
    return one_of(compute, "properties.computeType", _KINDS)
