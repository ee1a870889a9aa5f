"""Runs the fuzzing: damaged files are loaded, damaged bodies are judged.

Usage: python -m fuzz.run [TARGET [ROUND]]

FUZZ_ROUNDS says how many rounds (100,000), FUZZ_SEED with which seed (1). A round depends on its
seed, target and number alone, so that one can be repeated by itself.
"""

import os
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import process_time
from typing import Final, NamedTuple, TypeAlias

from fuzz.deploying import plan_round, result_round, template_round, untold_round
from fuzz.judging import body_round, loss_round
from fuzz.loading import case_round, export_round, rule_round, snapshot_round
from fuzz.projects import (
    policy_round,
    profile_round,
    report_round,
    settings_round,
    waiver_round,
)
from fuzz.worlds import DefectError

Round: TypeAlias = Callable[[Random, Path], None]

TARGETS: Final[dict[str, tuple[Round, int]]] = {
    "bodies": (body_round, 30),
    "losses": (loss_round, 25),
    "rules": (rule_round, 10),
    "cases": (case_round, 5),
    "exports": (export_round, 5),
    "snapshots": (snapshot_round, 2),
    "templates": (template_round, 4),
    "plans": (plan_round, 4),
    "what-if": (result_round, 2),
    "untold": (untold_round, 4),
    "reports": (report_round, 1),
    "waivers": (waiver_round, 1),
    "settings": (settings_round, 4),
    "profiles": (profile_round, 1),
    "policies": (policy_round, 2),
}
"""What is fuzzed, by name, and how many of a hundred rounds it gets."""

_LONGEST: Final = 10.0
"""CPU seconds that a round may take."""


class Failure(NamedTuple):
    """A round that came out wrong.

    Attributes:
        target: What was fuzzed.
        number: The round.
        kind: What is wrong, the same for all rounds that fail alike.
        trace: Where it was raised.
    """

    target: str
    number: int
    kind: str
    trace: str


def main(arguments: list[str]) -> int:
    """Run everything, a target, or one round of it; return 1 if anything came out wrong."""
    seed = int(os.environ.get("FUZZ_SEED", "1"))
    rounds = int(os.environ.get("FUZZ_ROUNDS", "100000"))
    match arguments:
        case [target, number]:
            found = list(failures(target, [int(number)], seed))
        case [target]:
            found = list(failures(target, range(rounds), seed))
        case _:
            found = list(everything(rounds, seed))
    kinds = Counter(each.kind for each in found)
    shown = {each.kind: each for each in reversed(found)}
    for kind, count in kinds.most_common():
        first = shown[kind]
        sys.stdout.write(
            f"{count} times {kind}\n  python -m fuzz.run {first.target} {first.number}\n"
        )
        sys.stdout.write(first.trace if len(arguments) > 1 else "")
    sys.stdout.write(f"{rounds} rounds, seed {seed}: {len(found)} wrong of {len(kinds)} kinds\n")
    return bool(found)


def everything(rounds: int, seed: int) -> Iterator[Failure]:
    """Yield what comes out wrong in rounds that are shared out among all targets."""
    for target, (_, share) in TARGETS.items():
        yield from failures(target, range(max(1, rounds * share // 100)), seed)


def failures(target: str, numbers: Iterable[int], seed: int) -> Iterator[Failure]:
    """Yield what comes out wrong in rounds of a target."""
    play, _ = TARGETS[target]
    with TemporaryDirectory() as name:
        for number in numbers:
            begin = process_time()
            try:
                play(Random(f"{seed}/{target}/{number}"), Path(name))
            except DefectError as defect:
                yield Failure(target, number, str(defect), "")
            except Exception as error:  # noqa: BLE001 - whatever comes out is what is looked for
                yield Failure(target, number, _kind(error), traceback.format_exc())
            if process_time() - begin > _LONGEST:
                yield Failure(target, number, f"{target}: a round took {_LONGEST} s", "")


def _kind(error: Exception) -> str:
    """Return what an error is and where it came from."""
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if "/amlaudit/" in frame.filename or "/fuzz/" in frame.filename
    ]
    last = frames[-1]
    return f"{type(error).__name__} in {Path(last.filename).name}, {last.name}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
