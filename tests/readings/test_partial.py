"""What is unknown in one source does not hide what others know."""

from collections.abc import Iterator

import pytest

from amlaudit.core.gap import NoDataError
from amlaudit.core.subject import Subject
from amlaudit.readings.partial import all_hold, any_holds, known_of, known_of_each, known_to_lack
from tests.estates import gap, subject

ONE, OTHER = subject({"name": "one"}), subject({"name": "other"})


def broken(*known: Subject, why: str) -> Iterator[Subject]:
    yield from known
    raise NoDataError(gap("/s", why))


def sources(*whole: Iterator[Subject], why: str) -> Iterator[Iterator[Subject]]:
    yield from whole
    raise NoDataError(gap("/s", why))


def test_known_items_come_first_then_the_first_gap() -> None:
    found = known_of([broken(ONE, why="first"), iter([OTHER]), broken(why="second")])
    assert [next(found), next(found)] == [ONE, OTHER]
    with pytest.raises(NoDataError, match="first"):
        next(found)


def test_a_source_that_is_not_known_itself_is_a_gap_too() -> None:
    found = known_of(sources(iter([ONE]), why="third"))
    assert next(found) is ONE
    with pytest.raises(NoDataError, match="third"):
        next(found)


def test_without_gaps_nothing_is_raised() -> None:
    assert list(known_of([iter([ONE]), iter([OTHER])])) == [ONE, OTHER]


def test_found_items_come_before_unknown_ones() -> None:
    def found_of(name: str) -> list[str]:
        if name == "b":
            next(broken(why="of b"))
        return [name, name.upper()]

    found = known_of_each("abc", found_of)
    assert [next(found) for _ in range(4)] == ["a", "A", "c", "C"]
    with pytest.raises(NoDataError, match="of b"):
        next(found)


def unknown() -> bool:
    raise NoDataError(gap("/s", "hidden"))


def test_one_known_check_decides_whatever_the_others_are() -> None:
    assert any_holds((unknown, lambda: True))
    assert not all_hold((unknown, lambda: False))


def test_a_gap_decides_only_if_no_check_does() -> None:
    with pytest.raises(NoDataError, match="hidden"):
        any_holds((unknown, lambda: False))
    with pytest.raises(NoDataError, match="hidden"):
        all_hold((unknown, lambda: True))


def test_what_is_known_to_be_missing_is_told_despite_a_gap() -> None:
    def is_there(name: str) -> bool:
        return unknown() if name == "b" else name == "a"

    assert known_to_lack("abcd", is_there) == ["c", "d"]
    assert known_to_lack("a", is_there) == []
    with pytest.raises(NoDataError, match="hidden"):
        known_to_lack("ab", is_there)
