"""The doctor finds the problems a scan would have; its role is exactly what a scan needs."""

import json
import re

import pytest
from msgspec.structs import replace

from amlaudit.cli import run
from amlaudit.core.errors import Exit
from amlaudit.core.scope import Scope
from amlaudit.pipeline import Policy
from amlaudit.rulebook.library import load_library
from amlaudit.scanners import credentials
from amlaudit.scanners.doctor import PROBE, Diagnosis, diagnose
from amlaudit.scanners.permissions import permissions, role_definition
from tests.loopback import estate as small
from tests.loopback.azure import LoopbackAzure
from tests.loopback.credential import TENANT
from tests.loopback.faults import asks, error, path_ends, value
from tests.loopback.judging import told
from tests.loopback.principal import Grant
from tests.loopback.quotas import Quotas
from tests.loopback.reading import PATIENCE, audited

PRODUCTION = f"/subscriptions/{small.PRODUCTION}"
LABORATORY = f"/subscriptions/{small.LABORATORY}"
KEYS = "Microsoft.KeyVault/vaults/read"


def diagnosed(azure: LoopbackAzure, *subscriptions: str) -> Diagnosis:
    return diagnose(Scope(subscriptions), azure.credential, azure.cloud, PATIENCE)


def test_the_reader_role_is_sufficient(azure: LoopbackAzure) -> None:
    found = diagnosed(azure)
    assert found.is_well
    assert set(found.subscriptions) == {PRODUCTION, LABORATORY}


def test_the_role_lets_a_scan_see_all_that_a_reader_sees(azure: LoopbackAzure) -> None:
    policy = Policy(*load_library(()))
    everything = audited(azure, policy)
    azure.principal.grants[:] = [Grant(actions=tuple(role_definition(())["Actions"]))]
    assert diagnosed(azure).is_well
    assert told(audited(azure, policy)) == told(everything)


@pytest.mark.parametrize("action", sorted({each.action for each in permissions()}))
def test_removing_any_single_action_is_reported(azure: LoopbackAzure, action: str) -> None:
    azure.principal.denied.add(action)
    found = diagnosed(azure, small.PRODUCTION)
    told = {each.action for each in found.missing.get(PRODUCTION, ())}
    assert told == {action} or found.unproven


def test_what_is_needed_on_management_groups_is_looked_for_there(azure: LoopbackAzure) -> None:
    azure.principal.grants[:] = [Grant(PRODUCTION)]
    found = diagnosed(azure)
    groups = [
        f"/providers/microsoft.management/managementgroups/{each}"
        for each in (small.TENANT, small.GROUP)
    ]
    assert list(found.groups) == groups
    lacking = {(scope, each.action) for scope, several in found.missing.items() for each in several}
    assert lacking == {(group, "Microsoft.Consumption/budgets/read") for group in groups}


def test_invisible_scopes_are_reported(azure: LoopbackAzure) -> None:
    azure.principal.hidden_subscriptions.add(small.LABORATORY)
    found = diagnosed(azure, small.PRODUCTION, small.LABORATORY)
    assert [gap.scope_id for gap in found.hidden] == [LABORATORY]
    assert not found.is_well


def test_invisible_scopes_are_reported_in_a_fixed_order(azure: LoopbackAzure) -> None:
    keys = [f"{number}9999999-9999-4999-8999-999999999999" for number in range(9)]
    kind = "Microsoft.Management/managementGroups/subscriptions"
    members = {"value": [{"id": f"/x/{key}", "name": key, "type": kind} for key in keys]}
    azure.fail(path_ends(f"{TENANT}/descendants"), value(members))
    found = diagnose(Scope(tenant=TENANT), azure.credential, azure.cloud, PATIENCE)
    assert [gap.scope_id for gap in found.hidden] == [f"/subscriptions/{key}" for key in keys]


