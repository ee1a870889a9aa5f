"""Whatever breaks around a run, no file is partial, nothing is lost, and the exit code is right."""

import errno
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from amlaudit.cli import run
from amlaudit.cli.files import is_stream, write_whole
from amlaudit.core.collection import Collection
from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.scope import Scope
from amlaudit.scanners.call import Call
from amlaudit.scanners.snapshot import SnapshotWriter
from amlaudit.scanners.snapshot_store import open_snapshot
from tests.estates import STORAGE_ID, resource

ESTATE: Final = [
    {
        "id": "/subscriptions/s/resourceGroups/g/providers"
        f"/Microsoft.MachineLearningServices/workspaces/{name}",
        "name": name,
        "properties": {"publicNetworkAccess": "Enabled"},
    }
    for name in ("one", "two")
]
AT = datetime(2026, 1, 1, tzinfo=UTC)
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """Write an export of a small estate."""
    path = tmp_path / "export.json"
    path.write_text(json.dumps(ESTATE), "utf-8")
    return path


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "amlaudit", *map(str, arguments)]


# Stdout that is closed early


@pytest.mark.skipif(os.name != "posix", reason="pipes end in another way elsewhere")
@pytest.mark.parametrize(("options", "code"), [((), 1), (("--fail-on=never",), 0)])
def test_a_closed_pipe_does_not_change_the_exit_code(
    export: Path, options: tuple[str, ...], code: int
) -> None:
    arguments = command("scan", "--from", export, "--report=json", "--min-coverage=0", *options)
    with subprocess.Popen(  # noqa: S603 - our own code
        arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.read(10)
        process.stdout.close()
        said = process.stderr.read()
    assert "Traceback" not in said
    assert "Error" not in said
    assert process.returncode == code


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
@pytest.mark.parametrize("arguments", [("scan", "--report=json", "--from"), ("rules", "list")])
def test_stdout_on_a_full_disk_is_a_clear_error(export: Path, arguments: tuple[str, ...]) -> None:
    whole = command(*arguments, *([export] if arguments[-1] == "--from" else []))
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(  # noqa: S603 - our own code
            whole, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == Exit.INPUT_OUTPUT
    assert "E301 Cannot write to stdout" in done.stderr
    assert os.strerror(errno.ENOSPC) in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(os.name != "posix", reason="a shell closes streams")
def test_streams_that_are_closed_from_the_start_do_no_harm(export: Path) -> None:
    line = f'"{sys.executable}" -m amlaudit scan --from "{export}" >&- 2>&-'
    done = subprocess.run(["/bin/sh", "-c", line], check=False)  # noqa: S603 - our own code
    assert done.returncode == Exit.FAIL


# A full disk


@contextmanager
def full_after(monkeypatch: pytest.MonkeyPatch, pieces: int) -> Iterator[None]:
    """Simulate a disk that is full after some pieces of a file."""
    left = [pieces]
    real = os.fsync

    def fsync(number: int) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(number)

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", fsync)
        yield


def test_a_file_that_does_not_fit_leaves_the_one_that_was_there(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_bytes(b"before")

    def content() -> Iterator[bytes]:
        yield b"half"
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
        write_whole(path, content())
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_report_that_does_not_fit_stops_no_other_one(
    export: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    out = tmp_path / "out"
    reports = [f"--report={name}={out / name}" for name in ("json", "csv", "sarif")]
    with full_after(monkeypatch, 1):
        code = run(["scan", "--from", str(export), *reports])
    assert code == Exit.INPUT_OUTPUT
    assert os.strerror(errno.ENOSPC) in capsys.readouterr().err
    assert [each.name for each in out.iterdir()] == ["json"]
    assert json.loads((out / "json").read_bytes())["findings"]


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a disk of 128 KiB, where that is permitted."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True)  # noqa: S603 - of this system
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("a disk can be mounted by root alone")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)  # noqa: S603, S607 - same


def test_a_snapshot_on_a_full_disk_is_an_error_and_never_looks_whole(
    tiny_disk: Path, capsys: Capture
) -> None:
    code = run(["demo", "--out", str(tiny_disk)])
    assert code == Exit.INPUT_OUTPUT
    assert "E301" in capsys.readouterr().err
    assert not [each for each in tiny_disk.iterdir() if each.suffix == ".db"]


# Paths that are no files


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_report_written_to_a_named_pipe_keeps_it_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_whole(pipe, [b"a ", b"report"])
    assert os.read(reader, 99) == b"a report"
    os.close(reader)
    assert pipe.is_fifo()
    assert list(tmp_path.iterdir()) == [pipe]


@pytest.mark.skipif(os.name != "posix", reason="this system has no device files")
@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (("/dev/null", "/dev/fd/1"), True),
        (("/dev", "/dev/fd/9999", "file", "link", "missing", "mis\0sing"), False),
    ],
)
def test_devices_and_open_streams_are_distinguished_from_files(
    paths: tuple[str, ...], expected: object, tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "link").symlink_to("/dev/null")
    assert {path: is_stream(tmp_path / path) for path in paths} == dict.fromkeys(paths, expected)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
def test_a_device_that_is_full_is_an_error(export: Path, capsys: Capture) -> None:
    assert is_stream(Path("/dev/full")), "otherwise it would be replaced"
    code = run(["scan", "--from", str(export), "--report=json=/dev/full"])
    assert code == Exit.INPUT_OUTPUT
    told = capsys.readouterr().err
    assert f"E301 Cannot write /dev/full\n  {os.strerror(errno.ENOSPC)}" in told


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@pytest.mark.parametrize("command", ["scan --from {} --save-snapshot {}", "collect -s {} --out {}"])
def test_a_snapshot_is_not_written_where_something_else_than_a_file_is(
    command: str, export: Path, tmp_path: Path, capsys: Capture
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert run(command.format(export, pipe).split()) == Exit.USAGE
    assert f'"{pipe}" is not a regular file' in capsys.readouterr().err
    assert pipe.is_fifo()


@pytest.mark.skipif(os.name != "posix", reason="this system has no such permissions")
def test_a_report_that_only_some_may_read_stays_so(export: Path, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_bytes(b"before")
    path.chmod(0o600)
    assert run(["scan", "--from", str(export), "--quiet", f"--report=json={path}"]) == Exit.FAIL
    assert path.stat().st_mode & 0o777 == 0o600


# Folders that are not writable


def test_a_folder_that_cannot_be_written_to_is_an_error_that_names_it(
    export: Path, tmp_path: Path, capsys: Capture
) -> None:
    (tmp_path / "file").write_text("no folder", "utf-8")
    where = tmp_path / "file" / "report.json"
    code = run(["scan", "--from", str(export), f"--report=json={where}"])
    assert code == Exit.INPUT_OUTPUT
    assert f"E301 Cannot write {where}" in capsys.readouterr().err


@pytest.mark.parametrize(
    "command",
    [
        "checklist new -w mlw --file {}/checklist.yaml",
        "demo --out {}",
        "guardrails --all --out {}/guard.bicep",
        "init --directory {}",
        "publish setup --out-dir {}",
        "rules docs --out {}",
        "rules new ACME001 owner --pack {}",
        "waive add --rule AML1201 --scope * --days 9 --owner a --reason b --waivers {}/w.yaml",
    ],
)
def test_a_file_where_a_folder_is_needed_is_reported_with_a_remedy(
    command: str, tmp_path: Path, capsys: Capture
) -> None:
    (tmp_path / "file").write_text("no folder", "utf-8")
    where = tmp_path / "file" / "deep"
    assert run([each.format(where) for each in command.split()]) == Exit.INPUT_OUTPUT
    told = capsys.readouterr().err
    assert f"✖ E301 Cannot write {where}" in told
    assert "\n  a file exists where a folder is needed\n  → " in told


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_the_right_to_write_is_an_error_that_names_it(
    export: Path, tmp_path: Path, capsys: Capture
) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    code = run(["scan", "--from", str(export), f"--report=json={locked / 'report.json'}"])
    assert code == Exit.INPUT_OUTPUT
    assert "E301" in capsys.readouterr().err
    assert list(locked.iterdir()) == []


# Two processes at once


def test_two_concurrent_runs_share_a_history_without_loss(export: Path, tmp_path: Path) -> None:
    history = tmp_path / "history"

    def at(day: int) -> int:
        when = f"2026-01-{day:02}T00:00:00Z"
        options = ["--history", history, "--timestamp", when, "--quiet"]
        return subprocess.run(  # noqa: S603 - our own code
            command("scan", "--from", export, *options), check=False, capture_output=True
        ).returncode

    with ThreadPoolExecutor(2) as pool:
        assert set(pool.map(at, (1, 1, 2, 2))) == {Exit.FAIL}
    records = sorted(history.iterdir())
    assert len(records) == 2
    assert all(json.loads(each.read_bytes()) for each in records)


def test_two_processes_do_not_write_one_snapshot(export: Path, tmp_path: Path) -> None:
    path = tmp_path / "estate.db"
    with SnapshotWriter(path):
        done = subprocess.run(  # noqa: S603 - our own code
            command("scan", "--from", export, "--save-snapshot", path),
            check=False,
            capture_output=True,
            text=True,
        )
    assert done.returncode == Exit.INPUT_OUTPUT
    assert "another collection is writing to it" in done.stderr
    assert not path.exists()


# A clock that goes backwards


def test_a_clock_stepping_back_during_a_collection_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "estate.db"
    how = Collection(Scope(), ("azure",), started_at=AT, ended_at=AT - timedelta(hours=1))
    earlier = resource(STORAGE_ID, {"properties": {"publicNetworkAccess": "Enabled"}})
    later = resource(STORAGE_ID, {"properties": {"publicNetworkAccess": "Disabled"}})
    with SnapshotWriter(path) as writer:
        writer.begin(how)
        for body, at in ((earlier, AT), (later, AT - timedelta(hours=1))):
            writer.add_resources([body], writer.add_call(Call("GET", "/", "", "200", at)))
        writer.finish(how).close()
    estate = open_snapshot(path, Scope())
    found: Any = estate.store.get(STORAGE_ID)
    assert found.body == later.body
    assert estate.store.collection().ended_at == how.ended_at
    estate.close()
    code = run(["scan", "--from", str(path), "--quiet", "--allow-empty"])
    assert code in {Exit.PASS, Exit.FAIL, Exit.INCOMPLETE}


def test_a_snapshot_from_tomorrow_is_judged_and_not_refused(export: Path, tmp_path: Path) -> None:
    tomorrow = datetime.now(UTC).timestamp() + 86_400
    os.utime(export, (tomorrow, tomorrow))
    report = tmp_path / "report.json"
    code = run(["scan", "--from", str(export), "--quiet", f"--report=json={report}"])
    assert code == Exit.FAIL
    assert json.loads(report.read_bytes())["findings"]


def test_write_errors_are_not_mistaken_for_defects(tmp_path: Path) -> None:
    with pytest.raises(AmlauditError, match="E301"):
        SnapshotWriter(tmp_path / ("x" * 300) / "estate.db")
