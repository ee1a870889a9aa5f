"""What is told of a read that failed: short enough to read, and without a secret."""

from amlaudit.core.gap import Reason
from amlaudit.scanners.faults import ReadError, error_of_answer


def test_what_is_too_long_is_seen_to_be_cut() -> None:
    detail = ReadError(Reason.API_ERROR, "x " * 400).detail
    assert len(detail) == 300
    assert detail.endswith("x…")
    assert ReadError(Reason.API_ERROR, "two\n  lines").detail == "two lines"


def test_a_secret_is_dropped_before_anything_is_cut() -> None:
    secret = "AccountKey=" + "aB3/" * 22
    body = {"error": {"code": "Bad", "message": "y " * 130 + secret}}
    assert "aB3/" not in error_of_answer(400, body).detail
