"""Machine sizes that people chose for a workspace, and that it pays for."""

from collections.abc import Iterator

from amlaudit.core.subject import Subject
from amlaudit.readings.together import together


def sized(workspace: Subject) -> Iterator[tuple[Subject, str]]:
    """Yield what runs on machines of a chosen size, and the size, lower case.

    These are the clusters and instances of a workspace and its managed online deployments; what is
    attached to it runs on machines of others.

    Raises:
        NoDataError: Not all of them are known, or not the size of one.
    """
    yield from together(_computes(workspace), _deployments(workspace))


def _computes(workspace: Subject) -> Iterator[tuple[Subject, str]]:
    """Yield the clusters and instances."""
    for compute in workspace.follow("computes"):
        if compute.text("properties.computeType") in ("amlcompute", "computeinstance"):
            yield compute, compute.text("properties.properties.vmSize")


def _deployments(workspace: Subject) -> Iterator[tuple[Subject, str]]:
    """Yield the managed online deployments."""
    for endpoint in workspace.follow("online-endpoints"):
        for deployment in endpoint.follow("online-deployments"):
            if deployment.text("properties.endpointComputeType") == "managed":
                yield deployment, deployment.text("properties.instanceType")
