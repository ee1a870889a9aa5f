"""Follows what a configuration says of values that are known only after apply."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from amlaudit.scanners.deployments.terraform.addresses import (
    Reference,
    key_of,
    parent_module,
    parse_reference,
)
from amlaudit.scanners.deployments.terraform.attributes import references_of
from amlaudit.scanners.deployments.terraform.plan import Declaration, Module, Plan

_DEEPEST: Final = 32
"""Modules that a reference may pass through."""
_SAME: Final = frozenset({"each", "count"})
"""Words that tie an expression to the key of the instance that it stands in."""
_TEXTS: Final = frozenset({"client_id", "id", "name", "principal_id", "versionless_id"})
"""Attributes of resources that are texts."""


class References:
    """The references of one plan."""

    def __init__(self, plan: Plan) -> None:
        """Index the plan's resources by the blocks that they come from."""
        self._plan = plan
        self._instances: defaultdict[tuple[str, str], list[Declaration]] = defaultdict(list)
        self._calls: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        self._modules: dict[str, Module] = {"": plan.root}
        for each in plan.declarations:
            self._instances[each.module, each.block].append(each)
        for module in sorted({each.module for each in plan.declarations}):
            self._add_module(module)

    def expressions(self, declaration: Declaration) -> Mapping[str, Any]:
        """Return what the attributes of a resource are written as."""
        found = self.written(declaration).get("expressions")
        return found if isinstance(found, Mapping) else {}

    def written(self, declaration: Declaration) -> Mapping[str, Any]:
        """Return the configuration of a resource, empty where the file does not show it."""
        resources = self._module(declaration.module).resources
        return resources.get(declaration.block, {})

    def sources(self, module: str) -> Iterator[str]:
        """Yield where each module on the way to a module comes from, outermost first."""
        if module:
            parent, call = parent_module(module)
            yield from self.sources(parent)
            yield self._module(parent).sources.get(call, "")

    def targets(
        self, declaration: Declaration, references: Sequence[str]
    ) -> list[tuple[Declaration, str]]:
        """Return the resources that an expression may stand for, each with the attribute meant.

        Args:
            declaration: Where the expression is written.
            references: What it refers to, as the file lists them.
        """
        tied = any(parse_reference(each).kind in _SAME for each in references)
        return self._resolve(declaration.module, references, declaration.index, tied, 0)

    def _resolve(
        self,
        module: str,
        references: Sequence[str],
        key: str | int | None,
        tied: bool,  # noqa: FBT001 - passed on as it is
        depth: int,
    ) -> list[tuple[Declaration, str]]:
        """Return what references in a module lead to."""
        found: dict[tuple[str, str], tuple[Declaration, str]] = {}
        for reference in _most_telling(references) if depth < _DEEPEST else ():
            for target, attribute in self._follow(module, reference, key, tied, depth):
                found.setdefault((target.address, attribute), (target, attribute))
        return list(found.values())

    def _follow(
        self,
        module: str,
        reference: Reference,
        key: str | int | None,
        tied: bool,  # noqa: FBT001 - same
        depth: int,
    ) -> Iterator[tuple[Declaration, str]]:
        """Yield what one reference leads to."""
        if reference.kind in ("resource", "data"):
            instances = self._instances.get((module, reference.block), [])
            for each in _chosen(instances, reference.key, key, tied=tied):
                yield each, reference.attribute
        elif reference.kind == "module":
            calls = self._calls.get((module, reference.block), [])
            output, _, rest = reference.attribute.partition(".")
            for inner in _called(calls, reference.key):
                written = self._module(inner).outputs.get(output)
                expression = written.get("expression") if isinstance(written, Mapping) else None
                names = references_of(expression)
                yield from _with(rest, self._resolve(inner, names, None, False, depth + 1))  # noqa: FBT003 - no key there
        elif reference.kind == "var" and module:
            parent, call = parent_module(module)
            argument = self._module(parent).arguments.get(call, {}).get(reference.block)
            names = references_of(argument)
            if reference.attribute and any(each.startswith("local.") for each in names):
                return  # which part of the argument it is that a plan does not show
            yield from _with(
                reference.attribute,
                self._resolve(parent, names, None, False, depth + 1),  # noqa: FBT003 - same
            )

    def _add_module(self, module: str) -> None:
        """Note a module instance, and those that it stands in."""
        if module in self._modules:
            return
        parent, call = parent_module(module)
        self._add_module(parent)
        self._calls[parent, call].append(module)
        self._modules[module] = self._modules[parent].calls.get(call, Module())

    def _module(self, module: str) -> Module:
        """Return how a module instance is written."""
        return self._modules.get(module, Module())


def _most_telling(references: Sequence[str]) -> Iterator[Reference]:
    """Yield the references that are no beginning of another one: the file lists both."""
    for each in references:
        longer = (f"{each}.", f"{each}[")
        if not any(other.startswith(longer) for other in references):
            yield parse_reference(each)


def _chosen(
    instances: Sequence[Declaration], index: str | None, key: str | int | None, *, tied: bool
) -> Sequence[Declaration]:
    """Return the instances that a reference may mean."""
    if len(instances) <= 1:
        return instances
    if index is not None and index.strip('"') not in ("", "*"):
        wanted = index.strip('"')
        return [each for each in instances if str(each.index) == wanted] or instances
    if tied:
        return [each for each in instances if each.index == key] or instances
    return instances


def _called(calls: Sequence[str], index: str | None) -> Sequence[str]:
    """Return the module instances that a reference may mean."""
    return [each for each in calls if index is None or key_of(each) == index] or calls


def _with(rest: str, found: Sequence[tuple[Declaration, str]]) -> Iterator[tuple[Declaration, str]]:
    """Yield what was found, with a further attribute of it.

    A text has no attributes: what follows is then the key that an object has it under.
    """
    for target, attribute in found:
        is_text = attribute.rpartition(".")[2] in _TEXTS
        further = "" if is_text else rest
        yield target, f"{attribute}.{further}" if attribute and further else attribute or further
