"""Files larger than anything amlaudit reads are not read, and reported as too large."""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from amlaudit.cli import run
from amlaudit.cli.locking import hash_of
from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.scope import Scope
from amlaudit.evidence.signature import is_signed, signature_of
from amlaudit.records.baselines import read_past
from amlaudit.records.reports import read_report
from amlaudit.reporters.sarif.options import SarifOptions
from amlaudit.reporters.sarif.places import Places
from amlaudit.rulebook.config_reader import read_settings
from amlaudit.rulebook.locks import read_lock
from amlaudit.rulebook.packs import load_pack
from amlaudit.rulebook.policy_files import read_policies
from amlaudit.rulebook.profile_reader import read_profile
from amlaudit.rulebook.waiver_reader import read_waivers
from amlaudit.scanners.files.source import Files
from amlaudit.sizes import LARGEST_JSON, LARGEST_SOURCE, bytes_of
from tests.reporters.samples import sample


def sparse(path: Path, size: int) -> Path:
    """Return a sparse file with the given size."""
    with path.open("wb") as file:
        file.truncate(size)
    return path


READERS: dict[str, tuple[str, int, Callable[[Path], object]]] = {
    "an export": ("export.json", LARGEST_JSON, lambda path: Files((path,)).collect(Scope())),
    "a report": ("report.json", LARGEST_JSON, read_report),
    "a baseline": ("baseline.json", LARGEST_JSON, read_past),
    "a policy": ("policy.json", LARGEST_JSON, lambda path: list(read_policies(path))),
    "a rule": (
        "network/aml9001_x.yaml",
        LARGEST_SOURCE,
        lambda path: load_pack(path.parents[1], "mine"),
    ),
    "a profile": ("profile.yaml", LARGEST_SOURCE, lambda path: read_profile(str(path))),
    "waivers": ("waivers.yaml", LARGEST_SOURCE, read_waivers),
    "settings": ("amlaudit.yaml", LARGEST_SOURCE, lambda path: read_settings(path, None)),
    "settings in TOML": ("pyproject.toml", LARGEST_SOURCE, lambda path: read_settings(path, None)),
    "a lock": ("amlaudit.lock", LARGEST_SOURCE, read_lock),
    "a lock of others": ("amlaudit.lock", LARGEST_SOURCE, hash_of),
    "an inventory": (
        "inventory.yaml",
        LARGEST_JSON,
        lambda path: Places.of(sample(), SarifOptions(inventory=str(path))),
    ),
    "a private key": ("key.pem", LARGEST_SOURCE, lambda path: signature_of(b"", path)),
    "a public key": ("key.pem", LARGEST_SOURCE, lambda path: is_signed(b"", b"", path)),
}


@pytest.mark.parametrize("what", READERS)
def test_a_file_that_is_too_large_is_refused_unread(tmp_path: Path, what: str) -> None:
    name, most, read = READERS[what]
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    with pytest.raises(AmlauditError) as caught:
        read(sparse(path, most + 1))
    error = caught.value
    assert (error.code, error.exit_code) == ("E311", Exit.INPUT_OUTPUT)
    told = "1 GiB" if most == LARGEST_JSON else "4 MiB"
    assert error.message.endswith(f"{path.name} is larger than {told}")
    assert error.cause
    assert error.advice


def test_a_file_of_just_the_size_is_read(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * 100)
    assert bytes_of(path, 100) == b"x" * 100


def test_a_device_without_end_is_read_no_further() -> None:
    endless = Path("/dev/zero")
    if not endless.exists():
        pytest.skip("this system has no such device")
    with pytest.raises(AmlauditError, match="E311 /dev/zero is larger than 10 bytes"):
        bytes_of(endless, 10)


@pytest.mark.parametrize(
    "command",
    [
        "waive add --rule AML1201 --scope */x --days 3 --owner a@b.c --reason R --waivers {}",
        "waive list --waivers {}",
        "waive check --waivers {}",
        "waive prune --waivers {}",
        "checklist status --from report.json --file {}",
        "checklist fill --from report.json --file {} --by me --set A03.1=yes",
        "checklist sign --from report.json --file {} --role FinOps --name Ann",
    ],
)
def test_a_command_reads_no_file_that_is_too_large(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    path = sparse(tmp_path / "people.yaml", LARGEST_SOURCE + 1)
    assert run([word.format(path) for word in command.split()]) == Exit.INPUT_OUTPUT
    assert "E311" in capsys.readouterr().err


AMLAUDIT = Path(__file__).parents[1] / "amlaudit"
SHIPPED = {
    "cli/init.py", "cli/publish.py", "demo/source.py", "guardrails/builtins.py",
    "guardrails/definitions.py",
    "rehearsal/choices.py", "rulebook/arm_properties.py", "rulebook/azure_policy.py",
    "rulebook/documents.py", "shipped_cache.py",
    "scanners/deployments/roles.py", "scanners/deployments/terraform/mapping.py",
    "scanners/permissions.py", "scanners/scanner.py",
}  # fmt: skip
"""Modules that read whole files that are shipped with amlaudit."""
OWN = {"cli/locking.py", "cli/result_cache.py"}
"""Modules that read what amlaudit itself wrote to the user's state and cache."""

ANSWERS = {"scanners/azure.py"}
"""Modules that read answers of Azure, whose size the transport limits."""


def whole_reads(source: str) -> Iterator[str]:
    """Yield the calls that read a whole file, however long it is."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            called = node.func.attr
            if called in ("read_text", "read_bytes") or (called == "load" and _is_json(node)):
                yield called
            if called == "read" and not node.args:
                yield called


def _is_json(node: ast.Call) -> bool:
    of = node.func.value if isinstance(node.func, ast.Attribute) else None
    return isinstance(of, ast.Name) and of.id in ("json", "tomllib")


def test_no_other_module_reads_a_file_to_its_end() -> None:
    found = {
        path.relative_to(AMLAUDIT).as_posix()
        for path in AMLAUDIT.rglob("*.py")
        if any(whole_reads(path.read_text("utf-8")))
    }
    assert found == SHIPPED | OWN | ANSWERS
