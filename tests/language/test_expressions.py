"""The syntax of template expressions."""

import re

import pytest

from amlaudit.language.expressions import (
    LONGEST,
    Access,
    Call,
    Literal,
    is_expression,
    literal,
    parse,
)
from amlaudit.language.values import DEEPEST, EvaluationError


def test_an_expression_is_parsed_with_its_properties_and_members() -> None:
    assert parse("[ Concat('it''s', -1.5, 2)[0].name ]") == Access(
        Access(Call("concat", (Literal("it's"), Literal(-1.5), Literal(2))), Literal(0)),
        Literal("name"),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [("[a()]", True), ("[[a()]", False), ("[a()", False), ("a", False), ("", False)],
)
def test_what_is_an_expression(text: str, expected: bool) -> None:  # noqa: FBT001
    assert is_expression(text) is expected


@pytest.mark.parametrize(("text", "expected"), [("[[a]", "[a]"), ("[[a", "[[a"), ("a", "a")])
def test_two_brackets_stand_for_one_where_the_text_ends_with_one(text: str, expected: str) -> None:
    assert literal(text) == expected


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[]", "expected a name"),
        ("[a]", "expected ( at"),
        ("[true]", "true must be written as true()"),
        ("[if(a(), False, null())]", "False must be written as false()"),
        ("[a(]", "expected a name"),
        ("[a() b]", "expected the end"),
        ("[a('x' 'y')]", "expected , at"),
        ("[a()[0]", "expected ] at"),
        ("[a().'x']", "expected a name"),
        ("[a('x)]", "invalid syntax at"),
        ("[a(?)]", "invalid syntax at"),
        (f"[a({'9' * 5000})]", "expected , at"),
        (f"[{'a(' * 100}{')' * 100}]", f"nested more than {DEEPEST} levels deep"),
        (f"[a(){'.b' * 100}{'[a()]' * 100}]", f"nested more than {DEEPEST} levels deep"),
        (f"['{'x' * LONGEST}']", "more than"),
    ],
)
def test_an_invalid_expression_states_its_position(text: str, why: str) -> None:
    with pytest.raises(EvaluationError, match=re.escape(why)):
        parse(text)
