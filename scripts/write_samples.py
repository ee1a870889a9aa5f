"""Writes reports of unpleasant estates, for outside validators to read.

usage: write_samples.py FOLDER [FINDINGS] <STRINGS

Writes JSON reports that `amlaudit report` makes every other format of: an estate that holds
nothing, one with waivers and a baseline, and one in which every text of the cloud is hostile. On
stdin may be further hostile strings, as JSON arrays. With FINDINGS, one of that many findings, too.
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
    """Yield the strings of JSON arrays that stand one after the other."""
    decoder, rest = json.JSONDecoder(), text.strip()
    while rest:
        found, end = decoder.raw_decode(rest)
        yield from found
        rest = rest[end:].strip()


if __name__ == "__main__":
    main()
