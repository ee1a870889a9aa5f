"""Items outside of memory are read back unchanged, in order."""

from operator import itemgetter
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amlaudit.batches import Batches, Sorted, SpilledList


def test_a_batch_is_found_at_its_place() -> None:
    batches = Batches()
    places = [batches.add([number, "x" * number]) for number in range(3)]
    assert [batches.at(each) for each in reversed(places)] == [[2, "xx"], [1, "x"], [0, ""]]


def test_batches_stay_as_they_are_while_there_is_room_and_all_are_written_when_there_is_none() -> (
    None
):
    batches, given = Batches(limit=5), [["a", "b"], ["c", "d", "e"]]
    places = [batches.add(each, len(each)) for each in given]
    assert all(batches.at(place) is each for place, each in zip(places, given, strict=True))
    places.append(batches.add(["f"]))
    found = [batches.at(each) for each in places]
    assert found == [*given, ["f"]]
    assert all(each is not before for each, before in zip(found, given, strict=False))


def test_immutable_values_round_trip() -> None:
    batches = Batches()
    (found,) = batches.at(batches.add([MappingProxyType({"a": 1})]))
    assert found == MappingProxyType({"a": 1})


@pytest.mark.parametrize("most", [0, 1, 100, 1_000])
@pytest.mark.parametrize("count", [0, 1, 64, 200])
def test_things_come_back_in_their_order_wherever_they_lie(most: int, count: int) -> None:
    kept: SpilledList[int] = SpilledList(most)
    for number in range(count):
        kept.add(number)
    assert (len(kept), bool(kept)) == (count, count > 0)
    assert list(kept) == list(kept) == list(range(count))
    assert all(number in kept for number in range(count))
    assert count not in kept
    assert list(zip(kept, kept, strict=True)) == [(each, each) for each in range(count)]


@given(
    keys=st.lists(st.integers(0, 5), max_size=12),
    most=st.integers(1, 14),
)
def test_things_are_sorted_and_those_of_one_key_stay_in_their_order(
    keys: list[int], most: int
) -> None:
    things = [(key, number) for number, key in enumerate(keys)]
    found: Sorted[tuple[int, int]] = Sorted(itemgetter(0), most)
    for each in things:
        found.add(each)
    assert list(found) == list(found) == sorted(things)
