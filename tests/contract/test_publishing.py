"""Publishing sends one kind of request, to one place, and no code that reads can send it."""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from azure.core.exceptions import AzureError
from azure.core.rest import HttpRequest

from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.publishing import log_analytics
from amlaudit.publishing.batches import MAX_BYTES, batches
from amlaudit.publishing.guard import AUDIENCES, Target, target_of
from amlaudit.publishing.log_analytics import PublishingTransport, audience_of, publish
from amlaudit.publishing.table import STREAM, Row, rows_of
from amlaudit.scanners.cloud import Cloud
from amlaudit.scanners.guard import RequestRefusedError, refuse_writes
from amlaudit.scanners.traffic import Traffic
from amlaudit.scanners.transport import GuardedTransport
from tests.loopback.certificates import Certificates
from tests.loopback.credential import LoopbackCredential
from tests.loopback.ingestion import RULE, LoopbackIngestion
from tests.loopback.reading import PATIENCE
from tests.loopback.wire import Request, Response, json_response
from tests.reporters.samples import sample

ROOT: Final = Path(__file__).parents[2] / "amlaudit"
PATH: Final = f"/dataCollectionRules/{RULE}/streams/{STREAM}"
QUERY: Final = "?api-version=2023-01-01"


@pytest.fixture
def log(certificates: Certificates) -> Iterator[LoopbackIngestion]:
    """Receive what is published."""
    with LoopbackIngestion(certificates) as served:
        yield served


def sent(log: LoopbackIngestion, *rows: Row, most: int = MAX_BYTES) -> int:
    credential = LoopbackCredential()
    return publish(batches(rows, most), log.target, credential, lambda *_: None, PATIENCE)


def test_rows_arrive_as_they_are(log: LoopbackIngestion) -> None:
    rows = list(rows_of(sample()))
    assert sent(log, *rows) == len(rows)
    assert log.batches == [json.loads(json.dumps(rows))]
    (request,) = log.requests
    assert (request.method, request.path, request.query) == (
        "POST",
        PATH,
        {"api-version": "2023-01-01"},
    )
    assert request.headers["user-agent"].startswith("amlaudit/")


def test_no_batch_is_larger_than_azure_takes(log: LoopbackIngestion) -> None:
    rows = [{"RecordId": str(number), "Message": "x" * 7_000} for number in range(400)]
    assert sent(log, *rows) == 400
    assert len(log.requests) == 3
    assert [row for batch in log.batches for row in batch] == rows
    assert all(len(json.dumps(each)) <= MAX_BYTES for each in log.batches)


def test_what_passes_is_tried_again(log: LoopbackIngestion) -> None:
    answers = iter([json_response({}, 429, {"Retry-After": "0"}), json_response({}, 503)])
    log.fault = lambda _: next(answers, None)
    assert sent(log, {"a": 1}) == 1
    assert len(log.requests) == 3


@pytest.mark.parametrize(
    ("status", "code", "advice"),
    [
        (403, Exit.NO_ACCESS, "Monitoring Metrics Publisher"),
        (404, Exit.INPUT_OUTPUT, "--rule-id"),
        (413, Exit.INPUT_OUTPUT, "publish again"),
    ],
)
def test_a_rejected_batch_is_reported_with_what_arrived_before(
    status: int, code: Exit, advice: str, log: LoopbackIngestion
) -> None:
    def second(_: Request) -> Response | None:
        return json_response({}, status) if len(log.requests) > 1 else None

    log.fault = second
    with pytest.raises(AmlauditError, match="E113 Batch 2 was not published") as error:
        sent(log, {"a": 1}, {"a": 2}, {"a": 3}, most=1)
    assert error.value.cause.startswith(f"Azure answered {status}; 1 rows arrived before")
    assert advice in error.value.advice
    assert error.value.exit_code is code


def test_an_unreachable_endpoint_is_reported(certificates: Certificates) -> None:
    with LoopbackIngestion(certificates) as gone:
        target = gone.target
    with pytest.raises(AmlauditError, match="E113 Batch 1"):
        publish([[{"a": 1}]], target, LoopbackCredential(), lambda *_: None, PATIENCE)


def test_a_missing_package_is_reported(
    log: LoopbackIngestion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "azure.monitor.ingestion", None)
    with pytest.raises(AmlauditError, match="E305") as error:
        sent(log, {"a": 1})
    assert "amlaudit[publish]" in error.value.advice


