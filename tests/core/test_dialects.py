"""Values are written in the syntax of Bicep and Terraform."""

import pytest

from amlaudit.core.dialects import BICEP, TERRAFORM, Raw

NESTED = {"a": [{"b": [[1], "x"]}, {}], "c d": [], "e": {}, "f": Raw("now()")}


def test_bicep_puts_every_object_of_a_list_on_its_own_lines() -> None:
    assert (
        BICEP.write(NESTED)
        == """\
{
  a: [
    {
      b: [
        [1]
        'x'
      ]
    }
    {}
  ]
  'c d': []
  e: {}
  f: now()
}"""
    )


def test_terraform_puts_a_comma_behind_every_member_that_has_a_line() -> None:
    assert (
        TERRAFORM.write(NESTED)
        == """\
{
  a = [
    {
      b = [
        [1],
        "x",
      ]
    },
    {},
  ]
  "c d" = []
  e = {}
  f = now()
}"""
    )


@pytest.mark.parametrize(
    ("text", "bicep", "terraform"),
    [
        ("it's", r"'it\'s'", '"it\'s"'),
        ("${x}", r"'\${x}'", '"$${x}"'),
        ("%{x}", "'%{x}'", '"%%{x}"'),
        ("a\nb\rc\td", r"'a\nb\rc\td'", r'"a\nb\rc\td"'),
        ("a\\b", r"'a\\b'", r'"a\\b"'),
    ],
)
def test_a_text_is_never_an_expression_and_never_ends_early(
    text: str, bicep: str, terraform: str
) -> None:
    assert BICEP.write(text) == bicep
    assert TERRAFORM.write(text) == terraform


@pytest.mark.parametrize(("value", "written"), [(True, "true"), (None, "null"), (3, "3")])
def test_other_values_are_written_as_in_json(value: object, written: str) -> None:
    assert BICEP.write(value) == TERRAFORM.write(value) == written


def test_members_that_are_no_objects_share_a_line() -> None:
    assert BICEP.write(["a", 1, True]) == "['a', 1, true]"
