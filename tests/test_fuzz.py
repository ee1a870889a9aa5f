"""A few rounds of fuzzing; `make fuzz` runs many more."""

import pytest

from fuzz import told
from fuzz.run import TARGETS, failures

ROUNDS = {
    "bodies": 400, "losses": 300, "rules": 150, "cases": 30, "exports": 25, "snapshots": 20,
    "templates": 25, "plans": 25, "what-if": 25, "undetermined": 20, "reports": 4, "waivers": 4,
    "settings": 60, "profiles": 4, "policies": 6,
}  # fmt: skip
SEED = 0


@pytest.mark.parametrize("target", sorted(TARGETS))
def test_damage_does_no_harm(target: str) -> None:
    found = [
        f"python -m fuzz.run {target} {each.number}: {each.kind}"
        for each in failures(target, range(ROUNDS[target]), SEED)
    ]
    assert not found


def test_the_listed_runs_are_on_record_for_every_target() -> None:
    """Update the page with `python -m fuzz.told`."""
    written = told.PAGE.read_text("utf-8")
    assert told.page(written) == written
    assert {each["target"] for each in told.runs()} == set(TARGETS)
