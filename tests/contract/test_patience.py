"""A collection is patient and respects limits, and ends at its deadline."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, Final

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError
from msgspec import Struct, field
from msgspec.structs import replace

from amlaudit.core.estate import Estate
from amlaudit.core.gap import Reason
from amlaudit.core.relations import COMPUTE, STORAGE
from amlaudit.core.scope import Scope
from amlaudit.scanners.events import Event, Noticed, Waiting
from amlaudit.scanners.live import LiveAzure
from amlaudit.scanners.pace import Pace
from amlaudit.scanners.waiting import Patience
from tests.loopback import estate as small
from tests.loopback import faults
from tests.loopback.azure import LoopbackAzure
from tests.loopback.clocks import Leaping
from tests.loopback.credential import LoopbackCredential
from tests.loopback.reading import PACE, PATIENCE, collected

PRODUCTION: Final = f"/subscriptions/{small.PRODUCTION}"
CHURN: Final = small.CHURN.lower()


class Renewing(Struct):
    """A credential that returns a new token each time, and counts; it may fail after some time.

    Attributes:
        seconds: Lifetime of a token.
        good: Number of tokens that it returns before it fails.
        asked: The options of each request for a token.
    """

    seconds: float = 3600
    good: int = 1000
    asked: list[Mapping[str, Any]] = field(default_factory=list)

    def get_token(self, *_scopes: str, **options: Any) -> AccessToken:
        """Return a new token."""
        self.asked.append(options)
        if len(self.asked) > self.good:
            raise ClientAuthenticationError("AADSTS700082: The refresh token has expired.")
        token = LoopbackCredential().get_token().token
        return AccessToken(f"{token}{len(self.asked)}", int(time.time() + self.seconds))


def read(azure: LoopbackAzure, credential: Any = None, **options: Any) -> Estate:
    """Return the estate from a collection; other options are those of `LiveAzure`."""
    usual: dict[str, Any] = {"patience": PATIENCE, "pace": PACE}
    source = LiveAzure(credential or azure.credential, azure.cloud, **(usual | options))
    return source.collect(Scope())


class TestTokens:
    def test_are_asked_for_once_however_many_threads_there_are(self, azure: LoopbackAzure) -> None:
        credential = Renewing()
        read(azure, credential).close()
        assert len(credential.asked) == 1

    def test_are_renewed_when_azure_takes_one_no_longer(self, azure: LoopbackAzure) -> None:
        credential = Renewing()
        azure.fail(
            lambda request: (
                request.headers["authorization"].endswith("unsigned1")
                and request.place.endswith("/mlw-churn/computes")
            ),
            faults.error(401, "ExpiredAuthenticationToken"),
        )
        estate = read(azure, credential)
        assert estate.gaps() == ()
        assert len(credential.asked) == 2
        estate.close()

    def test_are_renewed_with_the_claims_that_azure_asks_for(self, azure: LoopbackAzure) -> None:
        credential = Renewing()
        challenge = 'Bearer error="insufficient_claims", claims="eyJhIjoxfQ=="'
        azure.fail(
            faults.path_ends("/mlw-churn/computes"),
            faults.error(401, headers={"WWW-Authenticate": challenge}),
            nth=(1,),
        )
        estate = read(azure, credential)
        assert estate.gaps() == ()
        assert [each.get("claims") for each in credential.asked] == [None, '{"a":1}']
        estate.close()

    def test_that_cannot_be_renewed_leave_gaps_and_are_not_asked_for_again_and_again(
        self, azure: LoopbackAzure
    ) -> None:
        credential = Renewing(good=1)
        azure.fail(faults.path_ends("/computes", "/datastores"), faults.error(401))
        estate = read(azure, credential)
        gap = estate.sight(CHURN, COMPUTE)
        assert gap is not None
        assert gap.reason is Reason.FORBIDDEN
        assert len(credential.asked) == 2
        estate.close()


class TestTheDeadline:
    def test_leaves_a_gap_for_all_that_was_not_asked(self, azure: LoopbackAzure) -> None:
        clock = Leaping()
        azure.fail(
            faults.path_ends(f"{small.PRODUCTION}/providers/microsoft.authorization/locks"),
            clock.leaps(1000),
        )
        estate = read(azure, deadline_seconds=900, clock=clock, pace=replace(PACE, most_at_once=1))
        assert {gap.reason for gap in estate.gaps()} == {Reason.NOT_COLLECTED}
        assert estate.sight(CHURN, COMPUTE) is not None
        assert estate.sight(PRODUCTION, STORAGE) is None
        assert estate.store.collection().ended_at is not None
        estate.close()

    def test_cuts_no_wait_short_but_does_not_begin_it(self, azure: LoopbackAzure) -> None:
        azure.fail(
            faults.path_ends("/mlw-churn/computes"), faults.throttled({"Retry-After": "3600"})
        )
        heard: list[Event] = []
        patience = Patience(longest_wait_seconds=1800)
        estate = read(azure, patience=patience, deadline_seconds=900, observer=heard.append)
        assert not [each for each in heard if isinstance(each, Waiting) and each.throttled]
        gap = estate.sight(CHURN, COMPUTE)
        assert gap is not None
        assert gap.reason is Reason.THROTTLED
        estate.close()

    def test_leaves_what_a_refusal_holds_up_throttled_not_forgotten(
        self, azure: LoopbackAzure
    ) -> None:
        azure.fail(
            faults.path_ends("/mlw-churn/computes"), faults.throttled({"Retry-After": "3600"})
        )
        patience = Patience(longest_wait_seconds=1800)
        pace = replace(PACE, at_once=1, most_at_once=1)
        estate = read(azure, patience=patience, deadline_seconds=900, pace=pace)
        gaps = [gap for gap in estate.gaps() if not gap.part.startswith("properties.")]
        assert {gap.reason for gap in gaps} == {Reason.THROTTLED}
        assert any("throttled an earlier request" in gap.detail for gap in gaps)
        estate.close()


class TestThrottling:
    def test_is_told_with_what_is_waited_for(self, azure: LoopbackAzure) -> None:
        azure.fail(
            faults.path_ends("/mlw-churn/computes"),
            faults.throttled({"Retry-After": "1"}),
            nth=(1,),
        )
        heard: list[Event] = []
        patience = Patience(longest_wait_seconds=0.6)
        read(azure, observer=heard.append, patience=patience).close()
        assert Waiting(PRODUCTION, 0.6, throttled=True) in heard

    def test_of_the_graph_by_its_quota_is_avoided(self, azure: LoopbackAzure) -> None:
        quota = {"x-ms-user-quota-remaining": "0", "x-ms-user-quota-resets-after": "00:00:01"}

        def last(_request: Any, honest: Any) -> Any:
            return replace(honest(), headers=quota)

        azure.fail(faults.query_for(STORAGE), last)
        began = time.monotonic()
        estate = read(azure, pace=Pace(at_once=1, most_at_once=1))
        assert estate.gaps() == ()
        assert time.monotonic() - began >= 1
        estate.close()


@pytest.mark.parametrize(("hours", "way"), [(2, "behind"), (-2, "ahead of")])
def test_a_clock_that_is_wrong_is_noticed_once(
    hours: int, way: str, azure: LoopbackAzure, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = format_datetime(datetime.now(UTC) + timedelta(hours=hours), usegmt=True)
    monkeypatch.setattr("http.server.BaseHTTPRequestHandler.date_time_string", lambda *_: theirs)
    heard: list[Event] = []
    with collected(azure, observer=heard.append):
        pass
    notes = [each.text for each in heard if isinstance(each, Noticed)]
    assert len(notes) == 1
    assert f"{way} Azure's" in notes[0]