REFUSED: Final = [
    ("GET", PATH + QUERY),
    ("PUT", PATH + QUERY),
    ("DELETE", PATH + QUERY),
    ("PATCH", PATH + QUERY),
    ("HEAD", PATH + QUERY),
    ("post", PATH + QUERY),
    ("POST", PATH),
    ("POST", f"{PATH}{QUERY}&x=y"),
    ("POST", f"{PATH}{QUERY}#x"),
    ("POST", f"{PATH}/{QUERY}"),
    ("POST", f"/{PATH}{QUERY}"),
    ("POST", PATH.lower() + QUERY),
    ("POST", f"{PATH}?api-version=2021-11-01-preview"),
    ("POST", f"/dataCollectionRules/{RULE}/streams/Custom-Other_CL{QUERY}"),
    ("POST", f"/dataCollectionRules/{RULE}/streams/Microsoft-Event{QUERY}"),
    ("POST", f"/dataCollectionRules/dcr-{'f' * 32}/streams/{STREAM}{QUERY}"),
    ("POST", f"/dataCollectionRules/x/../{RULE}/streams/{STREAM}{QUERY}"),
    ("POST", f"/dataCollectionRules/{RULE}/streams/{STREAM}/..{QUERY}"),
    ("POST", f"/dataCollectionRules/{RULE}/streams/%43ustom-AmlAudit_CL{QUERY}"),
    ("POST", f"/dataCollectionRules/{RULE}%2fstreams/{STREAM}{QUERY}"),
    ("POST", f"/subscriptions/s/resourceGroups/g/providers/x/y/z/listKeys{QUERY}"),
    ("POST", f"/providers/Microsoft.ResourceGraph/resources{QUERY}"),
    ("POST", f"/{QUERY}"),
]
"""Requests that are not the publishing one, however similar they look."""

ELSEWHERE: Final = [
    f"https://elsewhere.invalid{PATH}{QUERY}",
    f"http://localhost:{{port}}{PATH}{QUERY}",
    f"https://127.0.0.1:{{port}}{PATH}{QUERY}",
    f"https://LOCALHOST:{{port}}{PATH}{QUERY}",
    f"https://localhost.:{{port}}{PATH}{QUERY}",
    f"https://localhost{PATH}{QUERY}",
    f"https://me@localhost:{{port}}{PATH}{QUERY}",
    f"https://localhost:{{port}}@elsewhere.invalid{PATH}{QUERY}",
    f"https://elsewhere.invalid#@localhost:{{port}}{PATH}{QUERY}",
    f"https://elsewhere.invalid\\@localhost:{{port}}{PATH}{QUERY}",
    f"https://management.azure.com{PATH}{QUERY}",
    "file:///etc/hosts",
]


