"""The kinds of computes in a workspace."""

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

WITH_GPU: Final = ("standard_nc", "standard_nd", "standard_ng", "standard_nv")
"""How the names of VM sizes with GPUs begin, lower case."""


def kind_of_compute(compute: Subject) -> str:
    """Return the kind of a compute, lower case: `amlcompute` is a cluster.

    Raises:
        NoDataError: It is not known, or not one of the known kinds.
    """
    return one_of(compute, "properties.computeType", _KINDS)
