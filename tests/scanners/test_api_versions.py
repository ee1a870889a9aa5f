"""If a cloud does not offer an API version, the newest earlier stable one is requested."""

import pytest

from amlaudit.scanners.api_versions import older_version, version_of


def refusal(offered: str, code: str = "NoRegisteredProviderFound") -> object:
    message = (
        "No registered resource provider found for location 'usgovvirginia' and API version "
        f"'2025-12-01' for type 'workspaces'. The supported api-versions are '{offered}'."
    )
    return {"error": {"code": code, "message": message}}


@pytest.mark.parametrize(
    ("offered", "version"),
    [
        ("2023-10-01, 2024-04-01, 2024-10-01", "2024-10-01"),
        ("2024-04-01, 2025-09-01-preview, 2026-05-01", "2024-04-01"),
        ("2026-05-01", None),
        ("2025-12-01", None),
        ("2025-09-01-preview", None),
        ("soon", None),
        ("", None),
    ],
)
def test_the_newest_stable_version_before_is_chosen(offered: str, version: str | None) -> None:
    assert older_version("2025-12-01", refusal(offered)) == version


def test_preview_only_properties_are_in_no_stable_version() -> None:
    assert older_version("2025-12-01-preview", refusal("2025-12-01")) is None


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {"error": None},
        {"error": {"code": "NoRegisteredProviderFound"}},
        refusal("2024-04-01", code="BadRequest"),
    ],
)
def test_any_other_refusal_is_one(body: object) -> None:
    assert older_version("2025-12-01", body) is None


def test_the_version_of_an_address_is_found() -> None:
    assert version_of("https://host/a?x=1&api-version=2024-04-01") == "2024-04-01"
    assert version_of("https://host/a") == ""
