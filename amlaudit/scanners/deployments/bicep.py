"""Bicep sources: compiled by the Bicep CLI where it is installed, then read as templates.

https://learn.microsoft.com/azure/azure-resource-manager/bicep/bicep-cli
"""

import re
from pathlib import Path
from shutil import which
from typing import Final

from msgspec.structs import replace

from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.patterns import late_pattern
from amlaudit.scanners.files.input import Input
from amlaudit.scanners.files.json_values import object_of
from amlaudit.sizes import LARGEST_SOURCE, bytes_of
from amlaudit.strict_json import load_json

SOURCES: Final = (".bicep", ".bicepparam")
_PARAMETERS: Final = ".bicepparam"
_LONGEST_WAIT: Final = 180
"""Seconds: the first compilation may fetch modules."""
_USING: Final = late_pattern(r"^\s*using\s+'([^']+)'", re.MULTILINE)


def is_source(path: Path) -> bool:
    """Tell from its name whether a file is a Bicep source."""
    return path.suffix.lower() in SOURCES


def compiled(path: Path, name: str) -> Input:
    """Return the compiled template of a source, with its parameters if it has any.

    Raises:
        AmlauditError: It cannot be compiled, or no compiler is installed.
    """
    command = "build-params" if path.suffix.lower() == _PARAMETERS else "build"
    text = _run(path, command)
    try:
        value = load_json(text)
        if command == "build":
            return _input(path, name, text, ())
        return _with_parameters(_used_by(path) or path, Input(path, name, value))
    except (ValueError, KeyError, TypeError) as error:
        raise _failed(path, "the compiler printed no template") from error


def unfolded(file: Input) -> Input:
    """Return the template in `bicep build-params --stdout` output; any other file unchanged.

    Raises:
        ValueError: Its content is not JSON, or has a duplicate key.
    """
    match file.value:
        case {"parametersJson": str(), "templateJson": str()}:
            return _with_parameters(file.path, file)
        case _:
            return file


def _with_parameters(source: Path, printed: Input) -> Input:
    """Return the template of a parameters file, with its parameters.

    Args:
        source: The source of the template, or whatever file takes its place.
        printed: The compiler's output.
    """
    value = object_of(printed.value)
    parameters = replace(printed, value=load_json(value["parametersJson"]))
    return _input(source, printed.name, value["templateJson"], (parameters,))


def _input(path: Path, name: str, text: str, parameters: tuple[Input, ...]) -> Input:
    """Return a template with the locations of its resources in the source."""
    from amlaudit.scanners.deployments.bicep_lines import spans_in  # noqa: PLC0415 - few files are sources

    template = load_json(text)
    has_resources = path.suffix.lower() == SOURCES[0]
    spans = spans_in(_text_of(path), template) if has_resources else {}
    return Input(path, name, template, parameters, text, spans)


def _text_of(path: Path) -> str:
    """Return the text of a source."""
    return bytes_of(path, LARGEST_SOURCE).decode("utf-8-sig", "replace")


def _used_by(path: Path) -> Path | None:
    """Return the source that a parameters file is for, None if it is not a file."""
    match = _USING.search(_text_of(path))
    used = path.parent / match[1] if match else path
    return used if used.is_file() else None


def _run(path: Path, command: str) -> str:
    """Return the compiler's output for one of its commands."""
    import subprocess  # noqa: PLC0415 - few files are sources

    words = [*_compiler(path), command]
    words += ["--file", str(path)] if words[0] == "az" else [str(path)]
    try:
        done = subprocess.run(  # noqa: S603 - a compiler that the user installed, no shell
            [*words, "--stdout"],
            capture_output=True,
            check=False,
            timeout=_LONGEST_WAIT,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired as error:
        raise _failed(path, f"the compiler took more than {_LONGEST_WAIT} seconds") from error
    except OSError as error:
        raise _failed(path, str(error)) from error
    if done.returncode:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        errors = [line for line in lines if "error" in line.lower()] or lines or ["no reason given"]
        raise _failed(path, errors[0])
    return done.stdout.decode("utf-8-sig", "replace")


def _compiler(path: Path) -> list[str]:
    """Return the command that compiles Bicep."""
    if which("bicep"):
        return ["bicep"]
    if which("az"):
        return ["az", "bicep"]
    raise _failed(path, "neither bicep nor az is installed")


def _failed(path: Path, cause: str) -> AmlauditError:
    """Return the error for a source that cannot be compiled."""
    return AmlauditError(
        "E308",
        f"Cannot compile {path}",
        cause=cause,
        advice=f"compile it where Bicep is installed, and pass the JSON: bicep build {path.name}",
        exit_code=Exit.INPUT_OUTPUT,
    )
