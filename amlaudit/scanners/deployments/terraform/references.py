"""Resolves references in a configuration for values that are known only after apply."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, Final, NamedTuple

from amlaudit.scanners.deployments.terraform.addresses import (
    Reference,
    key_of,
    parent_module,
    parse_reference,
)
from amlaudit.scanners.deployments.terraform.plan import (
    Declaration,
    Module,
    ModuleCall,
    Plan,
    references_of,
)
from amlaudit.scanners.files.json_values import object_of

_UNWRITTEN: Final = ModuleCall()
"""A call of a module whose configuration is not shown."""
_DEEPEST: Final = 32
"""Maximum number of modules that a reference passes through."""
_KEYS: Final = frozenset({"each.key", "count.index"})
"""Expressions for the key of the instance that they are in."""
_EACH: Final = "each.value"
_TEXTS: Final = frozenset({"client_id", "id", "name", "principal_id", "versionless_id"})
"""Resource attributes that are strings."""


class Target(NamedTuple):
    """The target of a reference.

    Attributes:
        declaration: The resource or data source.
        attribute: The attribute referred to, without keys; empty: all.
        is_part: It is one value of an object, and another value may be meant.
    """

    declaration: Declaration
    attribute: str
    is_part: bool = False

    @property
    def spelled(self) -> str:
        """The target in readable form."""
        return f"{self.declaration.address}.{self.attribute}".rstrip(".")


class Lost(NamedTuple):
    """A reference whose target a plan does not show.

    Attributes:
        spelled: As it is written: `local.account_id`.
    """

    spelled: str


class _Spot(NamedTuple):
    """The position of an expression.

    Attributes:
        module: Address of the module instance.
        key: Key of the block's instance, as text; empty for one without, and in outputs.
        loop: What the block's `for_each` refers to.
    """

    module: str
    key: str = ""
    loop: Sequence[str] = ()


class _Part(NamedTuple):
    """The part of an expression's value that is meant; empty: all of it.

    Attributes:
        attribute: An attribute, without keys.
        key: The key of the instance that has it, None if no key determines it.
    """

    attribute: str = ""
    key: str | None = None

    def of(self, attribute: str, key: str | None) -> "_Part":
        """Return what is meant where the part belongs to what a reference names.

        Args:
            attribute: The attribute named by the reference, empty for all.
            key: The key in the reference.
        """
        both = f"{attribute}.{self.attribute}".strip(".")
        return _Part(both, self.key if key is None and not attribute else key)


_ALL: Final = _Part()


class References:
    """The references of one plan."""

    def __init__(self, plan: Plan) -> None:
        """Index the plan's resources by their blocks."""
        self._plan = plan
        self._instances: defaultdict[tuple[str, str], list[Declaration]] = defaultdict(list)
        self._module_instances: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        self._modules: dict[str, Module] = {"": plan.root}
        self._resolved: dict[object, Sequence[Target | Lost]] = {}
        for each in plan.declarations:
            self._instances[each.module, each.block].append(each)
        for module in sorted({each.module for each in plan.declarations}):
            self._add_module(module)

    def expressions(self, declaration: Declaration) -> Mapping[str, Any]:
        """Return the expressions of a resource's attributes."""
        return object_of(self.written(declaration).get("expressions"))

    def written(self, declaration: Declaration) -> Mapping[str, Any]:
        """Return the configuration of a resource, empty if the file does not show it."""
        resources = self._module(declaration.module).resources
        return resources.get(declaration.block, {})

    def sources(self, module: str) -> Iterator[str]:
        """Yield the source of each module on the path to a module, outermost first."""
        if module:
            parent, _ = parent_module(module)
            yield from self.sources(parent)
            yield self._call_of(module).source

    def targets(
        self, declaration: Declaration, references: Sequence[str]
    ) -> Sequence[Target | Lost]:
        """Return an expression's possible targets, and the references that the plan does not show.

        Args:
            declaration: The declaration that contains the expression.
            references: What it refers to, as listed in the file.
        """
        key = "" if declaration.index is None else str(declaration.index)
        loop = references_of(self.written(declaration).get("for_each_expression"))
        return self._resolve(_Spot(declaration.module, key, loop), references, _ALL, 0)

    def only_target(self, declaration: Declaration, references: Sequence[str]) -> Target | None:
        """Return the target of an expression that refers to nothing else, None if there is none.

        Modules pass it on; see `targets` for the arguments.
        """
        key = "" if declaration.index is None else str(declaration.index)
        match self.targets(declaration, references):
            case [Target() as target] if self._is_single(
                _Spot(declaration.module, key), references
            ):
                return target
            case _:
                return None

    def _is_single(self, spot: _Spot, references: Sequence[str], depth: int = 0) -> bool:
        """Tell whether references, and those that modules pass on, are one each."""
        match list(_most_telling(references)):
            case [Reference(kind="resource" | "data")]:
                return True
            case [Reference(kind="var") as each] if spot.module and depth < _DEEPEST:
                outer = _Spot(parent_module(spot.module)[0])
                argument = self._call_of(spot.module).arguments.get(each.block)
                return self._is_single(outer, references_of(argument), depth + 1)
            case _:
                return False

    def _resolve(
        self, spot: _Spot, references: Sequence[str], part: _Part, depth: int
    ) -> Sequence[Target | Lost]:
        """Return the targets of a part of what references lead to."""
        lost = [Lost(each) for each in references[:1]]
        asked = (spot.module, spot.key, tuple(spot.loop), tuple(references), part)
        if depth > _DEEPEST or asked in self._resolved:
            return self._resolved.get(asked, lost)
        self._resolved[asked] = lost  # for circular references
        most_telling = list(_most_telling(references))
        tied = self._is_tied(spot, most_telling)
        found = (self._follow(spot, each, part, tied, depth) for each in most_telling)
        by_name = {each.spelled: each for each in chain.from_iterable(found)}
        self._resolved[asked] = list(by_name.values())
        return self._resolved[asked]

    def _follow(
        self,
        spot: _Spot,
        reference: Reference,
        part: _Part,
        tied: bool,  # noqa: FBT001 - passed on as it is
        depth: int,
    ) -> Iterator[Target | Lost]:
        """Yield the targets of one reference; none: the value is known, or does not exist."""
        meant = part.of(reference.attribute, reference.key)
        match reference.kind:
            case "resource" | "data":
                instances = self._instances.get((spot.module, reference.block), [])
                for each in _chosen(instances, meant.key, spot.key if tied else None):
                    yield _target(each, reference.attribute, part.attribute)
            case "module":
                output, _, rest = meant.attribute.partition(".")
                is_output = "." not in reference.attribute and bool(reference.attribute)
                wanted = _Part(rest, reference.inner or (part.key if is_output else None))
                for module in self._called(spot, reference.block, meant.key, tied=tied):
                    yield from self._output(module, output, wanted, depth)
            case "var" if spot.module:
                yield from self._argument(spot, reference.block, meant, depth)
            case "each" if reference.block == _EACH:
                alone = spot._replace(loop=())
                yield from self._resolve(alone, [*spot.loop, "each.key"], meant, depth + 1)
            case "local":
                yield Lost(reference.block)
            case _:
                pass

    def _output(self, module: str, name: str, part: _Part, depth: int) -> Sequence[Target | Lost]:
        """Return the targets of a part of a module instance's output."""
        written = self._module(module).outputs.get(name)
        if not isinstance(written, Mapping):  # with a computed key, its name is not given
            return [Lost(f"module.{parent_module(module)[1]}")]
        return self._resolve(
            _Spot(module), references_of(written.get("expression")), part, depth + 1
        )

    def _argument(self, spot: _Spot, name: str, part: _Part, depth: int) -> Sequence[Target | Lost]:
        """Return the targets of a part of a module's variable."""
        call = self._call_of(spot.module)
        parent, _ = parent_module(spot.module)
        key = (key_of(spot.module) or "").strip('"')
        outer = _Spot(parent, key, call.loop)
        return self._resolve(outer, references_of(call.arguments.get(name)), part, depth + 1)

    def _called(self, spot: _Spot, call: str, key: str | None, *, tied: bool) -> Sequence[str]:
        """Return the module instances that a reference with a key may refer to."""
        instances = self._module_instances.get((spot.module, call), [])
        if not instances:
            return self._without_resources(spot.module, call)
        own_key = spot.key if tied else ""
        wanted = (own_key if key is None else key).strip('"')
        if not wanted:
            return instances
        return [
            each for each in instances if (key_of(each) or "").strip('"') == wanted
        ] or instances

    def _without_resources(self, module: str, call: str) -> Sequence[str]:
        """Return the instance of a module that only passes values on; a plan does not list it."""
        written = self._module(module).calls.get(call)
        if written is None or written.module.has_resources():
            return []  # none is created
        inner = f"{module}.module.{call}".lstrip(".")
        self._modules.setdefault(inner, written.module)
        return [inner]

    def _is_tied(self, spot: _Spot, references: Sequence[Reference]) -> bool:
        """Tell whether an expression surely takes the instance that has its own instance's key.

        It may map the key through something else first, such as a map from keys to keys.
        """
        names = {each.block for each in references}
        if not names & _KEYS and not (_EACH in names and self._loops_over_names(spot)):
            return False
        return not any(self._may_be_map(spot, each) for each in references)

    def _loops_over_names(self, spot: _Spot) -> bool:
        """Tell whether the block iterates over values that are their own keys."""
        given = [self._plan.variables.get(each.removeprefix("var.")) for each in spot.loop]
        return not spot.module and bool(given) and all(isinstance(each, list) for each in given)

    def _may_be_map(self, spot: _Spot, reference: Reference) -> bool:
        """Tell whether something other than a resource may map one key to another."""
        if reference.kind == "each":
            of_names = not reference.attribute and self._loops_over_names(spot)
            return reference.block == _EACH and not of_names
        if reference.kind != "var":
            return reference.kind == "local"
        if not spot.module:
            return isinstance(self._plan.variables.get(reference.block), dict | list)
        argument = self._call_of(spot.module).arguments.get(reference.block, {})
        if "constant_value" in argument:
            return isinstance(argument["constant_value"], dict | list)
        references = map(parse_reference, references_of(argument))
        outer = _Spot(parent_module(spot.module)[0])
        return any(each.kind != "var" or self._may_be_map(outer, each) for each in references)

    def _add_module(self, module: str) -> None:
        """Record a module instance, and those that contain it."""
        if module in self._modules:
            return
        parent, call = parent_module(module)
        self._add_module(parent)
        self._module_instances[parent, call].append(module)
        self._modules[module] = self._call_of(module).module

    def _module(self, module: str) -> Module:
        """Return the configuration of a module instance."""
        return self._modules.get(module, _UNWRITTEN.module)

    def _call_of(self, module: str) -> ModuleCall:
        """Return the call that a module instance comes from."""
        parent, call = parent_module(module)
        return self._module(parent).calls.get(call, _UNWRITTEN)


def _most_telling(references: Sequence[str]) -> Iterator[Reference]:
    """Yield the references that are not a prefix of another one: the file lists both."""
    for each in references:
        longer = (f"{each}.", f"{each}[")
        if not any(other.startswith(longer) for other in references):
            yield parse_reference(each)


def _chosen(
    instances: Sequence[Declaration], index: str | None, key: str | None
) -> Sequence[Declaration]:
    """Return the instances that a reference may refer to.

    Args:
        instances: All instances of the block.
        index: The key as written.
        key: The key of the referring instance, None if it is irrelevant.
    """
    wanted = (index or "").strip('"*') or key
    if len(instances) <= 1 or wanted is None:
        return instances
    return [each for each in instances if str(each.index) == wanted] or instances


def _target(declaration: Declaration, attribute: str, rest: str) -> Target:
    """Return the target of a reference, extended by a further attribute.

    A string has no attributes: what follows is then the key under which an object holds it.
    """
    is_text = attribute.rpartition(".")[2] in _TEXTS
    both = attribute if is_text else f"{attribute}.{rest}".strip(".")
    return Target(declaration, both, is_part=is_text and bool(rest))
