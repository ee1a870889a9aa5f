"""Refreshes the properties of ARM types from the models of the Azure SDK for Python.

Usage: build_arm_properties.py amlaudit/rulebook/data/arm_properties.json

The models are generated from the published API descriptions, one class per object. A type in the
file names its model (`azure.mgmt.storage.models:StorageAccount`), which must be importable; its
list `properties` is regenerated, everything else is kept: `more` lists what other sources add, by
URL, and types without a model are maintained by hand.
"""

import importlib
import json
import sys
import typing
from collections.abc import Iterator
from pathlib import Path
from types import UnionType
from typing import Any, Final, TypeAlias, Union

Trail: TypeAlias = tuple[type, ...]
"""The models on the path to a value, outermost first."""

_ANYTHING: Final = ".**"
"""Appended to a value that is not described any further: anything may be below it."""


def main(file: Path) -> None:
    """Update the properties of every type that has a model."""
    types = json.loads(file.read_text("utf-8"))
    common = set(types["*"]["properties"])
    for row in types.values():
        if "model" in row:
            module, _, name = row["model"].partition(":")
            paths = _paths_of_model(getattr(importlib.import_module(module), name), ())
            under = row.get("under", "")
            spelled = {under + path for path in paths if "\\" not in path}  # odata\.type
            row["properties"] = sorted(spelled - common)
    file.write_text(json.dumps(types, indent=1, ensure_ascii=False) + "\n", "utf-8")


def _paths_of_model(model: type, trail: Trail) -> Iterator[str]:
    """Yield the paths of the values in a model, including all of its variants."""
    for variant in _variants_of(model):
        for name, annotation in _fields_of(variant).items():
            for path in _paths_of(annotation, (*trail, model)):
                yield name + path


def _paths_of(annotation: Any, trail: Trail) -> Iterator[str]:  # noqa: ANN401 - types are data here
    """Yield what follows the name of a field: nothing, `[]…`, `{}…` or `.name…`."""
    origin, members = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (Union, UnionType):
        for member in members:
            if member is not type(None):
                yield from _paths_of(member, trail)
    elif origin in (list, dict):
        for path in _paths_of(members[-1], trail):
            yield ("[]" if origin is list else "{}") + path
    elif annotation in (Any, object):
        yield _ANYTHING
    elif isinstance(annotation, type) and _fields_of(annotation):
        yield from _paths_below(annotation, trail)
    else:
        yield ""


def _paths_below(model: type, trail: Trail) -> Iterator[str]:
    """Yield what follows the name of a field whose value is an object."""
    if _stands_alone(model) or model in trail:
        yield ".id" if "id" in _fields_of(model) else _ANYTHING
        return
    for path in _paths_of_model(model, trail):
        yield f".{path}"


def _stands_alone(model: type) -> bool:
    """Tell whether a model is a separate resource, which others refer to by its id."""
    bases = (each for each in model.__mro__ if each.__name__ in ("Resource", "TrackedResource"))
    return any("location" in _fields_of(base) for base in bases)


def _variants_of(model: type) -> set[type]:
    """Return a model, or all of its variants if it has a discriminator."""
    found, waiting = {model}, [model]
    if "__mapping__" in vars(model) or vars(model).get("_subtype_map"):
        while waiting:
            below: list[type] = waiting.pop().__subclasses__()
            waiting += below
            found.update(below)
    return found


def _fields_of(model: Any) -> dict[str, Any]:  # noqa: ANN401 - no common type has these attributes
    """Return the type of each field of a model, by its name in documents."""
    module = vars(sys.modules[model.__module__])
    if hasattr(model, "_attribute_map"):
        rows = model._attribute_map.values()  # noqa: SLF001 - there is no public API for this
        named = [row for row in rows if row["key"] and "@" not in row["key"]]
        return {row["key"]: _type_of(row["type"], module) for row in named}
    if not hasattr(model, "_calculated"):
        return {}
    fields = model.__new__(model)._attr_to_rest_field  # noqa: SLF001 - same
    models = importlib.import_module(model.__module__.rpartition(".")[0])
    hints = typing.get_type_hints(model, {**module, "_models": models, "JSON": Any})
    return {field._rest_name: hints[name] for name, field in fields.items()}  # noqa: SLF001 - same


def _type_of(spelled: str, module: dict[str, Any]) -> Any:  # noqa: ANN401 - same
    """Return the type that an older model names: `str`, `[Subnet]`, `{UserAssignedIdentity}`."""
    if spelled == "object":
        return Any
    if spelled[0] not in "[{":
        return module.get(spelled, str)
    member = _type_of(spelled[1:-1], module)
    return list[member] if spelled[0] == "[" else dict[str, member]  # type: ignore[valid-type]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
