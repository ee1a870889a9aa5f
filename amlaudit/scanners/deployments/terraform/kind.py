"""Terraform plans and states, as printed by `terraform show -json`."""

from collections.abc import Iterator

from amlaudit.core.place import Written
from amlaudit.scanners.deployments.creators import requested_in
from amlaudit.scanners.deployments.terraform.assemble import Assembly
from amlaudit.scanners.deployments.terraform.places import Places
from amlaudit.scanners.deployments.terraform.plan import plans_in, recognise
from amlaudit.scanners.files.found import Found
from amlaudit.scanners.files.input import Input

__all__ = ["contents", "recognise"]


def contents(file: Input) -> Iterator[Found]:
    """Yield the resources of a plan or state as they are once it is applied."""
    places = Places(file)
    for plan in plans_in(file.value):
        assembly = Assembly(plan, file.home, places.names)
        assembly.assemble()
        yield from (Found(gone=resource_id) for resource_id in assembly.gone)
        yield from (Found(gap=gap) for gap in assembly.gaps)
        yield from assembly.changed
        yield from assembly.unseen()
        yield from requested_in(assembly.entries)
        for entry in assembly.entries.values():
            written = places.of(entry.declaration, assembly.references, plan.name)
            yield assembly.found(entry, written if entry.is_whole else Written(written.place))
