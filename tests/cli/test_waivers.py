"""`waive` and `scan --waivers`: which waivers hold, which do not, and what is said about them."""

import json
import re
from pathlib import Path
from typing import TypeAlias

import pytest

from amlaudit.cli import run
from amlaudit.core.errors import Exit
from amlaudit.rulebook.waiver_reader import read_waivers
from tests.cli.test_profiles import workspace

Capture: TypeAlias = pytest.CaptureFixture[str]
DAY = ["--timestamp", "2026-06-15"]
WAIVER = """\
  - id: {id}
    rule: {rule}
    scope: "*/workspaces/w"
    kind: accepted_risk
    reason: For a test.
    owner: me@example.com
    expires: {expires}
"""


def waivers(folder: Path, *written: dict[str, str]) -> Path:
    path = folder / "waivers.yaml"
    plain = {"id": "W-1", "rule": "AML1202", "expires": "2026-06-30"}
    listed = "".join(WAIVER.format(**(plain | each)) for each in written)
    path.write_text(f"version: 1\nwaivers:\n{listed}" if listed else "version: 1\nwaivers: []\n")
    return path


def scanned(folder: Path, *options: str) -> int:
    common = ["--profile", "baseline", "--min-coverage", "0", "--quiet", *DAY]
    return run(["scan", "--from", workspace(folder), *common, *options])


def test_a_waived_fail_stays_a_fail_and_is_shown(tmp_path: Path, capsys: Capture) -> None:
    scanned(tmp_path)
    shown = re.compile("✖ high +AML1202")
    assert shown.search(capsys.readouterr().out)
    path = waivers(tmp_path, {})
    scanned(tmp_path, "--waivers", str(path))
    told = capsys.readouterr()
    assert not shown.search(told.out)
    assert "Waived: W-1 AML1202 on w (1), until 2026-06-30, me@example.com" in told.out
    assert " (1 waived)" in told.out
    assert "with accepted risk" in told.out
    assert told.err == ""


def test_a_waiver_that_does_not_hold_yet_is_shown_with_its_first_day(
    tmp_path: Path, capsys: Capture
) -> None:
    path = waivers(tmp_path, {"expires": "2026-07-30\n    created: 2026-07-01"})
    assert scanned(tmp_path, "--waivers", str(path)) == Exit.FAIL
    told = capsys.readouterr().out
    assert "Not yet waived: W-1 AML1202 on w, from 2026-07-01, me@example.com" in told
    assert re.search("✖ high +AML1202", told)


def test_a_run_of_which_every_fail_is_waived_does_not_fail(tmp_path: Path) -> None:
    every = [{"id": f"W-{n}", "rule": f"AML1{n}*"} for n in range(1, 4)]
    assert scanned(tmp_path) == Exit.FAIL
    assert scanned(tmp_path, "--waivers", str(waivers(tmp_path, *every))) == Exit.INCOMPLETE


def test_an_expired_waiver_ends_with_one(tmp_path: Path, capsys: Capture) -> None:
    path = waivers(tmp_path, {"expires": "2026-06-01"})
    assert scanned(tmp_path, "--waivers", str(path)) == Exit.FAIL
    told = capsys.readouterr()
    assert told.err.splitlines() == [
        (
            "✖ E204 Waiver W-1 (AML1202 on w) expired on 2026-06-01; the finding counts as a fail "
            "again. Owner: me@example.com"
        ),
        "  → renew it with a reason, or remove it",
    ]
    assert "AML1202" in told.out


def test_a_waiver_that_the_profile_forbids_is_named(tmp_path: Path, capsys: Capture) -> None:
    profile = tmp_path / "company.yaml"
    profile.write_text("extends: baseline\nwaivers: { max_days: 10 }\n", "utf-8")
    path = waivers(tmp_path, {})
    assert scanned(tmp_path, "--waivers", str(path), "--profile", str(profile)) == Exit.FAIL
    told = capsys.readouterr().err
    assert "E208 Waiver W-1 (AML1202 on w): it runs for 15 days; the limit is 10." in told


