"""How long a fail lasted, and whether the last run saw it."""

from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from amlaudit.core.episodes import End
from amlaudit.engine.course import followed
from tests.engine.runs import BAD, GOOD, day, run, steps_of


def test_a_fail_lasts_from_its_first_run_to_its_end_or_until_now() -> None:
    runs = [run(1, GOOD), run(2, BAD), run(5, BAD)]
    course = followed(runs[0].series, steps_of(runs))
    (episode,) = course.episodes
    assert course.until == day(5)
    assert episode.lasted(day(9)) == timedelta(7)
    ended = replace(episode, ended=day(6), end=End.FIXED)
    assert ended.lasted(datetime(2030, 1, 1, tzinfo=UTC)) == timedelta(4)
    assert course.is_seen(episode)
    assert not course.is_seen(ended)
    assert not course.is_seen(replace(episode, last_seen=day(2)))
