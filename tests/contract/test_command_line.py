"""The whole program as a user runs it: a process, `az` on the path, Azure over HTTPS."""

import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from queue import Queue
from typing import TypeAlias

import pytest

from amlaudit.core.errors import Exit
from amlaudit.demo.source import READ_AT, gaps
from amlaudit.demo.source import documents as embedded
from tests.loopback import faults
from tests.loopback.aging import shifted
from tests.loopback.azure import LoopbackAzure
from tests.loopback.certificates import Certificates
from tests.loopback.credential import LoopbackCredential
from tests.loopback.faults import Honest
from tests.loopback.wire import Request, Response

Done: TypeAlias = "subprocess.CompletedProcess[str]"
Process: TypeAlias = "subprocess.Popen[str]"
Run: TypeAlias = Callable[..., Done]
Start: TypeAlias = Callable[..., Process]

STRANGER = "99999999-9999-4999-8999-999999999999"

AZ = """\
#!/bin/sh
echo '{{"accessToken": "{token}", "expires_on": 32472144000, "expiresOn":
"2999-01-01 00:00:00.000000", "subscription": "s", "tenant": "t", "tokenType": "Bearer"}}'
"""


@pytest.fixture(autouse=True)
def _interruptible() -> Iterator[None]:
    """Make processes interruptible, which a shell prevents for what it runs in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def start(azure: LoopbackAzure, tmp_path: Path) -> Start:
    """Start amlaudit against the loopback Azure, signed in with a stand-in for the Azure CLI."""
    az = tmp_path / "bin" / "az"
    az.parent.mkdir()
    az.write_text(AZ.format(token=LoopbackCredential().get_token().token), "utf-8")
    az.chmod(az.stat().st_mode | stat.S_IXUSR)
    environment = {
        "PATH": f"{az.parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "REQUESTS_CA_BUNDLE": str(azure.ca_file),
        "AZURE_TOKEN_CREDENTIALS": "AzureCliCredential",
        "NO_PROXY": "*",
        "COLUMNS": "80",
        "AMLAUDIT_CLOUD": azure.endpoint,
    }

    def started(*arguments: str, **changes: str) -> Process:
        return subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "amlaudit", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
            env={**environment, **changes},
        )

    return started


@pytest.fixture
def amlaudit(start: Start) -> Run:
    """Run amlaudit to the end."""

    def run(*arguments: str, **changes: str) -> Done:
        with start(*arguments, **changes) as process:
            out, err = process.communicate()
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    return run


@pytest.fixture
def azure(certificates: Certificates) -> Iterator[LoopbackAzure]:
    """Serve the embedded estate, as if it had just been read."""
    age = datetime.now(UTC) - READ_AT
    documents = [shifted(each, age) for _, several in embedded() for each in several]
    with LoopbackAzure(certificates, documents) as served:
        yield served


def test_a_subscription_is_scanned_by_name_into_every_report(
    amlaudit: Run, azure: LoopbackAzure, tmp_path: Path
) -> None:
    reports = [f"--report={kind}=out/report.{kind}" for kind in ("json", "sarif", "html")]
    done = amlaudit(
        "scan", "-s", "ML Production", "-s", "ml development", *reports, "--save-snapshot", "e.db"
    )
    assert done.returncode == Exit.FAIL, done.stderr
    assert "FAIL · " in done.stdout
    report = json.loads((tmp_path / "out" / "report.json").read_text("utf-8"))
    assert report["header"]["collection"]["complete"] is True
    assert len(report["header"]["collection"]["reached"]) == 2
    assert report["header"]["collection"]["principal"].startswith("service principal")
    assert all(request.method in {"GET", "POST"} for request in azure.requests)
    assert json.loads((tmp_path / "out" / "report.sarif").read_text("utf-8"))["runs"]
    assert (tmp_path / "out" / "report.html").stat().st_size > 10_000


def test_live_azure_and_its_snapshot_give_the_same_bytes(amlaudit: Run, tmp_path: Path) -> None:
    moment = ("--timestamp", "2026-11-24T02:01:00Z")
    live = ("-s", "ML Production", "--save-snapshot", "estate.db", "--report=json=live.json")
    amlaudit("scan", *live, *moment)
    amlaudit("scan", "--from", "estate.db", "--report=json=again.json", *moment)
    assert (tmp_path / "live.json").read_bytes() == (tmp_path / "again.json").read_bytes()


def test_the_verdicts_on_live_azure_are_those_on_the_embedded_estate(
    amlaudit: Run, tmp_path: Path
) -> None:
    amlaudit("scan", "-s", "ML Production", "-s", "ML Development", "--report=json=live.json")
    amlaudit_demo = [sys.executable, "-m", "amlaudit", "demo", "--out", str(tmp_path / "demo")]
    subprocess.run(amlaudit_demo, capture_output=True, check=True)  # noqa: S603 - our own program
    hidden = tuple(gap.scope_id for gap in gaps())

    def verdicts(path: Path) -> dict[tuple[str, str], str]:
        return {
            (each["rule_id"], each["resource_id"]): each["status"]
            for each in json.loads(path.read_text("utf-8"))["findings"]
            if not each["resource_id"].startswith(hidden)
        }

    live, embedded = verdicts(tmp_path / "live.json"), verdicts(tmp_path / "demo" / "report.json")
    assert live.keys() == embedded.keys()
    # What is hidden in one place may be missing in another, and nothing is hidden here.
    known = {key: status for key, status in embedded.items() if status != "unknown"}
    assert {key: live[key] for key in known} == known


def test_without_sign_in_the_scan_ends_with_exit_code_four_and_three_lines(
    amlaudit: Run, tmp_path: Path
) -> None:
    (tmp_path / "bin" / "az").write_text("#!/bin/sh\necho 'Please run az login' >&2\nexit 1\n")
    done = amlaudit("scan", "-s", "ML Production")
    assert done.returncode == Exit.NO_ACCESS
    assert done.stderr.startswith("✖ E101 No Azure credential found. Tried: Azure CLI.")
    assert "→ run `az login`" in done.stderr
    assert len(done.stderr.splitlines()) <= 4


def test_an_untrusted_certificate_ends_with_exit_code_four(amlaudit: Run) -> None:
    done = amlaudit("scan", "-s", "ML Production", REQUESTS_CA_BUNDLE="")
    assert done.returncode == Exit.NO_ACCESS
    assert "E108 TLS: this Python does not trust the certificate of " in done.stderr
    assert "certificate" in done.stderr


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("ML Prodction", Exit.NO_ACCESS, 'Did you mean "ML Production"?'),
        (STRANGER, Exit.NO_ACCESS, f"E105 No read access to /subscriptions/{STRANGER}\n"),
    ],
)
def test_a_subscription_that_cannot_be_seen_ends_with_four(
    amlaudit: Run, name: str, code: Exit, words: str
) -> None:
    done = amlaudit("scan", "-s", name)
    assert (done.returncode, words in done.stderr) == (code, True)
    assert done.stdout == ""


def test_a_subscription_that_cannot_be_seen_beside_others_leaves_the_scan_incomplete(
    amlaudit: Run,
) -> None:
    hidden = "99999999-9999-4999-8999-999999999999"
    done = amlaudit("scan", "-s", "ML Production", "-s", hidden, "--fail-on", "never")
    assert done.returncode == Exit.INCOMPLETE
    assert (
        f"E105 No read access to 1 of 2 subscriptions ({hidden}). Scanned the other 1"
        in done.stderr
    )
    assert "INCOMPLETE" in done.stdout


def test_tokens_are_neither_shown_nor_stored(amlaudit: Run, tmp_path: Path) -> None:
    done = amlaudit(
        "scan", "-s", "ML Production", "--save-snapshot", "e.db", "--report=json=r.json"
    )
    token = LoopbackCredential().get_token().token
    kept = [path.read_bytes() for path in tmp_path.iterdir() if path.is_file()]
    assert token not in done.stdout + done.stderr
    assert all(token.encode() not in content for content in kept)


def test_a_log_has_one_line_for_each_scope_and_quiet_has_none(amlaudit: Run) -> None:
    arguments = ("scan", "-s", "ML Production", "-s", "ML Development", "--exclude", "*lopment")
    loud, quiet = amlaudit(*arguments), amlaudit(*arguments, "--quiet")
    lines = loud.stderr.splitlines()
    assert lines[0].startswith("Signed in as service principal")
    assert lines[1] == "Reading 1 subscription"
    assert [line for line in lines if line.startswith("ML Production: ")]
    assert quiet.stderr == ""
    assert quiet.stdout == loud.stdout


def test_a_deadline_ends_a_collection_that_is_then_incomplete(
    amlaudit: Run, azure: LoopbackAzure
) -> None:
    azure.fail(faults.path_ends("/computes"), faults.throttled({"Retry-After": "50"}))
    done = amlaudit(
        "scan", "-s", "ML Production", "--deadline", "40s", "--fail-on", "never", "--report=json"
    )
    assert done.returncode == Exit.INCOMPLETE, done.stderr
    assert '"throttled"' in done.stdout


posix = pytest.mark.skipif(os.name == "nt", reason="Windows sends no signals to one process")


def signalled(
    start: Start, azure: LoopbackAzure, number: signal.Signals, path: str, *arguments: str
) -> Done:
    """Run amlaudit, and send it a signal when it requests a path."""
    running: Queue[Process] = Queue()

    def interrupt(_request: Request, honest: Honest) -> Response:
        running.get(timeout=60).send_signal(number)
        return honest()

    azure.fail(faults.path_ends(path), interrupt, nth=(1,))
    with start(*arguments) as process:
        running.put(process)
        out, err = process.communicate()
    return subprocess.CompletedProcess(arguments, process.returncode, out, err)


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda each: each.name)
def test_an_interrupted_scan_judges_what_was_read_and_can_be_resumed(
    number: signal.Signals, start: Start, amlaudit: Run, azure: LoopbackAzure, tmp_path: Path
) -> None:
    arguments = ("scan", "-s", "ML Production", "--save-snapshot", "e.db")
    reports = ("--report=json=r.json", "--report=html=r.html", "--report=bundle=r.zip")
    done = signalled(start, azure, number, "/mlw-fraud-prod/computes", *arguments, *reports)
    assert done.returncode == Exit.INTERRUPTED, done.stderr
    assert "Stopping: waiting for requests in progress" in done.stderr
    assert "Interrupted: what had been read was evaluated" in done.stderr
    assert "e.db.partial; continue with --resume" in done.stderr
    report = json.loads((tmp_path / "r.json").read_text("utf-8"))
    assert report["header"]["collection"]["complete"] is False
    assert report["verdict"]["complete"] is False
    statuses = {each["status"] for each in report["findings"]}
    assert {"pass", "unknown"} <= statuses
    assert "INCOMPLETE" in (tmp_path / "r.html").read_text("utf-8")
    verified = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "amlaudit", "verify", tmp_path / "r.zip"], check=False
    )
    assert verified.returncode == Exit.PASS
    assert not (tmp_path / "e.db").exists()
    resumed = amlaudit(*arguments, "--resume")
    assert resumed.returncode == Exit.FAIL, resumed.stderr
    assert "Note: resuming the collection started at" in resumed.stderr
    assert (tmp_path / "e.db").exists()


@posix
def test_an_interrupt_before_anything_was_read_leaves_no_report(
    start: Start, azure: LoopbackAzure, tmp_path: Path
) -> None:
    arguments = ("scan", "-s", "ML Production", "--report=json=r.json")
    done = signalled(start, azure, signal.SIGINT, "/subscriptions", *arguments)
    assert done.returncode == Exit.INTERRUPTED
    assert "no report was written" in done.stderr
    assert not (tmp_path / "r.json").exists()


@posix
def test_a_second_interrupt_ends_at_once(
    start: Start, azure: LoopbackAzure, tmp_path: Path
) -> None:
    azure.fail(faults.path_ends("/mlw-fraud-prod/computes"), faults.SILENCE)
    with start("scan", "-s", "ML Production", "--report=json=r.json") as process:
        assert process.stderr
        asked = time.monotonic() + 120
        while not any(each.endswith("fraud-prod/computes") for each in azure.paths()):
            assert time.monotonic() < asked
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        for line in process.stderr:
            if line.startswith("Stopping"):
                break
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == Exit.INTERRUPTED  # answers may take longer
    assert not (tmp_path / "r.json").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("-s", "x", "--resume"), "--save-snapshot"),
        (("--from", "x", "--resume", "--save-snapshot", "e.db"), "cannot be combined with --from"),
        (("--from", "x", "--tenant", "t"), "narrow it"),
        ((), "--tenant ID"),
        (("-s", "x", "--deadline", "soon"), "use 90s"),
        (("-s", "x", "--credential", "magic"), "managed-identity"),
    ],
)
def test_options_that_make_no_sense_are_wrong_usage(
    arguments: tuple[str, ...], words: str, amlaudit: Run
) -> None:
    done = amlaudit("scan", *arguments)
    assert done.returncode == Exit.USAGE
    assert words in done.stderr
