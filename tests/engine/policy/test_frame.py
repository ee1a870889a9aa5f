"""An evaluation has a limited number of steps, shared by everything that it evaluates."""

import pytest

from amlaudit.engine.policy.frame import MAX_STEPS, Frame
from amlaudit.language.values import EvaluationError
from tests.engine.policy.policies import BODY, THING_ID, Around
from tests.estates import resource

THING = resource(THING_ID, BODY)


def test_a_step_is_counted_and_one_more_for_every_stretch_of_a_long_value() -> None:
    frame = Frame(THING, Around())
    frame.spend(7, {"a": 1}, "short")
    assert frame.progress.steps == MAX_STEPS - 1
    before = frame.progress.steps
    frame.spend("x" * 100_000, ["y"] * 100_000)
    spent = before - frame.progress.steps
    assert spent > 3
    frame.spend("x" * 100_000)
    assert before - spent - frame.progress.steps == 1 + (spent - 1) // 2


def test_the_last_allowed_step_is_taken_and_none_after_it() -> None:
    frame = Frame(THING, Around())
    frame.progress.steps = 1
    frame.spend()
    with pytest.raises(EvaluationError, match=f"takes more than {MAX_STEPS} steps"):
        frame.spend()


def test_a_related_resource_takes_its_steps_and_notes_from_the_same_evaluation() -> None:
    frame = Frame(THING, Around())
    other = Frame(THING, Around(), frame)
    other.spend()
    other.note("doubtful")
    assert frame.progress.steps == MAX_STEPS - 1
    assert list(frame.progress.notes) == ["doubtful"]
    assert (other.origin, frame.origin) == (frame, frame)
