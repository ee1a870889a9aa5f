"""What a collection proves of a type is recorded once all reads of it have ended."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import cast

import pytest

from amlaudit.core.arm_id import SUBSCRIPTION_TYPE
from amlaudit.core.estate import Estate
from amlaudit.core.gap import Gap, Reason
from amlaudit.core.relations import POLICY_SET
from amlaudit.core.scope import Scope
from amlaudit.scanners.answer import Answer
from amlaudit.scanners.azure import AzureReader
from amlaudit.scanners.call import Call
from amlaudit.scanners.faults import ReadError
from amlaudit.scanners.pace import Pace
from amlaudit.scanners.rights import Rights
from amlaudit.scanners.run import Run
from amlaudit.scanners.scanner import ArmRead, Scanner
from amlaudit.scanners.snapshot import SnapshotWriter
from amlaudit.scanners.traffic import Traffic
from tests.estates import SUBSCRIPTION

NOT_FOUND = ReadError(Reason.API_ERROR, "not found", status=404)
FAILED = ReadError(Reason.API_ERROR, "failed", status=500)


class Reader:
    """Answers each path with an empty list or a given error."""

    def __init__(self, **answers: BaseException | None) -> None:
        self.answers = answers

    def pages(self, path: str, api_version: str, **_: object) -> Iterator[Answer]:
        """Yield an empty page, or raise."""
        answer = self.answers[path.rpartition("/")[2]]
        if answer is not None:
            raise answer
        yield Answer({}, Call("GET", path, api_version, "200", datetime.now(UTC)))


class Known:
    """Rights that are not determined."""

    def learn(self, _scope: str) -> None:
        """Do nothing."""


def read(path: str) -> ArmRead:
    return ArmRead(
        SUBSCRIPTION_TYPE, f"/{path}", "2026-01-01", "x/read", POLICY_SET, empty_on_404=True
    )


def collect(writer: SnapshotWriter, **answers: BaseException | None) -> Estate:
    scanner = Scanner("x", reads=tuple(map(read, answers)))
    reader, rights = cast("AzureReader", Reader(**answers)), cast("Rights", Known())
    run = Run(reader, writer, rights, Traffic(Pace(at_once=1, most_at_once=1)), [scanner])
    with suppress(KeyboardInterrupt):
        run.collect(Scope(), [SUBSCRIPTION])
    return writer.cut_off(Scope())


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        (None, None, None),
        (None, NOT_FOUND, None),
        (NOT_FOUND, None, None),
        (NOT_FOUND, NOT_FOUND, None),
        (None, FAILED, Reason.API_ERROR),
        (FAILED, None, Reason.API_ERROR),
        (NOT_FOUND, FAILED, Reason.API_ERROR),
        (None, KeyboardInterrupt(), Reason.NOT_COLLECTED),
        (NOT_FOUND, KeyboardInterrupt(), Reason.NOT_COLLECTED),
    ],
)
def test_a_type_was_read_completely_only_if_every_read_of_it_ended(
    one: BaseException | None, other: BaseException | None, reason: Reason | None
) -> None:
    with SnapshotWriter() as writer:
        estate = collect(writer, one=one, other=other)
        found: Gap | None = estate.sight(SUBSCRIPTION, POLICY_SET)
        assert (found.reason if found else None) == reason
        estate.close()
