"""Files that are damaged before they are read."""

from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent


@cache
def sample(name: str) -> str:
    """Return the text of a file."""
    return (_FOLDER / name).read_text("utf-8")