def test_a_waiver_whose_evidence_changed_counts_as_none(tmp_path: Path, capsys: Capture) -> None:
    others = f"AML1202\n    evidence_sha256: {'ab' * 32}"
    assert scanned(tmp_path, "--waivers", str(waivers(tmp_path, {"rule": others}))) == Exit.FAIL
    told = capsys.readouterr()
    assert "E208 Waiver W-1 (AML1202 on w): " in told.err
    assert "waived" not in told.out.lower()


@pytest.mark.parametrize(("options", "code"), [((), Exit.PASS), (("--strict",), Exit.INVALID)])
def test_an_unused_waiver_is_a_warning_or_an_error_on_request(
    options: tuple[str, ...], code: Exit, tmp_path: Path, capsys: Capture
) -> None:
    path = waivers(tmp_path, {"rule": "AML9999"})
    asked = ["--waivers", str(path), "--fail-on", "never", *options]
    assert scanned(tmp_path, *asked) == code
    assert capsys.readouterr().err.splitlines() == [
        "✖ E205 Waiver W-1 matches nothing.",
        "  → remove it, or check the scope pattern",
    ]


def test_a_fail_wins_over_an_unused_waiver(tmp_path: Path) -> None:
    path = waivers(tmp_path, {"rule": "AML9999"})
    assert scanned(tmp_path, "--waivers", str(path), "--strict") == Exit.FAIL


def test_a_wrong_waiver_file_ends_with_five(tmp_path: Path, capsys: Capture) -> None:
    path = waivers(tmp_path, {"rule": "'*'"})
    assert scanned(tmp_path, "--waivers", str(path)) == Exit.INVALID
    assert (
        f"E201 {path.as_posix()}:4:11 a waiver cannot cover every rule" in capsys.readouterr().err
    )


ADD = ["--rule", "AML1202", "--scope", "*/workspaces/w", "--reason", "r", "--owner", "me"]


