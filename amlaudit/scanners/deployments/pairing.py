"""Determines which parameters files a template is deployed with."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.scanners.deployments.parameters_file import is_parameters, parameters_in
from amlaudit.scanners.deployments.templates.wrapped import Wrapped, unwrapped
from amlaudit.scanners.files.input import Input, read_input
from amlaudit.scanners.files.json_values import object_of

_SUFFIXES: Final = (".json", ".jsonc")


def with_parameters(file: Input, named: Sequence[Path]) -> Input:
    """Return a template with its parameters files; any other file unchanged.

    Files that the user named apply to each template that has all of their parameters, as in a
    deployment. Without such a file, the one next to the template with a matching name applies, and
    in a named folder the only other one there.

    Args:
        file: The file.
        named: What the user named.

    Raises:
        AmlauditError: Several files belong to different deployments.
        ValueError: A parameters file is not JSON.
        OSError: A parameters file cannot be read.
    """
    if file.parameters or not unwrapped(file.value):
        return file
    fitting = [each for each in _parameters_in(named) if _fits(each, file)]
    beside = list(_parameters_in(_beside(file.path)))
    if not fitting and not beside and file.path not in named:
        beside = [each for each in _parameters_in(_others(file.path)) if _fits(each, file)]
        if len(beside) > 1:
            cause = f"{beside[0].name} and {beside[1].name} both match: pass the one to evaluate"
            raise _of_two_deployments(file, beside[0], beside[1], cause)
    for one, other in combinations(fitting, 2):
        if clash := _given_twice(one, other):
            cause = f"they set the parameter {clash!r} to different values"
            raise _of_two_deployments(file, one, other, cause)
    return replace(file, parameters=tuple(fitting or beside[:1]))


def left_over(parameters: Path, named: Sequence[Path]) -> tuple[str, str]:
    """Return (template, missing parameter) for a file that matches no template.

    Of several templates, the one that lacks fewest; two empty strings if none was named.

    Args:
        parameters: The parameters file.
        named: What the user named.
    """
    given = parameters_in(read_input(parameters, parameters.name).value) or {}
    lacking = [
        ([name for name in given if name.lower() not in _declared(found)], path.name)
        for path in named
        if (found := _template_in(path))
    ]
    lacks, name = min(lacking, key=lambda each: len(each[0]), default=((), ""))
    return (name, lacks[0]) if lacks else ("", "")


def _template_in(path: Path) -> Wrapped | None:
    """Return the template of a file, None if it holds none."""
    return unwrapped(read_input(path, path.name).value) if _may_be_json(path) else None


def _may_be_json(path: Path) -> bool:
    """Tell whether a path is that of a file with a suffix of JSON."""
    return path.suffix.lower() in _SUFFIXES and path.is_file()


def _beside(path: Path) -> Iterator[Path]:
    """Yield where a template's parameters are by convention."""
    yield path.with_name(f"{path.stem}.parameters.json")
    if path.stem.lower() == "template":  # as exported by the Azure portal
        yield path.with_name("parameters.json")


def _others(path: Path) -> Iterator[Path]:
    """Yield the files next to a template whose names suggest parameters, in order."""
    yield from sorted(each for each in path.parent.iterdir() if "param" in each.name.lower())


def _parameters_in(paths: Iterable[Path]) -> Iterator[Input]:
    """Yield those of some files that hold parameters."""
    for path in filter(_may_be_json, paths):
        found = read_input(path, path.name)
        if is_parameters(found.value):
            yield found


def _fits(parameters: Input, file: Input) -> bool:
    """Tell whether a template has all parameters that a file sets."""
    found = unwrapped(file.value)
    return found is not None and set(_given(parameters)) <= _declared(found)


def _given_twice(one: Input, other: Input) -> str:
    """Return the first parameter set differently by two files, empty if there is none."""
    first, second = _given(one), _given(other)
    return next((name for name in first if name in second and first[name] != second[name]), "")


def _given(parameters: Input) -> Mapping[str, object]:
    """Return the parameters of a file by name, lower case."""
    found = parameters_in(parameters.value) or {}
    return {name.lower(): each for name, each in found.items()}


def _declared(found: Wrapped) -> set[str]:
    """Return the names of the parameters that a template has, lower case."""
    return {name.lower() for name in object_of(found.source.template.get("parameters"))}


def _of_two_deployments(file: Input, one: Input, other: Input, cause: str) -> AmlauditError:
    """Return the error for parameters files that cannot both apply to a template."""
    return AmlauditError(
        "E302",
        f"{one.name} and {other.name} are parameters of two deployments of {file.name}",
        cause=cause,
        advice=f"evaluate each separately: --from {file.name} --from {one.name}",
        exit_code=Exit.USAGE,
    )
