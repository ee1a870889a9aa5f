"""A few rounds of the fuzzing; `make fuzz` plays many more."""

import pytest

from fuzz.run import TARGETS, failures

ROUNDS = {
    "bodies": 400, "losses": 300, "rules": 150, "cases": 30, "exports": 25, "snapshots": 20,
    "plans": 20,
}  # fmt: skip
SEED = 0


@pytest.mark.parametrize("target", sorted(TARGETS))
def test_damage_does_no_harm(target: str) -> None:
    found = [
        f"python -m fuzz.run {target} {each.number}: {each.kind}"
        for each in failures(target, range(ROUNDS[target]), SEED)
    ]
    assert not found
