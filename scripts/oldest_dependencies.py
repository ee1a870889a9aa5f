"""The oldest version of each dependency that pyproject.toml allows, as requirements for pip."""

import re
import sys
import tomllib
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1] / "pyproject.toml"
OPTIONAL = ("publish", "sign", "xlsx")


def oldest(requirement: str) -> str:
    """``name>=1.2,<2`` pinned to its lower bound: ``name==1.2``.

    Raises:
        ValueError: the requirement has no lower bound.
    """
    bounded = re.fullmatch(r"([\w.-]+)>=([\w.]+)(?:,<[\w.]+)?", requirement)
    if bounded is None:
        message = f"{requirement} has no lower bound: write it as name>=oldest,<next"
        raise ValueError(message)
    return "{}=={}".format(*bounded.groups())


def main() -> None:
    """Print one requirement a line."""
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    optional = project["optional-dependencies"]
    requirements = [*project["dependencies"], *(r for name in OPTIONAL for r in optional[name])]
    sys.stdout.writelines(f"{oldest(requirement)}\n" for requirement in requirements)


if __name__ == "__main__":
    main()
