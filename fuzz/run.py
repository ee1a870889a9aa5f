"""Runs the fuzzing: damaged files are loaded, damaged bodies are judged.

Usage: python -m fuzz.run [TARGET [ROUND]]

FUZZ_ROUNDS says how many rounds (100,000), FUZZ_SEED with which seed (1). FUZZ_MINUTES gives a
target, or all of them together, a time instead. A round depends on its seed, target and number
alone, so that one can be repeated by itself.
"""

import os
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import count
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import monotonic, process_time
from typing import Final, NamedTuple, TypeAlias

from fuzz.deploying import plan_round, result_round, template_round, undetermined_round
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
    "undetermined": (undetermined_round, 4),
    "reports": (report_round, 1),
    "waivers": (waiver_round, 1),
    "settings": (settings_round, 4),
    "profiles": (profile_round, 1),
    "policies": (policy_round, 2),
}
"""What is fuzzed, by name, and how many of a hundred rounds it gets."""

_LONGEST: Final = 30.0
"""CPU seconds that a round may take; YAML of the largest size that is read takes about ten."""


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
    played: Counter[str] = Counter()
    found: list[Failure] = []
    for target, numbers in _plan(arguments):
        counted = _counting(numbers, target, played)
        found += failures(target, counted, seed)
    _tell(found, with_traces=len(arguments) > 1)
    for target, rounds in played.items():
        sys.stdout.write(f"{target}: {rounds} rounds, seed {seed}\n")
    return bool(found)


def _plan(arguments: list[str]) -> Iterator[tuple[str, Iterable[int]]]:
    """Yield the targets to fuzz, and the rounds of each."""
    rounds = int(os.environ.get("FUZZ_ROUNDS", "100000"))
    minutes = float(os.environ.get("FUZZ_MINUTES", "0"))
    if len(arguments) > 1:
        yield arguments[0], [int(arguments[1])]
        return
    for target in arguments or TARGETS:
        share = 100 if arguments else TARGETS[target][1]
        if minutes:
            yield target, _rounds_for(minutes * 60 * share / 100)
        else:
            yield target, range(max(1, rounds * share // 100))


def _rounds_for(seconds: float) -> Iterator[int]:
    """Yield the numbers of rounds until a time is over; one round is always played."""
    end = monotonic() + seconds
    for number in count():
        yield number
        if monotonic() > end:
            return


def _counting(numbers: Iterable[int], target: str, played: Counter[str]) -> Iterator[int]:
    """Yield numbers of rounds, and count them."""
    for number in numbers:
        played[target] += 1
        yield number


def _tell(found: list[Failure], *, with_traces: bool) -> None:
    """Print each kind of failure once, with how often it came and how it is repeated."""
    kinds = Counter(each.kind for each in found)
    shown = {each.kind: each for each in reversed(found)}
    for kind, times in kinds.most_common():
        first = shown[kind]
        sys.stdout.write(
            f"{times} times {kind}\n  python -m fuzz.run {first.target} {first.number}\n"
        )
        sys.stdout.write(first.trace if with_traces else "")
    sys.stdout.write(f"{len(found)} wrong of {len(kinds)} kinds\n")


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
