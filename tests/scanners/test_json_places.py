"""Where a JSON text declares resources, and on which lines their properties are."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amlaudit.scanners.files.json_places import resources_in

TEMPLATE = """{
  // as people write it
  "parameters": {"resources": {"type": "array"}},
  "resources": [
    {
      "type": "Microsoft.KeyVault/vaults", "name": "kv-1", /* a vault
      with rules */
      "properties": {
        "networkAcls": {
          "ipRules": [
            {"value": "10.0.0.0/24"},
            {
              "value": "// no comment",
            },
          ],
        },
        "resources": {"cpu": 1}
      },
      "tags": {"cost.centre": "1"},
      "resources": [
        {
          "name": "inner"
        } // }
      ]
    },
    {
      "type": "Microsoft.Resources/deployments",
      "properties": {
        "template": {
          "resources": {
            "account": {
              "name": "st"
            }
          }
        }
      }
    }
  ]
}
"""


def test_every_resource_has_its_first_and_its_last_line() -> None:
    found = resources_in(TEMPLATE)
    assert {pointer: (each.line, each.end_line) for pointer, each in found.items()} == {
        "/resources/0": (5, 25),
        "/resources/0/resources/0": (21, 23),
        "/resources/1": (26, 37),
        "/resources/1/properties/template/resources/account": (31, 33),
    }


def test_lines_of_a_resource_are_relative_to_its_first_line() -> None:
    lines = resources_in(TEMPLATE)["/resources/0"].lines
    assert lines == {
        ".type": 1,
        ".name": 1,
        ".properties": 3,
        ".properties.networkacls": 4,
        ".properties.networkacls.iprules": 5,
        ".properties.networkacls.iprules[0]": 6,
        ".properties.networkacls.iprules[0].value": 6,
        ".properties.networkacls.iprules[1]": 7,
        ".properties.networkacls.iprules[1].value": 8,
        ".properties.resources": 12,
        ".properties.resources.cpu": 12,
        ".tags": 14,
        ".tags['cost.centre']": 14,
    }


def test_identical_looking_resources_share_their_lines() -> None:
    one = {"type": "A/b", "properties": {"c": [1, 2]}}
    found = resources_in(json.dumps({"resources": [one, one | {"type": "D/e"}]}, indent=2))
    assert found["/resources/0"].lines is found["/resources/1"].lines


VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,  # generating more of them takes longer than finding them
)
MEMBERS = st.lists(st.dictionaries(st.text(), VALUES, max_size=5), min_size=1, max_size=5)


@given(MEMBERS, st.sampled_from([None, 2]))
def test_lines_are_found_in_any_resource(members: list[Any], indent: int | None) -> None:
    text = json.dumps({"resources": members}, indent=indent)
    found = resources_in(text)
    lines = text.splitlines()
    for index in range(len(members)):
        span = found[f"/resources/{index}"]
        assert lines[span.line - 1].lstrip().startswith("{")
        assert lines[span.end_line - 1].rstrip(",]}").strip() in ("", "{") or indent is None


def other(value: Any) -> Any:
    """Return a JSON value of the same shape with other contents."""
    if isinstance(value, dict):
        return {key: other(member) for key, member in value.items()}
    if isinstance(value, list):
        return [other(member) for member in value]
    return "{[\n" if isinstance(value, int) else 1


@given(MEMBERS, st.sampled_from([None, 2]))
def test_lines_of_a_resource_are_right_whatever_was_read_before(
    members: list[Any], indent: int | None
) -> None:
    written = [json.dumps(each, indent=indent) for each in [*members, *map(other, members)]]
    found = resources_in(f'{{"resources": [{",".join(written)}]}}')
    # With a comment in it, each is walked through separately.
    commented = ",".join("{/* */" + each[1:] for each in written)
    assert found == resources_in(f'{{"resources": [{commented}]}}')


def test_resources_with_comments_are_not_treated_as_identical() -> None:
    found = resources_in("""{"resources": [{ // one
        "type": "A/b"
    }, {
        // two
        "type": "A/b"
    }]}""")
    assert [each.lines for each in found.values()] == [{".type": 1}, {".type": 2}]


def test_keys_on_the_way_to_resources_are_read_in_any_case() -> None:
    found = resources_in("""{"Resources": [{
        "Properties": {"Template": {"RESOURCES": [
            {"Type": "A/b"}
        ]}}
    }]}""")
    assert {pointer: span.line for pointer, span in found.items()} == {
        "/resources/0": 1,
        "/resources/0/properties/template/resources/0": 3,
    }
    assert found["/resources/0/properties/template/resources/0"].lines == {".type": 0}


def test_what_nests_too_deep_is_refused() -> None:
    deep = '{"resources": [' + '{"a":' * 300 + "1" + "}" * 300 + "]}"
    with pytest.raises(ValueError, match="nested more than 250 levels"):
        resources_in(deep)
