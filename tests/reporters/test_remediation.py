"""Fix plans: fails as steps, in an order that never closes a door too early."""

import subprocess
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from msgspec.structs import replace

from amlaudit.core.companions import Deed, adding, setting
from amlaudit.core.edits import Edit
from amlaudit.core.place import Place
from amlaudit.core.report import Finding, Report, ResourceRef
from amlaudit.core.rule import Change, Fix, Severity
from amlaudit.core.verdict import Evidence, Seen, Status, Verdict, fail, ok
from amlaudit.core.waiver import Waiver, WaiverKind
from amlaudit.reporters.remediation.advice import (
    commands_of,
    deeds_of,
    rollback_of,
    state_command,
    verification_of,
)
from amlaudit.reporters.remediation.pages import page
from amlaudit.reporters.remediation.plan import Phase, Plan, Step, phase_of, plan_for
from amlaudit.reporters.remediation.shell import filled, script
from amlaudit.reporters.remediation.sources import bicep, terraform
from tests.reporters.sample_rules import rule_on_workspaces
from tests.reporters.samples import sample

GROUP = "/subscriptions/11111111-1111-4111-8111-111111111111/resourcegroups/rg-ml"
STORAGE = f"{GROUP}/providers/microsoft.storage/storageaccounts/stml"
WORKSPACE = f"{GROUP}/providers/microsoft.machinelearningservices/workspaces/mlw"
OPEN = "properties.publicNetworkAccess"


def _finding(fix: Fix, verdict: Verdict | None = None, resource_id: str = STORAGE) -> Finding:
    rule = rule_on_workspaces(1501, "It is closed", Severity.HIGH, lambda _: ok())
    named = replace(rule, fix=fix, type_name="Microsoft.Storage/storageAccounts")
    return Finding(named, ResourceRef(resource_id, "t", "stml"), verdict or fail("it is open"))


def _seen(path: str, observed: object, seen: Seen = Seen.PRESENT) -> Verdict:
    return Verdict(Status.FAIL, "x", looks=(Evidence(STORAGE, path, "", observed, seen),))


@pytest.mark.parametrize(
    ("fix", "phase"),
    [
        (Fix("az x create", Change.CREATE_COMPANION), Phase.PREPARE),
        (Fix("az x update", settings={"properties.minimumTlsVersion": "TLS1_2"}), Phase.CHANGE),
        (Fix("az x update", settings={OPEN: "Disabled"}), Phase.CLOSE),
        (Fix("az role assignment delete --ids <id>"), Phase.CLOSE),
        (Fix("az x create", Change.RECREATE), Phase.REBUILD),
        (Fix("az x update", irreversible=True), Phase.REBUILD),
    ],
)
def test_granting_access_comes_before_restricting_it(fix: Fix, phase: Phase) -> None:
    assert phase_of(_finding(fix)) is phase


def test_steps_lie_in_the_workspace_or_group_of_their_resource_in_order() -> None:
    closing = _finding(Fix("az x", settings={OPEN: "Disabled"}))
    making = _finding(Fix("az y", Change.CREATE_COMPANION))
    elsewhere = _finding(Fix("az z"), resource_id=f"{WORKSPACE}/computes/c")
    plan = plan_for([closing, making, elsewhere])
    assert list(plan.groups) == [GROUP, WORKSPACE]
    assert [step.finding for step in plan.groups[GROUP]] == [making, closing]


def test_only_open_fails_are_steps() -> None:
    waiver = Waiver("W-1", "*", "*", "*", WaiverKind.MITIGATED, "r", "o", date(2027, 1, 1))
    found = [_finding(Fix("a"), ok("x")), replace(_finding(Fix("a")), waiver=waiver)]
    assert plan_for(found).steps == ()


@pytest.mark.parametrize(
    ("resource_id", "scope"),
    [
        (STORAGE, "--subscription 11111111-1111-4111-8111-111111111111 "),
        ("/providers/microsoft.management/managementgroups/mg", "--management-group mg "),
        ("/", ""),
    ],
)
def test_a_scan_checks_the_scope_of_the_resource(resource_id: str, scope: str) -> None:
    step = Step(Phase.CHANGE, _finding(Fix("az x"), resource_id=resource_id))
    assert verification_of(step) == f"amlaudit scan {scope}--select AML1501"


def test_an_id_cannot_leave_its_code_in_the_page() -> None:
    hostile = f"{GROUP}/providers/a/b/x`<img src=x>``y"
    text = page(sample(), plan_for([_finding(Fix("az x"), resource_id=hostile)]))
    assert f"- Resource: ``` {hostile} ```\n" in text
    assert text.startswith("# Fix plan\n\n1 step for the report of")


def test_a_setting_is_checked_and_put_back_by_its_own_path() -> None:
    fix = Fix("az x", settings={OPEN: "Disabled", "tags['cost-center']": "a"})
    step = Step(Phase.CLOSE, _finding(fix, _seen(OPEN, "Enabled")))
    assert verification_of(step) == (
        f"az resource show --ids {STORAGE} --query "
        f"""'[properties.publicNetworkAccess, tags."cost-center"]'"""
    )
    assert rollback_of(step) == ""  # the value at the other path was not observed
    alone = Step(Phase.CLOSE, _finding(Fix("az x", settings={OPEN: "D"}), _seen(OPEN, "a b")))
    assert rollback_of(alone) == f"az resource update --ids {STORAGE} --set '{OPEN}=a b'"


