"""Builds the list of properties of ARM types from the models of the Azure SDK for Python.

Usage: build_arm_properties.py TYPES.json OUTPUT.json

The models are generated from the published API descriptions, one class for each object. TYPES.json
names, by ARM type, the model (`azure.mgmt.storage.models:StorageAccount`), the API version, the
sources, and paths that the model lacks (`more`); the packages that it names must be importable.
"""

import importlib
import json
import sys
import typing
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import UnionType
from typing import Any, Final, Union

Trail: typing.TypeAlias = tuple[type, ...]
"""The models passed through on the way to a value, outermost first."""

_ANYTHING: Final = "**"


def main(table: Path, target: Path) -> None:
    """Write the properties of every type of the table."""
    document = {}
    for arm_type, row in sorted(json.loads(table.read_text("utf-8")).items()):
        found = set(row.get("more", ()))
        if "model" in row:
            module, _, name = row["model"].partition(":")
            model = getattr(importlib.import_module(module), name)
            found |= {row.get("under", "") + path for path in _paths_of_model(model, ())}
        document[arm_type] = {
            "api_version": row["api_version"],
            "sources": row["sources"],
            "properties": sorted(found),
        }
    target.write_text(json.dumps(document, indent=0, ensure_ascii=False) + "\n", "utf-8")


def _paths_of_model(model: type, trail: Trail) -> Iterator[str]:
    """Yield the paths of the values of a model, of any of its variants."""
    for variant in _variants_of(model):
        for name, annotation in _fields_of(variant).items():
            for path in _paths_of(annotation, (*trail, model), variant):
                yield name + path


def _paths_of(annotation: Any, trail: Trail, owner: type) -> Iterator[str]:  # noqa: ANN401
    """Yield what follows the name of a field: nothing, `[]…`, `{}…` or `.name…`."""
    if isinstance(annotation, str):
        annotation = _old_type(annotation, owner)
    origin, members = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (Union, UnionType):
        for member in members:
            if member is not type(None):
                yield from _paths_of(member, trail, owner)
    elif origin in (list, dict):
        for path in _paths_of(members[-1], trail, owner):
            yield ("[]" if origin is list else "{}") + path
    elif annotation in (Any, object):
        yield f".{_ANYTHING}"
    elif not isinstance(annotation, type) or not _fields_of(annotation):
        yield ""
    elif _stands_alone(annotation) or annotation in trail:
        yield ".id" if "id" in _fields_of(annotation) else f".{_ANYTHING}"
    else:
        for path in _paths_of_model(annotation, trail):
            yield f".{path}"


def _stands_alone(model: type) -> bool:
    """Tell whether a model is a resource with a place of its own, which others name by its id."""
    bases = (each for each in model.__mro__ if each.__name__ in ("Resource", "TrackedResource"))
    return any("location" in _fields_of(base) for base in bases)


def _fields_of(model: type) -> dict[str, Any]:
    """Return the type of each field of a model, by its name in documents."""
    if hasattr(model, "_attribute_map"):
        fields = model._attribute_map.values()
        return {each["key"]: each["type"] for each in fields if each["key"].replace(".", "").isalnum()}
    if not hasattr(model, "_calculated"):
        return {}
    fields: Mapping[str, Any] = model.__new__(model)._attr_to_rest_field
    models = importlib.import_module(model.__module__.rpartition(".")[0])
    names = {**vars(sys.modules[model.__module__]), "_models": models, "JSON": Any}
    hints = typing.get_type_hints(model, names)
    return {field._rest_name: hints[attribute] for attribute, field in fields.items()}


def _variants_of(model: type) -> set[type]:
    """Return a model and, where a field tells its variants apart, all of them."""
    found = {model}
    if model.__dict__.get("_subtype_map") or "__mapping__" in model.__dict__:
        for variant in model.__subclasses__():
            found |= _variants_of(variant)
            found |= {each for base in variant.__subclasses__() for each in _variants_of(base)}
    return found


def _old_type(spelled: str, owner: type) -> Any:  # noqa: ANN401
    """Return the type that an older model spells: `str`, `[Subnet]`, `{UserAssignedIdentity}`."""
    if spelled[0] == "[":
        return list[_old_type(spelled[1:-1], owner)]  # type: ignore[misc]
    if spelled[0] == "{":
        return dict[str, _old_type(spelled[1:-1], owner)]  # type: ignore[misc]
    if spelled == "object":
        return Any
    return getattr(sys.modules[owner.__module__], spelled, str)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
