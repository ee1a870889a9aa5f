"""`packs`: fetched at one commit, pinned, signed, and never run if changed."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from amlaudit import __version__
from amlaudit.cli import run
from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.rulebook.locks import read_lock
from amlaudit.rulebook.manifest import manifest_of
from tests.cli.test_profiles import workspace
from tests.cli.test_settings import PYTHON_RULE
from tests.evidence.test_bundle import keys_in
from tests.rulebook.test_packs import pack
from tests.rulebook.test_yaml_rules import RULE

Capture = pytest.CaptureFixture[str]
MANIFEST = 'name: contoso\nversion: "1.2.0"\nrequires: amlaudit>=0.1,<2\nlicence: MIT\n'


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Run in a project, with a home folder of its own."""
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (folder / "amlaudit.yaml").write_text("version: 1\n", "utf-8")
    return folder


def git(folder: Path, *arguments: str) -> str:
    mail = {f"GIT_{who}_{what}": "a@b.example" for who in ("AUTHOR", "COMMITTER") for what in
            ("NAME", "EMAIL")}  # fmt: skip
    done = subprocess.run(  # noqa: S603 - a repository of this test
        ["git", "-C", str(folder), *arguments],  # noqa: S607 - of this system
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **mail},
    )
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Create a repository with a rule pack."""
    folder = tmp_path / "contoso.git"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=main")
    pack(folder, aml9001_holds=RULE)
    (folder / "pack.yaml").write_text(MANIFEST, "utf-8")
    committed(folder)
    return folder


def committed(repository: Path) -> str:
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--message=rules")
    return git(repository, "rev-parse", "HEAD")


def added(repository: Path, *options: str, commit: str = "") -> int:
    at = commit or git(repository, "rev-parse", "HEAD")
    return run(["packs", "add", f"file://{repository}", "--commit", at, *options])


def scanned(tmp_path: Path, *options: str) -> int:
    common = ["--fail-on", "never", "--min-coverage", "0", "-o", "none"]
    return run(["scan", "--from", workspace(tmp_path), *common, *options])


def test_a_pack_is_fetched_at_a_commit_and_pinned(
    project: Path, repository: Path, tmp_path: Path, capsys: Capture
) -> None:
    first = git(repository, "rev-parse", "HEAD")
    (repository / "pack.yaml").write_text(MANIFEST.replace("1.2.0", "1.3.0"), "utf-8")
    committed(repository)
    assert added(repository, commit=first) == Exit.PASS
    told = capsys.readouterr().out
    assert "packs/contoso: 1.2.0 1 rule, not signed" in told.replace(f"{project}{os.sep}", "")
    pinned = read_lock(project / "amlaudit.lock")["packs/contoso"]
    assert (pinned.version, pinned.source) == ("1.2.0", f"file://{repository}@{first}")
    assert not (project / "packs" / "contoso" / ".git").exists()
    assert scanned(tmp_path, "--rules", "packs/contoso", "--select", "AML9001") == Exit.PASS
    run(["packs", "list", "-o", "tsv", "--query", "[?state=='pinned'].[name, version, state]"])
    assert capsys.readouterr().out == "packs/contoso\t1.2.0\tpinned\n"
    assert run(["packs", "lock"]) == Exit.PASS
    assert read_lock(project / "amlaudit.lock")["packs/contoso"] == pinned


def test_where_nothing_is_pinned_the_check_says_so(project: Path, capsys: Capture) -> None:
    assert run(["packs", "verify"]) == Exit.PASS
    assert capsys.readouterr().out == f"{project / 'amlaudit.lock'}: no packs are pinned there\n"


def test_fetching_a_pack_runs_none_of_its_code(
    project: Path, repository: Path, capsys: Capture
) -> None:
    marked = f"open({str(project / 'ran')!r}, 'w').close()\n" + PYTHON_RULE
    (repository / "test" / "aml9002_holds.py").write_text(marked, "utf-8")
    committed(repository)
    assert added(repository, "--into", "company") == Exit.PASS
    assert "It contains Python" in capsys.readouterr().out
    for command in (["packs", "list"], ["packs", "verify"], ["packs", "lock"]):
        assert run(command) == Exit.PASS
    assert not (project / "ran").exists()
    assert run(["rules", "list", "--rules", "company"]) == Exit.PASS
    assert (project / "ran").exists()


def test_a_pack_that_does_not_match_is_never_run_whoever_names_it(
    project: Path, repository: Path, tmp_path: Path, capsys: Capture
) -> None:
    assert added(repository, "--into", "company") == Exit.PASS
    assert scanned(tmp_path, "--rules", "company") == Exit.PASS
    (project / "company" / "pack.yaml").write_text(MANIFEST + "description: mine\n", "utf-8")
    for command in (
        ["rules", "list", "--rules", "company"],
        ["explain", "AML9001", "--rules", "company"],
        ["guardrails", "--all", "--rules", "company"],
    ):
        assert run(command) == Exit.INVALID
    assert scanned(tmp_path, "--rules", "company") == Exit.INVALID
    told = capsys.readouterr().err
    assert 'E207 Pack "company" does not match amlaudit.lock (expected sha256 ' in told
    assert "changed: pack.yaml" in told
    assert "None of its code was run." in told


def test_code_that_a_project_names_is_run_by_no_command_unless_it_is_pinned(
    project: Path, tmp_path: Path, capsys: Capture
) -> None:
    rule = project / "company" / "custom" / "aml9002_holds.py"
    rule.parent.mkdir(parents=True)
    rule.write_text(f"open({str(project / 'ran')!r}, 'w').close()\n" + PYTHON_RULE, "utf-8")
    (project / "amlaudit.yaml").write_text("version: 1\nrules: [company]\n", "utf-8")
    run(["demo", "--out", str(tmp_path / "demo")])
    snapshot = str(tmp_path / "demo" / "estate.db")
    for command in (
        ["rules", "list"],
        ["rules", "show", "AML9002"],
        ["explain", "AML9002"],
        ["guardrails", "--all"],
        ["report", snapshot, "--report", "csv"],
        ["fix-plan", snapshot],
        ["checklist", "status", "-w", "x", "--from", snapshot],
    ):
        assert run(command) == Exit.INVALID, command
        assert "E207" in capsys.readouterr().err
    assert not (project / "ran").exists()


def test_a_pin_applies_in_every_folder_of_the_project(
    project: Path, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert added(repository) == Exit.PASS
    (project / "amlaudit.yaml").write_text("version: 1\nrules: [packs/contoso]\n", "utf-8")
    git(project, "init", "--quiet")
    (project / "deep").mkdir()
    monkeypatch.chdir(project / "deep")
    assert scanned(tmp_path) == Exit.PASS
    assert run(["packs", "verify"]) == Exit.PASS
    (project / "packs" / "contoso" / "more.txt").write_text("x", "utf-8")
    assert scanned(tmp_path) == Exit.INVALID


@pytest.mark.parametrize(
    ("address", "commit", "code", "words"),
    [
        ("{repository}", "main", Exit.USAGE, "names can move"),
        ("ext::sh -c id", "{head}", Exit.INPUT_OUTPUT, "https, ssh or file"),
        ("--upload-pack=id", "{head}", Exit.USAGE, "No such option"),
        ("https://me:secret@x.example/r.git", "{head}", Exit.INPUT_OUTPUT, "contain no password"),
        ("ssh://me:secret@x.example/r.git", "{head}", Exit.INPUT_OUTPUT, "contain no password"),
        ("file:///nowhere.git", "{head}", Exit.INPUT_OUTPUT, "E210 Cannot fetch the rule pack"),
        ("{repository}", "0" * 40, Exit.INPUT_OUTPUT, "E210"),
    ],
)
def test_a_failed_fetch_is_reported_and_leaves_nothing(  # noqa: PLR0913, PLR0917 - fixtures
    address: str, commit: str, code: Exit, words: str,
    project: Path, repository: Path, capsys: Capture,
) -> None:  # fmt: skip
    head = git(repository, "rev-parse", "HEAD")
    named = address.format(repository=f"file://{repository}")
    assert run(["packs", "add", named, "--commit", commit.format(head=head)]) == code
    told = capsys.readouterr().err
    assert words in told
    assert "secret" not in told
    assert not (project / "amlaudit.lock").exists()
    assert not list(project.glob("packs/*"))


@pytest.mark.skipif(os.name != "posix", reason="links take rights elsewhere")
def test_a_pack_must_not_contain_links(project: Path, repository: Path, capsys: Capture) -> None:
    (repository / "test" / "aml9003_link.yaml").symlink_to("/etc/passwd")
    committed(repository)
    assert added(repository) == Exit.INPUT_OUTPUT
    assert "aml9003_link.yaml is a link" in capsys.readouterr().err
    assert not list(project.glob("packs/*"))


def test_an_existing_folder_is_not_overwritten(
    project: Path, repository: Path, capsys: Capture
) -> None:
    (project / "company").mkdir()
    assert added(repository, "--into", "company") == Exit.USAGE
    assert "company already exists" in capsys.readouterr().err


def test_a_missing_pack_is_reported_with_the_file_that_names_it(
    project: Path, repository: Path, tmp_path: Path, capsys: Capture
) -> None:
    assert added(repository, "--into", "company") == Exit.PASS
    (project / "company").rename(tmp_path / "elsewhere")
    for command in ("list", "verify"):
        assert run(["packs", command]) == Exit.INVALID
        told = capsys.readouterr().err
        assert '✖ E203 Rule pack "company" not found' in told
        assert (
            "amlaudit.lock\n  → restore it, or pin the remaining packs with `amlaudit packs" in told
        )
    (project / "amlaudit.yaml").write_text("version: 1\nrules: [company]\n", "utf-8")
    for words in (["packs", "list"], ["packs", "lock"], ["rules", "list"]):
        assert run(words) == Exit.INVALID
        told = capsys.readouterr().err
        assert '✖ E203 Unknown rule pack "company".' in told
        assert "\n  it is set in amlaudit.yaml:2:8\n  → " in told
    (project / "amlaudit.yaml").write_text("version: 1\n", "utf-8")
    assert run(["packs", "lock"]) == Exit.PASS
    assert run(["packs", "verify"]) == Exit.PASS


def test_write_errors_are_reported(
    project: Path,
    repository: Path,
    tmp_path: Path,
    capsys: Capture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (project / "file").write_text("no folder", "utf-8")
    assert added(repository, "--into", "file/company") == Exit.INPUT_OUTPUT
    assert "E301 Cannot write file/company" in capsys.readouterr().err
    monkeypatch.setenv("XDG_STATE_HOME", str(project / "file"))
    assert added(repository) == Exit.INPUT_OUTPUT
    told = capsys.readouterr().err
    assert "trusted-locks.txt" in told
    assert "→ to trust the lock without it, set AMLAUDIT_TRUSTED_LOCK=" in told
    (project / "amlaudit.yaml").write_text("version: 1\nrules: [packs/contoso]\n", "utf-8")
    assert scanned(tmp_path) == Exit.PASS


def test_a_signature_counts_by_the_keys_that_are_trusted(
    project: Path, repository: Path, tmp_path: Path, capsys: Capture
) -> None:
    for name in ("theirs", "others"):
        (tmp_path / name).mkdir()
    private, public = keys_in(tmp_path / "theirs")
    _, other = keys_in(tmp_path / "others")
    assert run(["packs", "sign", str(repository), "--sign-key", str(private)]) == Exit.PASS
    committed(repository)
    assert added(repository, "--into", "company", "--trusted-key", str(other)) == Exit.INVALID
    assert "signed, but not with a trusted key" in capsys.readouterr().err
    assert not (project / "amlaudit.lock").exists()
    assert not (project / "company").exists()
    assert added(repository, "--into", "company", "--trusted-key", str(public)) == Exit.PASS
    assert f"signed by {public.name}" in capsys.readouterr().out
    run(["packs", "verify"])
    assert "the signer was not checked" in capsys.readouterr().out
    (project / "amlaudit.yaml").write_text(f"version: 1\ntrusted_keys: [{public}]\n", "utf-8")
    assert run(["packs", "verify"]) == Exit.PASS
    assert f"company is unchanged, signed by {public.name}" in capsys.readouterr().out


def test_a_signature_is_over_every_file(project: Path, tmp_path: Path, capsys: Capture) -> None:
    private, public = keys_in(tmp_path)
    folder = pack(project / "company", aml9001_holds=RULE)
    run(["packs", "sign", str(folder), "--sign-key", str(private)])
    (folder / "more.txt").write_text("x", "utf-8")
    run(["packs", "lock", "--rules", "company"])
    verify = ["packs", "verify", "--trusted-key", str(public)]
    assert run(verify) == Exit.INVALID
    assert "E207" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            MANIFEST.replace("<2", "<0.1"),
            "3:11 the pack requires amlaudit>=0.1,<0.1, but this is 0.1.0",
        ),
        (MANIFEST.replace("amlaudit>=0.1,<2", "python>3"), "3:11 expected a range"),
        (MANIFEST.replace("contoso", "../up"), "1:7 a name may only contain lower case letters"),
        (MANIFEST.replace('"1.2.0"', "1.10"), "2:10"),
        ("name: contoso\n", 'a pack manifest has no "version"'),
        (MANIFEST + "licens: MIT\n", 'Did you mean "licence"?'),
    ],
)
def test_the_manifest_of_a_pack_is_checked(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "pack.yaml").write_text(text, "utf-8")
    with pytest.raises(AmlauditError, match="E201") as caught:
        manifest_of(tmp_path, "0.1.0")
    assert words in f"{caught.value.message} {caught.value.cause} {caught.value.advice}"


@pytest.mark.parametrize(
    ("requires", "release", "fits"),
    [
        ("amlaudit>=1,<2", "1.0.0", True),
        ("amlaudit >= 1.2, < 2", "1.1.9", False),
        ("amlaudit>1", "1.0", False),
        ("amlaudit<=1", "1.0.0", True),
        ("amlaudit==1.0", "1", True),
        ("amlaudit!=1.5", "1.5.0", False),
    ],
)
def test_a_pack_runs_with_the_versions_that_it_is_for(
    requires: str, release: str, tmp_path: Path, *, fits: bool
) -> None:
    (tmp_path / "pack.yaml").write_text(f'name: a\nversion: "1"\nrequires: "{requires}"\n', "utf-8")
    if fits:
        assert manifest_of(tmp_path, release)
    else:
        with pytest.raises(AmlauditError, match="the pack requires"):
            manifest_of(tmp_path, release)


def test_a_pack_for_another_version_is_not_run(
    project: Path, tmp_path: Path, capsys: Capture
) -> None:
    folder = pack(project / "company", aml9001_holds=RULE)
    (folder / "pack.yaml").write_text(MANIFEST.replace(">=0.1,<2", ">=99"), "utf-8")
    assert scanned(tmp_path, "--rules", "company") == Exit.INVALID
    assert "company/pack.yaml:3:11 the pack requires amlaudit>=99" in capsys.readouterr().err


def test_the_list_of_packs_is_data_too(project: Path, capsys: Capture) -> None:
    assert project.exists()
    run(["packs", "list", "-o", "json"])
    (shipped,) = json.loads(capsys.readouterr().out)
    assert (shipped["name"], shipped["state"], shipped["code"]) == ("azure-ml", "shipped", True)
    assert shipped["version"] == __version__
