"""Caches are bounded: when there is no room, the oldest entries are evicted."""

from amlaudit.core.caching import IdentityCache, keep


def test_an_answer_is_returned_and_cached() -> None:
    kept: dict[str, int] = {}
    assert keep(kept, "a", 1, limit=2) == 1
    assert kept == {"a": 1}


def test_the_oldest_answers_make_room() -> None:
    kept: dict[int, int] = {}
    for number in range(24):
        keep(kept, number, number, limit=16)
    assert list(kept) == list(range(9, 24))


def test_the_cache_never_exceeds_its_limit() -> None:
    kept: dict[int, int] = {}
    sizes = {len(kept) for number in range(100) if keep(kept, number, number, limit=16) == number}
    assert max(sizes) == 16


def test_at_most_one_answer_is_cached_by_default() -> None:
    kept = {"a": 1}
    keep(kept, "b", 2, limit=1)
    assert kept == {"b": 2}


def test_objects_are_queried_once_and_distinguished_by_identity() -> None:
    asked: list[list[int]] = []

    def first_of(thing: list[int]) -> int:
        asked.append(thing)
        return thing[0]

    answer, one, same = IdentityCache(first_of, limit=2), [1], [1]
    assert [answer(one), answer(same), answer(one)] == [1, 1, 1]
    assert len(asked) == 2
    answer([2])
    answer(one)
    assert len(asked) == 4
