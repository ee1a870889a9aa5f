"""A check function becomes a rule, with all of its metadata."""

from typing import Any

import pytest

from amlaudit.core.rule import Fix, Parameter, Severity, rule
from amlaudit.core.subject import Subject
from amlaudit.core.verdict import Verdict, ok


def check(_subject: Subject) -> Verdict:
    return ok()


def test_a_decorated_function_is_a_rule() -> None:
    made = rule(
        id="AML9001",
        title="All is well",
        severity="high",
        severity_reason="It would be bad.",
        applies_to="A.B/Things",
        because="It matters.",
        fix=Fix("mend"),
        sources=["https://example.com"],
        mappings={"mcsb": ["NS-1"]},
        parameters={"days": (90, "how many days")},
    )(check)
    assert (made.id, made.title, made.severity) == ("AML9001", "All is well", Severity.HIGH)
    assert (made.severity_reason, made.because) == ("It would be bad.", "It matters.")
    assert (made.applies_to, made.type_name, made.area) == ("a.b/things", "A.B/Things", "")
    assert (made.fix, made.sources) == (Fix("mend"), ("https://example.com",))
    assert made.mappings == {"mcsb": ("NS-1",)}
    assert made.parameters == {"days": Parameter("how many days", 90, 90)}
    assert made.check is check


def test_a_fix_may_be_a_text_and_the_rest_may_be_left_out() -> None:
    made = rule(
        id="AML9001",
        title="t",
        severity="low",
        severity_reason="r",
        applies_to="A.B/C",
        because="b",
        fix="mend it",
        sources=(),
    )(check)
    assert made.fix == Fix("mend it")
    assert (made.mappings, made.parameters) == ({}, {})


@pytest.mark.parametrize(
    ("field", "value", "error", "message"),
    [
        ("sources", "https://example.com", TypeError, "must be a list of addresses"),
        ("severity", "middle", ValueError, '"middle" is not one of critical, high, medium, low'),
    ],
)
def test_a_decorator_names_what_is_wrong(
    field: str, value: str, error: type[Exception], message: str
) -> None:
    texts = dict.fromkeys(("id", "title", "severity_reason", "because", "fix"), "x")
    arguments: dict[str, Any] = {
        **texts, "severity": "low", "applies_to": "a.b/c", "sources": ["https://example.com"],
        field: value,
    }  # fmt: skip
    with pytest.raises(error, match=message):
        rule(**arguments)