@pytest.mark.parametrize(
    ("verdict", "restored"),
    [
        (_seen(OPEN, observed=True), f"--set {OPEN}=true"),
        (_seen(OPEN, 7), f"--set {OPEN}=7"),
        (_seen(OPEN, "Enabled", Seen.DEFAULT), f"--remove {OPEN}"),
        (_seen(OPEN, None, Seen.ABSENT), f"--remove {OPEN}"),
        (_seen(OPEN, None, Seen.GAP), ""),
        (_seen("other", observed=True), ""),
    ],
)
def test_what_was_there_is_put_back(verdict: Verdict, restored: str) -> None:
    step = Step(Phase.CLOSE, _finding(Fix("az x", settings={OPEN: "Disabled"}), verdict))
    assert rollback_of(step).endswith(restored)
    assert bool(rollback_of(step)) is bool(restored)


@pytest.mark.parametrize(
    ("command", "script_line"),
    [
        ("az x --name <end point>", 'az x --name "${end_point:?}"'),
        ('az x --name "a-<part>"', 'az x --name "a-${part:?}"'),
        ('az x --body \'{"a": "<id>"}\'', 'az x --body \'{"a": "\'"${id:?}"\'"}\''),
        ("az x > out.json", "az x > out.json"),
    ],
)
def test_a_blank_is_a_variable_that_must_be_set(command: str, script_line: str) -> None:
    assert filled(command) == script_line


