"""Machine sizes that people chose for a workspace, and that it pays for."""

from collections.abc import Iterator

from amlaudit.core.relations import COMPUTE
from amlaudit.core.subject import Subject
from amlaudit.readings.several import known_of


def sized(workspace: Subject) -> Iterator[Subject]:
    """Yield what runs on machines of a chosen size.

    These are the clusters and instances of a workspace and its managed online deployments; what is
    attached to it runs on machines of others.

    Raises:
        NoDataError: Not all of them are known.
    """
    yield from known_of([_computes(workspace), _deployments(workspace)])


def size_of(place: Subject) -> str:
    """Return the size of the machines that something runs on, lower case.

    Raises:
        NoDataError: It is not known.
    """
    path = "properties.properties.vmSize" if place.type == COMPUTE else "properties.instanceType"
    return place.text(path)


def _computes(workspace: Subject) -> Iterator[Subject]:
    """Yield the clusters and instances."""
    for compute in workspace.follow("computes"):
        if compute.text("properties.computeType") in ("amlcompute", "computeinstance"):
            yield compute


def _deployments(workspace: Subject) -> Iterator[Subject]:
    """Yield the managed online deployments."""
    for endpoint in workspace.follow("online-endpoints"):
        for deployment in endpoint.follow("online-deployments"):
            if deployment.text("properties.endpointComputeType") == "managed":
                yield deployment
