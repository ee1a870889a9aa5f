"""The loopback Azure answers as often as the published limits allow, and responds as Azure does."""

from contextlib import closing

import pytest

from amlaudit.core.scope import Scope
from amlaudit.scanners.live import LiveAzure
from amlaudit.scanners.traffic import Clock as ScanClock
from tests.loopback import estate as small
from tests.loopback.azure import LoopbackAzure
from tests.loopback.faults import GRAPH_PATH
from tests.loopback.quotas import Quotas
from tests.loopback.reading import collected
from tests.loopback.wire import Request, Response

ONE = f"/subscriptions/{small.PRODUCTION}/providers/x"
OTHER = f"/subscriptions/{small.LABORATORY}/providers/x"


class Clock(ScanClock):
    """A clock that tests advance, as do those who wait for it."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds

    def now(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += max(seconds, 0.001)  # like any clock, it is never exact


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def quotas(clock: Clock) -> Quotas:
    return Quotas(clock=clock)


def admitted(quotas: Quotas, path: str, times: int, principal: str = "a") -> int:
    """Return how many of the requests are answered."""
    answers = (quotas.admit(Request("GET", path), principal)[0] for _ in range(times))
    return sum(answer is None for answer in answers)


def refused(quotas: Quotas, path: str, principal: str = "a") -> Response:
    """Return the answer that rejects a request."""
    answer, _ = quotas.admit(Request("GET", path), principal)
    assert answer is not None
    assert answer.status == 429
    return answer


class TestResourceGraph:
    def test_answers_fifteen_queries_in_a_window_of_five_seconds(
        self, quotas: Quotas, clock: Clock
    ) -> None:
        assert admitted(quotas, GRAPH_PATH, 20) == 15
        clock.seconds += 4.9
        assert admitted(quotas, GRAPH_PATH, 1) == 0
        clock.seconds += 0.1
        assert admitted(quotas, GRAPH_PATH, 20) == 15

    def test_counts_each_principal_apart(self, quotas: Quotas) -> None:
        assert admitted(quotas, GRAPH_PATH, 20, "a") == 15
        assert admitted(quotas, GRAPH_PATH, 20, "b") == 15

    def test_says_what_is_left_and_when_there_is_more(self, quotas: Quotas, clock: Clock) -> None:
        _, headers = quotas.admit(Request("POST", GRAPH_PATH), "a")
        assert headers["x-ms-user-quota-remaining"] == "14"
        assert headers["x-ms-user-quota-resets-after"] == "00:00:05"
        clock.seconds += 2.5
        _, headers = quotas.admit(Request("POST", GRAPH_PATH), "a")
        assert headers["x-ms-user-quota-remaining"] == "13"
        assert headers["x-ms-user-quota-resets-after"] == "00:00:03"

    def test_refuses_with_or_without_retry_after(self, quotas: Quotas, clock: Clock) -> None:
        admitted(quotas, GRAPH_PATH, 15)
        clock.seconds += 3.2
        answer = refused(quotas, GRAPH_PATH)
        assert b"RateLimiting" in answer.body
        assert answer.headers["Retry-After"] == "2"
        quotas.says_when = False
        assert "Retry-After" not in refused(quotas, GRAPH_PATH).headers


class TestResourceManager:
    def test_has_250_reads_in_store_and_adds_25_a_second(
        self, quotas: Quotas, clock: Clock
    ) -> None:
        assert admitted(quotas, ONE, 300) == 250
        clock.seconds += 2
        assert admitted(quotas, ONE, 300) == 50
        clock.seconds += 1000
        assert admitted(quotas, ONE, 300) == 250

    def test_counts_subscriptions_and_the_tenant_apart(self, quotas: Quotas) -> None:
        assert admitted(quotas, ONE, 300) == 250
        assert admitted(quotas, OTHER, 300) == 250
        assert admitted(quotas, "/subscriptions", 300) == 250

    def test_counts_all_principals_of_a_subscription_together_too(self, quotas: Quotas) -> None:
        assert sum(admitted(quotas, ONE, 250, str(each)) for each in range(20)) == 15 * 250

    def test_says_what_is_left(self, quotas: Quotas) -> None:
        _, headers = quotas.admit(Request("GET", ONE), "a")
        assert headers == {
            "x-ms-ratelimit-remaining-subscription-reads": "249",
            "x-ms-ratelimit-remaining-subscription-global-reads": "3749",
        }
        _, headers = quotas.admit(Request("GET", "/subscriptions"), "a")
        assert headers == {"x-ms-ratelimit-remaining-tenant-reads": "249"}

    def test_refuses_until_there_is_a_token_again(self, quotas: Quotas) -> None:
        admitted(quotas, ONE, 250)
        answer = refused(quotas, ONE)
        assert answer.headers["Retry-After"] == "1"
        assert b"SubscriptionRequestsThrottled" in answer.body


@pytest.mark.parametrize("says_when", [True, False])
def test_a_collection_under_quotas_is_whole(
    azure: LoopbackAzure, clock: Clock, *, says_when: bool
) -> None:
    azure.quotas = Quotas(3, depth=30, a_second=2, says_when=says_when, clock=clock)
    source = LiveAzure(azure.credential, azure.cloud, clock=clock)
    with closing(source.collect(Scope())) as estate:
        assert estate.gaps() == ()


def test_a_collection_of_a_slow_azure_is_whole(azure: LoopbackAzure) -> None:
    azure.latency = 0.01
    with collected(azure) as estate:
        assert estate.gaps() == ()