def test_an_added_waiver_applies_and_is_listed(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "new" / "waivers.yaml"
    added = ["waive", "add", "--waivers", str(path), *DAY, *ADD, "--days", "30"]
    assert run(added) == Exit.PASS
    assert "W-001 (AML1202 on w) is valid until 2026-07-15" in capsys.readouterr().out
    assert run(added) == Exit.PASS
    assert run(["waive", "list", "--waivers", str(path), *DAY]) == Exit.PASS
    assert "W-002  active" in capsys.readouterr().out
    run(["waive", "list", "--waivers", str(path), *DAY, "-o", "json"])
    first, _ = json.loads(capsys.readouterr().out)
    assert (first["state"], first["created"], first["expires"]) == (
        "active",
        "2026-06-15",
        "2026-07-15",
    )


def test_a_waiver_that_would_run_too_long_is_not_added(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "waivers.yaml"
    assert run(["waive", "add", "--waivers", str(path), *ADD, "--days", "181"]) == Exit.USAGE
    assert "181 days; the limit is 180" in capsys.readouterr().err
    assert not path.exists()


def test_the_check_ends_with_one_where_a_waiver_does_not_hold(
    tmp_path: Path, capsys: Capture
) -> None:
    path = waivers(tmp_path, {}, {"id": "W-2", "expires": "2026-06-01"})
    assert run(["waive", "check", "--waivers", str(path), *DAY]) == Exit.FAIL
    told = capsys.readouterr().out
    assert "E204 Waiver W-2 (AML1202 on w) expired on 2026-06-01" in told
    assert "Invalid waivers: 1 of 2" in told
    assert run(["waive", "prune", "--waivers", str(path), *DAY]) == Exit.PASS
    assert "W-2 (AML1202 on w) expired on 2026-06-01: removed" in capsys.readouterr().out
    assert run(["waive", "check", "--waivers", str(path), *DAY]) == Exit.PASS
    before = path.read_bytes()
    run(["waive", "prune", "--waivers", str(path), *DAY])
    assert path.read_bytes() == before


def test_a_file_that_cannot_be_written_ends_with_six(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "file").write_text("")
    path = tmp_path / "file" / "waivers.yaml"
    added = ["waive", "add", "--waivers", str(path), *ADD, "--days", "30"]
    assert run(added) == Exit.INPUT_OUTPUT
    assert "E301 Cannot write" in capsys.readouterr().err


def test_a_finding_is_waived_as_it_was_observed(tmp_path: Path, capsys: Capture) -> None:
    report, path = tmp_path / "report.json", tmp_path / "waivers.yaml"
    scanned(tmp_path, "--report", f"json={report}")
    fails = [
        each
        for each in json.loads(report.read_text("utf-8"))["findings"]
        if each["status"] == "fail" and each["rule_id"] == "AML1202"
    ]
    named = ["--finding", fails[0]["id"], "--report", str(report)]
    why = ["--days", "30", "--owner", "me", "--reason", "r", "--waivers", str(path), *DAY]
    assert run(["waive", "add", *named, *why]) == Exit.PASS
    assert run(["waive", "add", *named, *why, "--subject", "x"]) == Exit.USAGE
    assert "--subject requires --rule and --scope" in capsys.readouterr().err
    scanned(tmp_path, "--waivers", str(path))
    assert " (1 waived)" in capsys.readouterr().out
    (waiver,) = read_waivers(path)
    assert len(waiver.evidence_sha256) == 64
    text = path.read_text("utf-8").replace(waiver.evidence_sha256, "0" * 64)
    path.write_text(text, "utf-8")
    assert scanned(tmp_path, "--waivers", str(path)) == Exit.FAIL
    assert "E208 Waiver W-001" in capsys.readouterr().err


def test_waived_fails_are_worded_the_same_everywhere(tmp_path: Path, capsys: Capture) -> None:
    why = ["--days", "30", "--owner", "me", "--reason", "r"]
    path = ["--waivers", str(tmp_path / "waivers.yaml")]
    for named in (["--rule", "AML1202"], ["--finding", "0" * 32], [*ADD[:4], "--finding", "x"]):
        assert run(["waive", "add", *path, *named, *why]) == Exit.USAGE
        assert "--rule and --scope, or --finding and --report" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["snapshot", "report"])
def test_beside_what_was_scanned_a_check_tells_what_waivers_match(
    kind: str, tmp_path: Path, capsys: Capture
) -> None:
    saved, report = tmp_path / "estate.db", tmp_path / "report.json"
    scanned(tmp_path, "--save-snapshot", str(saved), f"--report=json={report}")
    profile = tmp_path / "company.yaml"
    profile.write_text("extends: baseline\nwaivers: { max_matches: 1 }\n", "utf-8")
    path = waivers(
        tmp_path,
        {"id": "W-good"},
        {"id": "W-unused", "rule": "AML9999"},
        {"id": "W-broad", "rule": "AML1*"},
    )
    changed = path.read_text("utf-8") + WAIVER.format(
        id="W-changed", rule="AML1202", expires="2026-06-30"
    )
    path.write_text(f"{changed}    evidence_sha256: {'a' * 64}\n", "utf-8")
    alone = ["waive", "check", "--waivers", str(path), "--profile", str(profile), *DAY]
    assert run(alone) == Exit.PASS
    capsys.readouterr()
    given = saved if kind == "snapshot" else report
    assert run([*alone, "--from", str(given)]) == Exit.FAIL
    told = capsys.readouterr().out
    assert "W-good" not in told
    assert "E205 Waiver W-unused matches nothing." in told
    assert "E208 Waiver W-broad (AML1* on w): it matches " in told
    assert "E208 Waiver W-changed (AML1202 on w): the evidence has changed since" in told
    assert "Invalid waivers: 3 of 4" in told


def test_a_report_without_fails_does_not_mention_waivers(tmp_path: Path, capsys: Capture) -> None:
    report = tmp_path / "report.json"
    scanned(tmp_path, f"--report=json={report}", "--only", "unknown")
    path = waivers(tmp_path, {})
    assert run(["waive", "check", "--waivers", str(path), "--from", str(report)]) == Exit.USAGE
    assert "contains no fails" in capsys.readouterr().err


def test_the_waiver_file_of_a_project_is_the_one_that_its_scans_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "amlaudit.yaml").write_text("version: 1\nwaivers: accepted.yaml\n", "utf-8")
    assert run(["waive", "add", *ADD, "--days", "30", *DAY]) == Exit.PASS
    assert "written to accepted.yaml" in capsys.readouterr().out
    assert run(["waive", "check", *DAY]) == Exit.PASS
    scanned(tmp_path)
    assert "Waived: W-001" in capsys.readouterr().out
    assert not (tmp_path / "waivers.yaml").exists()


