"""`amlaudit init`: files that are valid as written, and that overwrite nothing."""

import re
from pathlib import Path

import pytest
import yaml

from amlaudit import __version__
from amlaudit.cli import run
from amlaudit.core.errors import Exit

ROOT = Path(__file__).parents[2]
KINDS = ("--github", "--azure-pipelines", "--pre-commit", "--container-job")
NAMES = ("ML Production", """it's "so" ${x}""")


@pytest.fixture
def written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    scope = [word for name in NAMES for word in ("--subscription", name)]
    command = ["init", *scope, "-m", "mg-ml", *KINDS, "--directory", str(tmp_path)]
    assert run(command) == Exit.PASS
    paths = [Path(line) for line in capsys.readouterr().out.splitlines()]
    assert set(paths) == {path for path in tmp_path.rglob("*") if path.is_file()}
    return {str(path.relative_to(tmp_path)): path.read_text("utf-8") for path in paths}


def test_every_kind_of_file_is_written(written: dict[str, str]) -> None:
    assert list(written) == [
        "amlaudit.yaml",
        "waivers.yaml",
        ".github/workflows/amlaudit.yml",
        ".github/actions/amlaudit/action.yml",
        ".github/actions/amlaudit/requirements.lock",
        "azure-pipelines-amlaudit.yml",
        ".pre-commit-config.yaml",
        "amlaudit-job/Containerfile",
        "amlaudit-job/requirements.lock",
        "amlaudit-job/job.bicep",
    ]


def test_no_mark_is_left_unfilled(written: dict[str, str]) -> None:
    for name, text in written.items():
        assert not re.search(r"@[a-z_]+@", text), name
        assert text.endswith("\n")
        assert not text.endswith("\n\n")


