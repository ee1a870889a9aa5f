"""The whole program as a user runs it: a process, `az` on the path, Azure over HTTPS."""

import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest

from amlaudit.core.errors import Exit
from amlaudit.demo.source import gaps
from tests.loopback.azure import LoopbackAzure
from tests.loopback.certificates import Certificates
from tests.loopback.credential import LoopbackCredential

Done: TypeAlias = "subprocess.CompletedProcess[str]"
Run: TypeAlias = Callable[..., Done]

AZ = """\
#!/bin/sh
echo '{{"accessToken": "{token}", "expires_on": 32472144000, "expiresOn":
"2999-01-01 00:00:00.000000", "subscription": "s", "tenant": "t", "tokenType": "Bearer"}}'
"""


@pytest.fixture
def amlaudit(azure: LoopbackAzure, tmp_path: Path) -> Run:
    """Run amlaudit against the loopback Azure, signed in with a stand-in for the Azure CLI."""
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
    }

    def run(*arguments: str, **changes: str) -> Done:
        command = [sys.executable, "-m", "amlaudit", *arguments, "--cloud", azure.endpoint]
        return subprocess.run(  # noqa: S603 - our own program
            command,
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            env={**environment, **changes},
        )

    return run


@pytest.fixture
def azure(certificates: Certificates) -> Iterator[LoopbackAzure]:
    """Serve the estate that comes with amlaudit."""
    with LoopbackAzure(certificates) as served:
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
    # What is hidden in one place may be missed in another, and nothing is hidden here.
    known = {key: status for key, status in embedded.items() if status != "unknown"}
    assert {key: live[key] for key in known} == known


def test_nobody_signed_in_ends_with_four_and_three_lines(amlaudit: Run, tmp_path: Path) -> None:
    (tmp_path / "bin" / "az").write_text("#!/bin/sh\necho 'Please run az login' >&2\nexit 1\n")
    done = amlaudit("scan", "-s", "ML Production")
    assert done.returncode == Exit.NO_ACCESS
    assert done.stderr.startswith("✖ E101 No Azure credential found. Tried: environment")
    assert "→ `az login`" in done.stderr
    assert len(done.stderr.splitlines()) <= 4


def test_a_server_that_nobody_trusts_ends_with_four(amlaudit: Run) -> None:
    done = amlaudit("scan", "-s", "ML Production", REQUESTS_CA_BUNDLE="")
    assert done.returncode == Exit.NO_ACCESS
    assert "E109 Cannot list the subscriptions" in done.stderr
    assert "certificate" in done.stderr


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("ML Prodction", Exit.NO_ACCESS, 'Did you mean "ML Production"?'),
        ("99999999-9999-4999-8999-999999999999", Exit.NO_ACCESS, "E105 No read access to 1 of 1"),
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
    assert f"E105 No read access to /subscriptions/{hidden}. Scanned the other 1" in done.stderr
    assert "INCOMPLETE" in done.stdout


def test_no_token_is_shown_or_kept(amlaudit: Run, tmp_path: Path) -> None:
    done = amlaudit(
        "scan", "-s", "ML Production", "--save-snapshot", "e.db", "--report=json=r.json"
    )
    token = LoopbackCredential().get_token().token
    kept = [path.read_bytes() for path in tmp_path.iterdir() if path.is_file()]
    assert token not in done.stdout + done.stderr
    assert all(token.encode() not in content for content in kept)