def test_a_missing_waiver_file_is_reported_with_how_to_create_one(
    tmp_path: Path, capsys: Capture
) -> None:
    for command in ("list", "check", "prune"):
        assert run(["waive", command, "--waivers", str(tmp_path / "no.yaml")]) == Exit.INPUT_OUTPUT
        told = capsys.readouterr().err
        assert "amlaudit waive add" in told
        assert "Errno" not in told


def test_an_invalid_waiver_is_refused_before_anything_is_written(
    tmp_path: Path, capsys: Capture
) -> None:
    path = tmp_path / "waivers.yaml"
    command = ["waive", "add", "--waivers", str(path), "--rule", "AML1202", "--scope", "*x"]
    whole = {"--owner": "me@contoso.com", "--reason": "until June", "--days": "9"}
    for option, value, told in (
        ("--owner", " ", "must not be blank"),
        ("--reason", "", "must not be blank"),
        ("--days", "999999999", "the date is out of range"),
    ):
        options = {**whole, option: value}.items()
        assert run([*command, *(word for pair in options for word in pair)]) == Exit.USAGE
        assert told in capsys.readouterr().err
        assert not path.exists()


def test_a_waiver_for_an_unknown_rule_is_refused(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "waivers.yaml"
    add = ["waive", "add", "--waivers", str(path)]
    given = ["--scope", "*/x", "--owner", "me", "--reason", "June", "--days", "9"]
    assert run([*add, "--rule", "ALM1202", *given]) == Exit.INVALID
    told = capsys.readouterr().err
    assert 'E203 Unknown rule "ALM1202" in --rule. Did you mean "AML1202"?' in told
    assert "name its pack with --rules" in told
    assert not path.exists()
    assert run([*add, "--rule", "AML1210", *given]) == Exit.PASS
    assert run([*add, "--rule", "AML19*", *given]) == Exit.PASS
    assert not capsys.readouterr().err


def test_a_waiver_may_be_for_a_rule_of_a_pack_that_is_named(
    tmp_path: Path, capsys: Capture
) -> None:
    path, pack = str(tmp_path / "waivers.yaml"), str(tmp_path / "pack")
    assert run(["rules", "new", "ACME001", "owner set", "--pack", pack]) == Exit.PASS
    given = ["--scope", "*/x", "--owner", "me", "--reason", "June", "--days", "9"]
    add = ["waive", "add", "--waivers", path, *given]
    assert run([*add, "--rule", "ACME001"]) == Exit.INVALID
    assert run([*add, "--rule", "ACME001", "--rules", pack]) == Exit.PASS
    assert run([*add, "--rule", "ACME002", "--rules", pack]) == Exit.INVALID
    assert 'Did you mean "ACME001"?' in capsys.readouterr().err


def test_an_invalid_time_is_reported_with_the_format(capsys: Capture) -> None:
    assert run(["waive", "list", "--timestamp", "yesterday"]) == Exit.USAGE
    assert '"yesterday" is not a valid time: use 2026-01-31 or 2026-01-31T06:00:00Z' in (
        capsys.readouterr().err
    )