def test_the_configuration_is_one_and_names_the_scope(
    written: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = yaml.safe_load(written["amlaudit.yaml"])
    assert config["scope"] == {"subscriptions": list(NAMES), "management_groups": ["mg-ml"]}
    monkeypatch.chdir(tmp_path)
    assert run(["config", "validate"]) == Exit.PASS


def test_the_waiver_file_is_one(written: dict[str, str], tmp_path: Path) -> None:
    assert written["waivers.yaml"]
    assert run(["waive", "check", "--waivers", str(tmp_path / "waivers.yaml")]) == Exit.PASS


def test_the_workflow_signs_in_without_a_secret_and_may_do_little(written: dict[str, str]) -> None:
    text = written[".github/workflows/amlaudit.yml"]
    workflow = yaml.safe_load(text)
    assert workflow["permissions"] == {}
    (job,) = workflow["jobs"].values()
    assert job["permissions"] == {
        "contents": "read", "id-token": "write", "security-events": "write",
    }  # fmt: skip
    assert "secrets." not in text
    audit = job["steps"][-1]
    assert audit["uses"] == "./.github/actions/amlaudit"
    assert audit["with"]["version"] == __version__


def test_the_action_is_that_of_the_project(written: dict[str, str]) -> None:
    for name in ("action.yml", "requirements.lock"):
        kept = (ROOT / name).read_text("utf-8")
        assert written[f".github/actions/amlaudit/{name}"] == kept


def test_the_pipeline_keeps_everything_before_its_gate(written: dict[str, str]) -> None:
    steps = yaml.safe_load(written["azure-pipelines-amlaudit.yml"])["steps"]
    assert [each["displayName"] for each in steps[-4:]] == [
        "Publish verdicts as test results",
        "Keep the reports",
        "Show findings in the Scans tab",
        "Gate",
    ]
    assert steps[-2]["artifact"] == "CodeAnalysisLogs"


def test_the_image_runs_without_rights_and_from_a_lock(written: dict[str, str]) -> None:
    for text in (
        written["amlaudit-job/Containerfile"],
        (ROOT / "Containerfile").read_text("utf-8"),
    ):
        lines = text.splitlines()
        assert "USER 65532" in lines
        assert "--require-hashes" in text
        assert lines[-2] == 'ENTRYPOINT ["python3", "-m", "amlaudit"]'


def test_the_image_of_a_job_is_the_project_s_own_with_a_release_in_it(
    written: dict[str, str],
) -> None:
    ours = (ROOT / "Containerfile").read_text("utf-8").splitlines()
    theirs = written["amlaudit-job/Containerfile"].splitlines()
    ours, theirs = ([each for each in text if each not in other] for text, other in
                    ((ours, theirs), (theirs, ours)))  # fmt: skip
    assert theirs == [
        "RUN python -m pip install --no-cache-dir --no-deps --only-binary :all: \\",
        f'      --target /program "amlaudit=={__version__}"',
    ]
    assert all("COPY" in each or "/build" in each or "checkout" in each for each in ours[:5])


def test_the_job_runs_on_a_schedule_without_retries(written: dict[str, str]) -> None:
    text = written["amlaudit-job/job.bicep"]
    assert "param subscriptions array = ['ML Production', 'it\\'s \"so\" \\${x}']" in text
    assert "triggerType: 'Schedule'" in text
    assert "replicaRetryLimit: 0" in text
    assert "allowSharedKeyAccess: false" in text
    bare = re.sub(r"'(?:\\.|[^'\\])*'|//[^\n]*", "", text)
    for opening, closing in ("[]", "{}", "()"):
        assert bare.count(opening) == bare.count(closing)
    declared = set(re.findall(r"^(?:param|var|resource) (\w+)", text, re.MULTILINE))
    for name in declared:
        assert len(re.findall(rf"\b{name}\b", text)) > 1, name


def test_hooks_of_the_project_and_of_the_configuration_are_the_same(
    written: dict[str, str],
) -> None:
    ours = {
        each["id"]: each for each in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    }
    (repo,) = yaml.safe_load(written[".pre-commit-config.yaml"])["repos"]
    for hook in repo["hooks"]:
        assert hook["entry"] == ours[hook["id"]]["entry"]
        assert hook["additional_dependencies"] == [f"amlaudit=={__version__}"]


def test_nothing_is_overwritten_or_written_partially(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = tmp_path / "azure-pipelines-amlaudit.yml"
    mine.write_text("mine", "utf-8")
    command = ["init", "--azure-pipelines", "--directory", str(tmp_path)]
    assert run(command) == Exit.INPUT_OUTPUT
    assert f"E306 {mine} already exists; nothing was written" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == [mine.name]
    assert run([*command, "--force"]) == Exit.PASS
    assert mine.read_text("utf-8") != "mine"


def test_waivers_that_exist_already_do_not_keep_a_configuration_from_being_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = tmp_path / "waivers.yaml"
    mine.write_text("mine", "utf-8")
    command = ["init", "--directory", str(tmp_path)]
    assert run(command) == Exit.PASS
    assert f"{mine} already exists and was left unchanged" in capsys.readouterr().err
    assert mine.read_text("utf-8") == "mine"
    assert (tmp_path / "amlaudit.yaml").exists()
    assert run(command) == Exit.INPUT_OUTPUT
    assert "already exist; nothing was written" in capsys.readouterr().err
    assert run([*command, "--force"]) == Exit.PASS
    assert mine.read_text("utf-8") != "mine"


def test_without_a_scope_an_example_is_written_with_a_note(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["init", "--directory", str(tmp_path)]) == Exit.PASS
    assert "Enter your own subscriptions" in capsys.readouterr().err
    assert '["ML Production"]' in (tmp_path / "amlaudit.yaml").read_text("utf-8")


def test_write_errors_are_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    assert run(["init", "--directory", str(tmp_path / "file" / "x")]) == Exit.INPUT_OUTPUT
    assert "E301 Cannot write" in capsys.readouterr().err


def test_settings_of_ones_own_stay_as_they_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = tmp_path / "amlaudit.yaml"
    own.write_text("version: 1\nfail_on: low\n", "utf-8")
    for force in ([], ["--force"]):
        command = ["init", "--azure-pipelines", "--directory", str(tmp_path), *force]
        assert run(command) == Exit.PASS
        told = capsys.readouterr()
        assert f"{own} already exists and was left unchanged" in told.err
        assert "Enter your own" not in told.err
        assert own.read_text("utf-8") == "version: 1\nfail_on: low\n"
    assert (tmp_path / "azure-pipelines-amlaudit.yml").exists()
    assert run(["init", "--azure-pipelines", "--directory", str(tmp_path)]) == Exit.INPUT_OUTPUT
    assert run(["init", "--directory", str(tmp_path)]) == Exit.INPUT_OUTPUT
    assert "E306" in capsys.readouterr().err
