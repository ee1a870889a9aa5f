"""One file that was named: read, and ready to be recognised."""

import json
from dataclasses import dataclass
from pathlib import Path

from amlaudit.core.place import Place
from amlaudit.scanners.files.json_text import end_line_of, line_of, parse_json


@dataclass(frozen=True, slots=True)
class Input:
    """A file that holds evidence.

    Attributes:
        path: Where it lies.
        name: Its name in reports.
        value: Its JSON value.
        parameters: The parameters files that a template is deployed with; later ones win.
    """

    path: Path
    name: str
    value: object
    parameters: tuple["Input", ...] = ()

    def located(self) -> object:
        """Return the value with the lines of its objects; see `json_text.JsonObject`."""
        return parse_json(_text_of(self.path.read_bytes()))

    def place(self, declaration: object, address: str = "") -> Place:
        """Return where a declaration of a located value stands.

        Args:
            declaration: The object.
            address: Its name in the language of the file.
        """
        shown = shown_path(self.path)
        return Place(shown, line_of(declaration), 1, end_line_of(declaration), address)


def shown_path(path: Path) -> str:
    """Return a path with forward slashes, relative to the working folder if it lies there."""
    whole, here = path.resolve(), Path.cwd()
    return (whole.relative_to(here) if whole.is_relative_to(here) else path).as_posix()


def read_input(path: Path, name: str) -> Input:
    """Return a file, read.

    Raises:
        ValueError: It is not JSON, even with comments.
        RecursionError: It nests too deep.
        OSError: It cannot be read.
    """
    written = path.read_bytes()
    try:
        value: object = json.loads(written)
    except UnicodeDecodeError:
        raise
    except ValueError:
        value = parse_json(_text_of(written))
    return Input(path, name, value)


def _text_of(written: bytes) -> str:
    """Return the text of a JSON file, in whatever encoding JSON may have."""
    return written.decode(json.detect_encoding(written))