def _run(tmp_path: Path, findings: list[Finding], *steps: str) -> subprocess.CompletedProcess[str]:
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("az", "amlaudit"):
        (tools / name).write_text(f'#!/bin/sh\necho "{name} $*" >&2\necho "{{}}"\n')
        (tools / name).chmod(0o755)
    file = tmp_path / "fix-plan.sh"
    file.write_text(script(sample(), plan_for(findings)))
    return subprocess.run(  # noqa: S603 - our own script, with tools that only talk
        ["/bin/bash", str(file), *steps],
        cwd=tmp_path,
        env={"PATH": f"{tools}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_script_only_lists_its_steps_by_default(tmp_path: Path) -> None:
    done = _run(tmp_path, [_finding(Fix("az storage account update --name {name}"))])
    assert "1  change  high     AML1501  stml" in done.stdout
    assert done.stderr == ""


def test_the_script_keeps_the_state_then_does_and_checks_the_steps_that_are_named(
    tmp_path: Path,
) -> None:
    done = _run(tmp_path, [_finding(Fix("az storage account update --name {name}"))], "1")
    assert done.stderr.splitlines() == [
        f"az resource show --ids {STORAGE}",
        "az storage account update --name stml",
        "amlaudit scan --subscription 11111111-1111-4111-8111-111111111111 --select AML1501",
    ]
    assert (tmp_path / "before-step-1.json").read_text() == "{}\n"


def test_a_step_that_cannot_be_undone_is_held_back(tmp_path: Path) -> None:
    done = _run(tmp_path, [_finding(Fix("az x delete", irreversible=True))], "1")
    assert "az x delete" not in done.stderr
    assert "step 1 is held back" in done.stderr


def test_a_step_with_a_blank_stops_until_it_is_filled(tmp_path: Path) -> None:
    done = _run(tmp_path, [_finding(Fix("az x --name <end point>"))], "1")
    assert done.returncode != 0
    assert "end_point" in done.stderr


def test_hostile_names_stay_names(tmp_path: Path) -> None:
    hostile = f"{GROUP}/providers/microsoft.storage/storageaccounts/$(touch pwned)\nEND_OF_STEPS"
    found = _finding(
        Fix("az x --name {name} --ids {id}"), fail("`touch pwned`\ntouch pwned"), hostile
    )
    _run(tmp_path, [found], "1")
    assert not (tmp_path / "pwned").exists()


def test_the_page_tells_each_step_with_its_check() -> None:
    text = page(sample(), plan_for([_finding(Fix("az x --name {name}", note="Ask first."))]))
    assert "### Change settings in place" in text
    assert "**1. AML1501, high: It is closed**" in text
    assert "- Before: Nobody relies on the old setting. Ask first." in text
    assert "```sh\naz x --name stml\n```" in text


def test_declarations_of_a_resource_stand_together() -> None:
    findings = [
        _finding(Fix("a", settings={OPEN: "Disabled"})),
        _finding(Fix("b", settings={"properties.minimumTlsVersion": "TLS1_2"})),
        _finding(Fix("c")),
    ]
    plan = plan_for(findings)
    told = bicep(sample(), plan)
    assert "minimumTlsVersion: 'TLS1_2'\n    publicNetworkAccess: 'Disabled'" in told
    assert f"// AML1501 on {STORAGE}: in_place" in told
    assert 'publicNetworkAccess = "Disabled"' in terraform(sample(), plan)


@pytest.mark.parametrize("write", [bicep, terraform])
def test_no_comment_of_declarations_ends_where_a_text_of_others_wants(
    write: Callable[[Report, Plan], str],
) -> None:
    found = _finding(Fix("a", settings={OPEN: "Disabled"}))
    spoilt = replace(
        found,
        resource=replace(found.resource, place=Place("main.bicep\nresource evil", 3)),
        rule=replace(found.rule, title="Closed\nresource evil"),
    )
    told = write(sample(), plan_for([spoilt]))
    assert "declared at main.bicep resource evil:3" in told
    assert not any(line.startswith("resource evil") for line in told.splitlines())


LOCK = Edit(
    deed=Deed.ADD,
    id=f"{STORAGE}/providers/Microsoft.Authorization/locks/keep",
    type_name="Microsoft.Authorization/locks",
    api_version="2020-05-01",
    body={"properties": {"level": "CanNotDelete", "notes": "it's ours"}},
)
ROLE = f"{GROUP}/providers/Microsoft.Authorization/roleAssignments/r1"
GONE = Edit(deed=Deed.REMOVE, id=ROLE, type_name="microsoft.authorization/roleassignments")


def _tried(*edits: Edit, fix: Fix | None = None) -> Step:
    plan = plan_for([found := _finding(fix or Fix("az x"))], {found.id: edits})
    (step,) = plan.steps
    return step


def test_rehearsed_changes_use_ids_and_can_be_undone() -> None:
    step = _tried(LOCK)
    assert step.phase is Phase.PREPARE
    assert commands_of(step) == (
        f"az rest --method put --url '{LOCK.id}?api-version=2020-05-01' --body "
        """'{"properties": {"level": "CanNotDelete", "notes": "it'"'"'s ours"}}'"""
    )
    assert rollback_of(step) == f"az resource delete --ids {LOCK.id}"
    assert deeds_of(step) == [f"make {LOCK.id}"]


def test_deletions_come_last_and_are_backed_up_first() -> None:
    step = _tried(GONE, LOCK)
    assert step.phase is Phase.CLOSE
    assert commands_of(step).splitlines()[0] == f"az role assignment delete --ids {ROLE}"
    assert state_command(step) == f"az resource show --ids {ROLE}"
    assert rollback_of(step) == ""


def test_existing_resources_are_neither_overwritten_nor_deleted() -> None:
    step = _tried(replace(LOCK, is_there=True))
    assert commands_of(step) == "az x"
    assert rollback_of(step) == ""
    assert deeds_of(step) == [f"set {LOCK.id}"]


def test_choices_are_prompted_for_instead_of_their_placeholders() -> None:
    asked = replace(LOCK, body={"n": "<days (number)>", "t": "<team>"})
    step = _tried(replace(LOCK, body={"n": 7, "t": "chosen-team"}, asked=asked))
    assert filled(commands_of(step)).endswith(
        """--body '{"n": '"${days_number:?}"', "t": "'"${team:?}"'"}'"""
    )


def test_list_members_and_settings_are_listed_and_left_to_the_commands_of_the_rule() -> None:
    member = replace(GONE, dropped={"properties.securityRules": {"name": "AllowSsh", "a": 1}})
    alone = replace(GONE, dropped={"properties.keys": "secret"})
    closed = Edit(deed=Deed.SET, id=STORAGE, type_name="t", body={OPEN: "Disabled"})
    step = _tried(member, alone, closed)
    assert commands_of(step) == "az x"
    assert deeds_of(step) == [
        f"take AllowSsh out of {ROLE}",
        f"take secret out of {ROLE}",
        f"set {OPEN} of {STORAGE}",
    ]


def test_fails_fixed_by_other_steps_say_so() -> None:
    step = _tried()
    assert deeds_of(step) == ["nothing more: other steps fix it"]
    assert "nothing more: other steps fix it" in page(sample(), Plan({GROUP: (step,)}))
    assert deeds_of(Step(Phase.CHANGE, step.finding)) == []


def test_a_way_in_that_is_closed_beside_the_resource_is_closed_late() -> None:
    closing = setting("Microsoft.KeyVault/vaults", {OPEN: "Disabled"}, via=("key-vault",))
    assert phase_of(_finding(Fix("az x", companions=(closing,)))) is Phase.CLOSE
    making = adding("Microsoft.Authorization/locks", "keep", {})
    assert phase_of(_finding(Fix("az x", companions=(making,)))) is Phase.PREPARE


def test_files_name_only_what_was_needed() -> None:
    one, two = (adding("Microsoft.Authorization/locks", name, {}) for name in ("one", "two"))
    found = _finding(Fix("az x", companions=(one, two)))
    plan = plan_for([found], {found.id: (replace(LOCK, of=two),)})
    assert "'two'" in bicep(sample(), plan)
    assert "'one'" not in bicep(sample(), plan)
    assert "'one'" in bicep(sample(), plan_for([found]))


def test_fixes_missing_from_every_file_have_a_reason() -> None:
    told = bicep(sample(), plan_for([_finding(Fix("az x", undeclared="People decide."))]))
    assert f"// AML1501 on {STORAGE}: People decide." in told