@pytest.fixture
def _signed_in(azure: LoopbackAzure, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the command line sign in as the principal of the loopback Azure."""
    monkeypatch.setattr(credentials, "credential_named", lambda *_: azure.credential)


@pytest.mark.usefixtures("_signed_in")
def test_success_is_stated_in_words(
    azure: LoopbackAzure, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["doctor", "--cloud", azure.endpoint]) == Exit.PASS
    told = capsys.readouterr().out
    assert f"all {len(permissions())} required actions are granted" in told
    assert "2 can be read" in told


@pytest.mark.usefixtures("_signed_in")
def test_a_missing_action_is_listed_with_the_rules_it_affects(
    azure: LoopbackAzure, capsys: pytest.CaptureFixture[str]
) -> None:
    azure.principal.denied.add(KEYS)
    assert run(["doctor", "--cloud", azure.endpoint, "-s", small.PRODUCTION]) == Exit.INCOMPLETE
    told = capsys.readouterr().out
    assert f"1 of {len(permissions())} required actions missing" in told
    assert KEYS in told
    assert "needed by AML1101" in told
    assert "amlaudit doctor --role-definition" in told
    assert max(map(len, told.splitlines())) <= 160


@pytest.mark.usefixtures("_signed_in")
def test_an_action_missing_on_a_management_group_is_reported(
    azure: LoopbackAzure, capsys: pytest.CaptureFixture[str]
) -> None:
    azure.principal.grants[:] = [Grant(PRODUCTION)]
    assert run(["doctor", "--cloud", azure.endpoint]) == Exit.INCOMPLETE
    told = capsys.readouterr().out
    assert f"missing on the management group {small.GROUP}" in told
    assert "needed by AML1902" in told
    assert max(map(len, told.splitlines())) <= 160


@pytest.mark.usefixtures("_signed_in")
def test_a_terminal_is_not_written_past(
    azure: LoopbackAzure, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    azure.principal.denied.add(KEYS)
    azure.principal.hidden_subscriptions.add(small.LABORATORY)
    run(["doctor", "--cloud", azure.endpoint, "-s", small.PRODUCTION, "-s", small.LABORATORY])
    told = capsys.readouterr().out
    assert max(len(line) for line in told.splitlines() if len(line.split()) > 2) <= 80
    assert "\n                  principal cannot see subscription\n" in told
    assert "\n  → request the role from --role-definition there, or exclude it\n" in told
    assert re.search(r"\n      needed by AML1101[^\n]+\n        AML\d{4} and \d+ more\n", told)


@pytest.mark.usefixtures("_signed_in")
def test_programs_read_the_same_as_json(
    azure: LoopbackAzure, capsys: pytest.CaptureFixture[str]
) -> None:
    azure.principal.denied.add(KEYS)
    arguments = ["doctor", "--cloud", azure.endpoint, "-s", small.PRODUCTION, "-o", "json"]
    assert run(arguments) == Exit.INCOMPLETE
    told = json.loads(capsys.readouterr().out)
    (subscription,) = told["subscriptions"]
    assert [each["action"] for each in subscription["missing"]] == [KEYS]
    assert {each["id"].rpartition("/")[2] for each in told["management_groups"]} == {
        small.GROUP,
        small.TENANT,
    }
    assert not told["well"]


@pytest.mark.usefixtures("_signed_in")
def test_an_unreachable_resource_graph_is_reported(
    azure: LoopbackAzure, capsys: pytest.CaptureFixture[str]
) -> None:
    azure.fail(asks(PROBE), error(400, "BadRequest", "no"))
    assert run(["doctor", "--cloud", azure.endpoint]) == Exit.INCOMPLETE
    assert "Resource Graph" in capsys.readouterr().out


@pytest.mark.usefixtures("_signed_in")
def test_undeterminable_permissions_are_reported(
    azure: LoopbackAzure, capsys: pytest.CaptureFixture[str]
) -> None:
    azure.fail(path_ends("/microsoft.authorization/permissions"), error(403, "Forbidden", "no"))
    assert run(["doctor", "--cloud", azure.endpoint, "-s", small.PRODUCTION]) == Exit.INCOMPLETE
    assert "could not be verified" in capsys.readouterr().out


@pytest.mark.usefixtures("_signed_in")
def test_the_basis_of_a_scan_is_shown(
    azure: LoopbackAzure, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    azure.quotas = Quotas()
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("COLUMNS", "400")  # no line is wrapped
    assert run(["doctor", "--cloud", azure.endpoint]) == Exit.PASS
    told = capsys.readouterr().out
    assert re.search(r"Credential +service principal .*, token valid \d+ min", told)
    assert re.search(r"Resource Graph +reachable at https://.*, \d+ queries left", told)
    assert re.search(r"Clock +\d s difference from Azure", told)
    assert re.search(r"Proxy +none", told)
    assert re.search(r"Certificates +\S+", told)
    assert told.count("Writable") == 3


def test_a_clock_that_is_far_off_is_not_well(azure: LoopbackAzure) -> None:
    found = diagnosed(azure)
    assert found.is_well
    assert not replace(found, clock_seconds=-400.0).is_well
    assert replace(found, clock_seconds=None).is_well
