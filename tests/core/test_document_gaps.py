"""The gaps in a document are described, with their reasons."""

from datetime import timedelta

from amlaudit.core.document_gaps import misfit, stale, unshown, without_default
from amlaudit.core.gap import Gap, Reason
from tests.estates import READ_AT, WORKSPACE_ID, resource

OLD = resource(WORKSPACE_ID, api_version="2020-01-01")


def test_an_absent_value_without_a_documented_default() -> None:
    detail = "a.b is absent, and Azure documents no default for it"
    assert without_default(OLD, "a.b") == Gap(WORKSPACE_ID, "a.b", Reason.ABSENT, detail)


def test_a_property_that_the_version_of_the_document_does_not_show() -> None:
    detail = "a.b is not returned by API version 2020-01-01, only since 2024-01-01"
    assert unshown(OLD, "a.b", "2024-01-01") == Gap(WORKSPACE_ID, "a.b", Reason.STALE, detail)


def test_a_property_of_a_document_that_names_no_version() -> None:
    detail = (
        "a.b is absent; API versions return it since 2024-01-01, but the source does not state one"
    )
    found = unshown(resource(WORKSPACE_ID), "a.b", "2024-01-01")
    assert found == Gap(WORKSPACE_ID, "a.b", Reason.ABSENT, detail)


def test_a_document_that_was_read_too_long_ago_tells_no_ages() -> None:
    detail = "it was read on 2026-01-01, too long ago for time-based rules"
    late = READ_AT + timedelta(seconds=1)
    assert stale(OLD, late) == Gap(WORKSPACE_ID, "read_at", Reason.STALE, detail)
    assert stale(OLD, READ_AT) is None
    assert stale(OLD, None) is None


def test_a_value_of_the_wrong_kind() -> None:
    detail = "a.b holds a list where a string was expected"
    found = misfit(OLD, "a.b", "a string", "a list")
    assert found == Gap(WORKSPACE_ID, "a.b", Reason.UNSUPPORTED, detail)
