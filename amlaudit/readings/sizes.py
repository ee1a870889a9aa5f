"""Machine sizes that people chose for a workspace, and that it pays for."""

from collections.abc import Iterator
from itertools import chain

from amlaudit.core.subject import Subject


def sized(workspace: Subject) -> Iterator[tuple[Subject, str]]:
    """Yield what runs on machines of a chosen size, and the size, lower case.

    These are the clusters and instances of a workspace and its managed online deployments; what is
    attached to it runs on machines of others.

    Raises:
        NoDataError: Not all of them are known, or not the size of one.
    """
    for compute in workspace.follow("computes"):
        if compute.text("properties.computeType") in ("amlcompute", "computeinstance"):
            yield compute, compute.text("properties.properties.vmSize")
    endpoints = workspace.follow("online-endpoints")
    for deployment in chain.from_iterable(each.follow("online-deployments") for each in endpoints):
        if deployment.text("properties.endpointComputeType") == "managed":
            yield deployment, deployment.text("properties.instanceType")
