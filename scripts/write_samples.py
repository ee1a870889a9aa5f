"""Writes reports on unusual estates, as input for third-party validators.

usage: write_samples.py FOLDER [FINDINGS] <STRINGS

Writes JSON reports from which `amlaudit report` makes every other format: an empty estate, one with
waivers and a baseline, and one in which every text from the cloud is hostile. Further hostile
strings may be passed on stdin, as JSON arrays. With FINDINGS, also one with that many findings.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from amlaudit.reporters.json import render
from tests.reporters.samples import HOSTILE, crowded, empty, followed, hostile


def main() -> None:
    """Write the reports."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    strings = [*HOSTILE, *dict.fromkeys(_strings(sys.stdin.read()))]
    made = {"empty": empty(), "followed": followed(), "hostile": hostile(strings)}
    for count in sys.argv[2:]:
        made["crowded"] = crowded(int(count))
    for name, report in made.items():
        (folder / f"{name}.json").write_text(render(report), "utf-8")


def _strings(text: str) -> Iterator[str]:
    """Yield the strings of consecutive JSON arrays."""
    decoder, rest = json.JSONDecoder(), text.strip()
    while rest:
        found, end = decoder.raw_decode(rest)
        yield from found
        rest = rest[end:].strip()


if __name__ == "__main__":
    main()
