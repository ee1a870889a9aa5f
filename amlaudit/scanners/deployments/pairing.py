"""Which parameters files a template is deployed with."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from amlaudit.scanners.deployments import template
from amlaudit.scanners.deployments.templates.parameters import is_parameters
from amlaudit.scanners.files.input import Input, read_input


def with_parameters(file: Input, named: Sequence[Path]) -> Input:
    """Return a template with its parameters files; any other file as it is.

    Files that the user named go with each template that has all of their parameters, as in a
    deployment; without such a file, the one that lies beside the template under its name does.

    Args:
        file: The file.
        named: What the user named.

    Raises:
        ValueError: A parameters file is not JSON.
        OSError: It cannot be read.
    """
    if file.parameters or not template.recognise(file.value):
        return file
    fitting = [each for path in named if (each := _parameters_in(path)) and _fits(each, file)]
    beside = [each for path in _beside(file.path) if (each := _parameters_in(path))]
    return replace(file, parameters=tuple(fitting or beside[:1]))


def _beside(path: Path) -> Iterator[Path]:
    """Yield where the parameters of a template lie by convention."""
    yield path.with_name(f"{path.stem}.parameters.json")
    if path.stem.lower() == "template":  # as the Azure portal exports them
        yield path.with_name("parameters.json")


def _parameters_in(path: Path) -> Input | None:
    """Return a file if it holds parameters, else None."""
    if path.suffix.lower() not in (".json", ".jsonc") or not path.is_file():
        return None
    found = read_input(path, path.name)
    return found if is_parameters(found.value) else None


def _fits(parameters: Input, file: Input) -> bool:
    """Tell whether a template has all parameters that a file gives."""
    found = template.unwrapped(file.value)
    return found is not None and _names_in(parameters.value) <= _names_in(found.source.template)


def _names_in(value: object) -> set[str]:
    """Return the names of the parameters of a file, lower case."""
    found = value.get("parameters") if isinstance(value, Mapping) else None
    return {name.lower() for name in found} if isinstance(found, Mapping) else set()
