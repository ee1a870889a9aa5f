"""What is installed with amlaudit: bounded, locked, listed, and under compatible licences."""

import json
import re
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, metadata, requires
from pathlib import Path
from runpy import run_path
from typing import Any, Final

import pytest
import yaml

ROOT: Final = Path(__file__).parents[1]
LOCK: Final = (ROOT / "requirements.lock").read_text("utf-8")
LOCKED: Final = dict(re.findall(r"^([a-z0-9-]+)==(\S+)", LOCK, re.MULTILINE))
PROJECT: Final = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
WORKFLOWS: Final = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
ALLOWED: Final = re.compile(
    r"MIT|BSD|Apache|ISC|Python Software Foundation|PSF|MPL-2|Mozilla Public License 2",
    re.IGNORECASE,
)


def name_in(requirement: str) -> str:
    return re.split(r"[<>=!~;\[ ]", requirement)[0].lower()


def runtime() -> set[str]:
    """Return the names of all dependencies, as far as they are installed here."""
    found: set[str] = set()
    waiting = [name_in(each) for each in PROJECT["dependencies"]]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        try:
            needed = requires(name) or []
        except PackageNotFoundError:  # for another system
            continue
        found.add(name)
        waiting += [name_in(each) for each in needed if "extra ==" not in each]
    return found


def licence_of(name: str) -> str:
    about = metadata(name).json
    classifiers = [each for each in about.get("classifier", ()) if "License" in each]
    written = str(about.get("license") or "").partition("\n")[0]
    return f"{about.get('license_expression')} {written} {classifiers}"


@pytest.mark.parametrize("name", sorted(runtime()))
def test_every_licence_at_run_time_is_one_that_allows_use(name: str) -> None:
    assert ALLOWED.search(licence_of(name)), licence_of(name)


@pytest.mark.parametrize("requirement", PROJECT["dependencies"])
def test_every_dependency_is_bounded_on_both_sides_and_in_the_lock(requirement: str) -> None:
    assert ">=" in requirement
    assert "<" in requirement.replace(">=", "")
    assert name_in(requirement) in LOCKED


def test_the_oldest_versions_that_are_tried_are_the_lower_bounds() -> None:
    script = [sys.executable, str(ROOT / "scripts" / "oldest_dependencies.py")]
    tried = subprocess.run(script, capture_output=True, text=True, check=True).stdout.splitlines()  # noqa: S603 - our own code
    for requirement in PROJECT["dependencies"]:
        assert requirement.split(",")[0].replace(">=", "==") in tried
    assert ".ci/run" in (ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8")
    assert "make oldest" in (ROOT / ".ci" / "run").read_text("utf-8")


def test_every_version_in_the_lock_has_hashes() -> None:
    blocks = re.split(r"^(?=[a-z0-9-]+==)", LOCK, flags=re.MULTILINE)[1:]
    assert len(blocks) == len(LOCKED)
    assert all("--hash=sha256:" in each for each in blocks)
    assert not re.search(r"https?://", LOCK)


def test_the_bill_of_materials_contains_the_lock_and_its_dependencies() -> None:
    done = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, ROOT / "scripts" / "build_sbom.py"],
        capture_output=True,
        text=True,
        check=True,
    )
    sbom = json.loads(done.stdout)
    assert (sbom["bomFormat"], sbom["specVersion"]) == ("CycloneDX", "1.6")
    assert {each["name"]: each["version"] for each in sbom["components"]} == LOCKED
    references = {each["ref"]: each["dependsOn"] for each in sbom["dependencies"]}
    ours = references[sbom["metadata"]["component"]["bom-ref"]]
    direct = {reference.rpartition("/")[2].partition("@")[0] for reference in ours}
    needed = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["xlsx"]]
    assert direct >= {name_in(each) for each in needed}
    assert not direct & {"certifi", "cffi", "idna"}


def workflow(path: Path) -> Any:
    return yaml.safe_load(path.read_text("utf-8"))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_workflows_pin_every_action_and_begin_without_rights(path: Path) -> None:
    assert workflow(path)["permissions"] == {}
    for job in workflow(path)["jobs"].values():
        assert job["timeout-minutes"]
        assert job["permissions"]
        for step in job["steps"]:
            if "uses" in step:
                assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", step["uses"])
    assert "secrets." not in path.read_text("utf-8")


def test_the_tests_run_on_every_python_and_system_that_is_promised() -> None:
    matrix = workflow(ROOT / ".github/workflows/ci.yml")["jobs"]["test"]["strategy"]["matrix"]
    promised = [each.rpartition(" ")[2] for each in PROJECT["classifiers"]]
    assert set(matrix["python"]) == {each for each in promised if each.startswith("3.")}
    assert {each.partition("-")[0] for each in matrix["system"]} == {"ubuntu", "windows", "macos"}


@pytest.mark.parametrize(
    ("found", "code", "line"),
    [
        ({"version": "1", "vulns": []}, 0, "weaknesses: none is known in 1 dependencies"),
        ({"skip_reason": "not found"}, 0, "weaknesses: not run for 1 of 1 dependencies"),
        (
            {"version": "1", "vulns": [{"id": "X", "fix_versions": ["2"]}]},
            1,
            "a 1: X, mended in: 2",
        ),
    ],
)
def test_an_unchecked_dependency_is_not_called_good(
    found: dict[str, Any], code: int, line: str
) -> None:
    told = run_path(str(ROOT / "scripts" / "check_weaknesses.py"))["told"]
    ended, lines = told([{"name": "a", **found}])
    assert ended == code
    assert next(lines).startswith(line)
