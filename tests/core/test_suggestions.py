"""Suggestions for unknown words."""

import pytest

from amlaudit.core.suggestions import did_you_mean, hinted


@pytest.mark.parametrize(
    ("word", "known", "meant"),
    [
        ("AML1021", ["AML2102", "AML1021x", "AML1201", "AML1102"], "AML1201"),
        ("severty", ["severity", "title"], "severity"),
        ("pofile", ["profile", "file"], "profile"),
    ],
)
def test_the_nearest_word_is_suggested(word: str, known: list[str], meant: str) -> None:
    assert did_you_mean(word, known) == f' Did you mean "{meant}"?'


def test_without_a_similar_word_nothing_is_suggested() -> None:
    assert did_you_mean("xyz", ["severity"]) == ""
    assert did_you_mean("xyz", []) == ""


def test_a_problem_is_followed_by_the_word_that_may_be_meant() -> None:
    assert hinted("unknown colour gren", "gren", ["green"]) == (
        'unknown colour gren. Did you mean "green"?'
    )
    assert hinted("unknown colour x", "x", ["green"]) == "unknown colour x"
