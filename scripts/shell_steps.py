"""Extracts the shell steps of actions and pipelines into scripts, for programs that check scripts.

usage: shell_steps.py FOLDER FILE…
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import yaml

_MACRO: Final = re.compile(r"\$\((\w+)\.(\w+)\)")


def steps(value: Any) -> Iterator[str]:  # noqa: ANN401 - YAML
    """Yield every shell script in a document, in order."""
    if isinstance(value, dict):
        for key, member in value.items():
            if key in ("run", "script", "inlineScript") and isinstance(member, str):
                yield member
            else:
                yield from steps(member)
    elif isinstance(value, list):
        for member in value:
            yield from steps(member)


def main(folder: Path, files: list[Path]) -> None:
    """Write each shell step of each file to a separate script."""
    for file in files:
        for number, text in enumerate(steps(yaml.safe_load(file.read_text("utf-8")))):
            # A pipeline substitutes $(NAME) before any shell sees it.
            script = _MACRO.sub(lambda found: f"${{{found[1]}_{found[2]}}}".upper(), text)
            (folder / f"{file.stem}-{number}.sh").write_text(f"#!/bin/bash\n{script}", "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(each) for each in sys.argv[2:]])
