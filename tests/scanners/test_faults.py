"""The message for a failed read: why, short enough to read, and without a secret."""

import pytest

from amlaudit.core.gap import Reason
from amlaudit.scanners.faults import ReadError, error_of_answer


@pytest.mark.parametrize(
    ("status", "body", "reason", "words"),
    [
        (403, {"error": {"code": "AuthorizationFailed", "message": "no"}}, Reason.FORBIDDEN, "no"),
        (401, None, Reason.FORBIDDEN, "Azure answered 401"),
        (429, {"code": "429", "message": "slow"}, Reason.THROTTLED, "slow"),
        (504, "<html>", Reason.TIMEOUT, "Azure answered 504"),
        (408, {}, Reason.TIMEOUT, "408"),
        (500, {"error": "plain"}, Reason.API_ERROR, "plain"),
        (404, {"Message": "x"}, Reason.API_ERROR, "404"),
        (500, {"error": {"message": None}}, Reason.API_ERROR, "500"),
    ],
)
def test_answers_are_translated_to_reasons(
    status: int, body: object, reason: Reason, words: str
) -> None:
    error = error_of_answer(status, body)
    assert (error.reason, error.status) == (reason, status)
    assert words in error.detail


def test_a_refusal_names_the_action_that_is_missing() -> None:
    message = (
        "The client 'x' does not have authorization to perform action 'A/b/read' over scope '/s'"
    )
    error = error_of_answer(403, {"error": {"code": "AuthorizationFailed", "message": message}})
    assert error.gap("/s", "a/b", "other/read").permission == "A/b/read"
    assert error_of_answer(403, {}).gap("/s", "a/b", "needed/read").permission == "needed/read"
    assert error_of_answer(500, {}).gap("/s", "a/b", "needed/read").permission == ""


def test_what_is_too_long_is_seen_to_be_cut() -> None:
    detail = ReadError(Reason.API_ERROR, "x " * 400).detail
    assert len(detail) == 300
    assert detail.endswith("x…")
    assert ReadError(Reason.API_ERROR, "two\n  lines").detail == "two lines"


def test_a_secret_is_dropped_before_anything_is_cut() -> None:
    secret = "AccountKey=" + "aB3/" * 22
    body = {"error": {"code": "Bad", "message": "y " * 130 + secret}}
    assert "aB3/" not in error_of_answer(400, body).detail
