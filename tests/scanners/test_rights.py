"""What roles grant: nothing that is not proven."""

import pytest

from amlaudit.scanners.rights import may

READER = {"actions": ["*/read"], "notActions": []}


@pytest.mark.parametrize(
    ("permissions", "allowed"),
    [
        ([READER], True),
        ([{"actions": ["Microsoft.Storage/*"], "notActions": []}], True),
        ([{"actions": ["*/read"], "notActions": ["microsoft.storage/*/read"]}], False),
        ([{"actions": ["*/read"], "notActions": ["*"]}, READER], True),
        ([{"actions": ["Microsoft.Compute/*"]}], False),
        ([{"actions": None}], False),
        ([{"actions": ["*/read"], "notActions": None}], True),
        ([{"actions": ["*/read"], "notActions": "Microsoft.Compute/*"}], False),
        ([{"actions": "*/read", "notActions": []}], False),
        ([], False),
    ],
)
def test_a_right_is_granted_by_one_role_and_not_taken_back_by_it(
    permissions: list[dict[str, object]],
    allowed: bool,  # noqa: FBT001
) -> None:
    assert may("Microsoft.Storage/storageAccounts/read", permissions) is allowed
