"""An error carries everything that is shown to a person."""

from amlaudit.core.errors import AmlauditError, Exit


def test_an_error_carries_its_details() -> None:
    error = AmlauditError(
        "E101", "It broke", exit_code=Exit.INVALID, cause="it was old", advice="take a new one"
    )
    assert str(error) == "E101 It broke"
    assert (error.code, error.message, error.cause) == ("E101", "It broke", "it was old")
    assert (error.advice, error.exit_code) == ("take a new one", Exit.INVALID)


def test_an_error_without_cause_and_advice_has_neither() -> None:
    error = AmlauditError("E101", "It broke", exit_code=Exit.INVALID)
    assert (error.cause, error.advice) == ("", "")