class TestTheGuardOfPublishing:
    @pytest.mark.parametrize(("method", "path"), REFUSED)
    def test_refuses_what_is_another_request(
        self, method: str, path: str, log: LoopbackIngestion
    ) -> None:
        with PublishingTransport(log.target) as transport, pytest.raises(RequestRefusedError):
            transport.send(HttpRequest(method, log.target.endpoint + path))
        assert log.connections == 0

    @pytest.mark.parametrize("address", ELSEWHERE)
    def test_refuses_other_places(self, address: str, log: LoopbackIngestion) -> None:
        url = address.format(port=log.target.endpoint.rpartition(":")[2])
        with PublishingTransport(log.target) as transport, pytest.raises(RequestRefusedError):
            transport.send(HttpRequest("POST", url))
        assert log.connections == 0

    @pytest.mark.parametrize(("method", "path"), REFUSED)
    def test_is_beneath_the_client_of_the_sdk(
        self, method: str, path: str, log: LoopbackIngestion
    ) -> None:
        client: Any = log_analytics._client(log.target, LoopbackCredential(), PATIENCE)  # noqa: SLF001 - what amlaudit never hands out
        # The client's own formatting may turn an address into an invalid one.
        with client, pytest.raises((RequestRefusedError, AzureError)):
            client.send_request(HttpRequest(method, log.target.endpoint + path))
        assert log.requests == []

    @pytest.mark.parametrize("stream", ["Custom-Other_CL", "../x", "Custom-AmlAudit_CL/../x"])
    def test_refuses_another_stream_of_the_typed_operation(
        self, stream: str, log: LoopbackIngestion
    ) -> None:
        client: Any = log_analytics._client(log.target, LoopbackCredential(), PATIENCE)  # noqa: SLF001 - same
        with client, pytest.raises(RequestRefusedError):
            client.upload(rule_id=RULE, stream_name=stream, logs=[{"a": 1}])
        assert log.connections == 0

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_follows_no_redirect(
        self, status: int, log: LoopbackIngestion, certificates: Certificates
    ) -> None:
        with LoopbackIngestion(certificates) as other:
            log.fault = lambda _: Response(status, headers={"Location": other.target.address})
            with pytest.raises(AmlauditError, match="E113"):
                sent(log, {"a": 1})
            assert other.connections == 0
        assert len(log.requests) == 1

    @pytest.mark.parametrize("suffix", AUDIENCES)
    def test_takes_the_endpoints_of_every_cloud(self, suffix: str) -> None:
        target = target_of(f"https://Aml-x1y2.westeurope-1{suffix}/", RULE)
        assert target.endpoint == f"https://aml-x1y2.westeurope-1{suffix}"
        assert audience_of(target) == AUDIENCES[suffix]

    @pytest.mark.parametrize(
        "endpoint",
        [
            "http://a.ingest.monitor.azure.com",
            "https://ingest.monitor.azure.com",
            "https://a.ingest.monitor.azure.com.elsewhere.invalid",
            "https://elsewhere.invalid/a.ingest.monitor.azure.com",
            "https://elsewhere.invalid?.ingest.monitor.azure.com",
            "https://elsewhere.invalid#.ingest.monitor.azure.com",
            "https://me@a.ingest.monitor.azure.com",
            "https://elsewhere.invalid\\.ingest.monitor.azure.com",
            "https://a.ingest.monitor.azure.com:444",
            "https://a.ingest.monitor.azure.com/subscriptions",
            "https://management.azure.com",
            "",
        ],
    )
    def test_takes_no_other_place(self, endpoint: str) -> None:
        with pytest.raises(AmlauditError, match="E112"):
            target_of(endpoint, RULE)

    @pytest.mark.parametrize("rule", ["", "dcr-1", f"{RULE}/x", RULE.upper(), f"{RULE}?", "../x"])
    def test_takes_no_other_rule(self, rule: str) -> None:
        with pytest.raises(AmlauditError, match="E112"):
            target_of("https://a.ingest.monitor.azure.com", rule)


class TestWhatReads:
    def test_lets_no_publishing_through(self, log: LoopbackIngestion) -> None:
        target = log.target
        cloud = Cloud(target.endpoint, f"{target.endpoint}/.default")
        with pytest.raises(RequestRefusedError):
            refuse_writes("POST", target.address, target.endpoint)
        with (
            GuardedTransport(cloud, Traffic(), 1) as transport,
            pytest.raises(RequestRefusedError),
        ):
            transport.send(HttpRequest("POST", target.address))
        assert log.connections == 0

    def test_cannot_even_name_what_publishes(self) -> None:
        """One command imports it; import-linter forbids it in every package that reads."""
        by_module = {
            path.relative_to(ROOT).as_posix(): _imports(path) for path in ROOT.rglob("*.py")
        }
        outside = {each for each in by_module if not each.startswith("publishing/")}
        assert {each for each in outside if "amlaudit.publishing" in by_module[each]} == {
            "cli/publish.py"
        }
        assert {each for each, named in by_module.items() if "azure.monitor" in named} == {
            "publishing/log_analytics.py"
        }
        inside = by_module.keys() - outside
        assert not [each for each in inside if "azure.mgmt" in by_module[each]]

    def test_has_not_loaded_it_when_a_scan_is_done(self, tmp_path: Path) -> None:
        program = (
            "import sys; from amlaudit.cli import run; "
            f"run(['demo', '--out', {str(tmp_path)!r}]); "
            "print([each for each in sys.modules if 'publish' in each or 'azure.monitor' in each])"
        )
        done = subprocess.run(  # noqa: S603 - our own code
            [sys.executable, "-c", program], capture_output=True, text=True, check=True
        )
        assert done.stdout.splitlines()[-1] == "[]"


def _imports(path: Path) -> set[str]:
    """Return the packages of amlaudit that a module imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom):
            found.add(".".join((node.module or "").split(".")[:2]))
        elif isinstance(node, ast.Import):
            found |= {".".join(each.name.split(".")[:2]) for each in node.names}
    return found


def test_an_address_is_one_text() -> None:
    target = Target("https://a.ingest.monitor.azure.com", RULE)
    assert target.address == f"https://a.ingest.monitor.azure.com{PATH}{QUERY}"
