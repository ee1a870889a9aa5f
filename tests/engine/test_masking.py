"""Stand-ins for the names in a report."""

from time import perf_counter
from typing import NamedTuple

import pytest
from msgspec.structs import replace

from amlaudit.batches import SpilledList
from amlaudit.core.arm_id import SUBSCRIPTION_TYPE
from amlaudit.core.gap import Gap, Reason
from amlaudit.core.neighbourhood import Neighbourhood
from amlaudit.core.policy_view import Compliance, PolicyView
from amlaudit.core.report import Mask
from amlaudit.core.rule import Rule
from amlaudit.core.scope import Scope
from amlaudit.core.verdict import Other, Status
from amlaudit.engine.masking import masked
from tests.reporters.samples import sample


def test_requested_names_and_people_in_messages_have_pseudonyms() -> None:
    report = sample()
    first = next(iter(report.findings))
    told = replace(first.verdict, message="ask ann@contoso.example about ML-Production")
    report = replace(
        report,
        findings=(replace(first, verdict=told),),
        collection=replace(report.collection, scope=Scope(subscriptions=("ML-Production",))),
    )
    hidden = masked(report, Mask.ALL)
    (finding,) = hidden.report.findings
    (asked,) = hidden.report.collection.scope.subscriptions
    assert finding.verdict.message == f"ask person-1@masked.example about {asked}"
    assert asked not in ("", "ML-Production")
    assert finding.rule is first.rule
    assert hidden.count >= 2
    assert [masked(report, each).report.masked for each in Mask] == ["ids", "names", "all"]


SUB = "11111111-2222-4333-8444-555555555555"
ROOT = f"/subscriptions/{SUB}/resourceGroups/rg-ml/providers/Microsoft.KeyVault/vaults/kv-one"


def told(
    message: object, mask: Mask = Mask.ALL, scope: Scope | None = None, rule: Rule | None = None
) -> object:
    """Return a message of a masked report; an observed value takes its place if it is not text."""
    report = sample()
    first = next(iter(report.findings))
    evidence = replace(first.evidence[0], resource_id=ROOT, observed=message)
    verdict = replace(first.verdict, message="", looks=(evidence,))
    finding = replace(
        first,
        rule=rule or replace(first.rule, title="", because="", severity_reason=""),
        resource=replace(first.resource, id=ROOT, name="kv-one", type="microsoft.keyvault/vaults"),
        verdict=verdict,
    )
    whole = replace(
        report,
        findings=(finding,),
        rules=(finding.rule,),
        gaps=(),
        neighbourhoods=(),
        collection=replace(report.collection, scope=scope or Scope()),
    )
    (found,) = masked(whole, mask).report.findings
    return found.evidence[0].observed


NAMED = Scope(
    subscriptions=("ML Prod",),
    resource_groups=("rg-apps",),
    workspaces=("mlw-fraud", "mlw-fraud-dr", "default", "mlw-*", SUB),
    management_groups=("mg-ml",),
    tenant="contoso.example",
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("kv-one", "vault-1"),
        ("KV-ONE and kv-one.", "vault-1 and vault-1."),
        ("kv-one-west of rg-ml", "vault-1-west of resourcegroup-2"),
        ("my_kv-one_x", "my_vault-1_x"),
        ("kv-onely", "kv-onely"),
        ("ML Prod, and XML Prod", "subscription-1, and XML Prod"),
        ("rg-apps", "resourcegroup-1"),
        ("mlw-fraud", "workspace-1"),
        ("mlw-fraud-dr", "workspace-2"),
        ("ml-mlw-fraud-dr-west", "ml-workspace-2-west"),
        ("mg-ml", "managementgroup-1"),
        ("contoso.example", "tenant-1"),
        (f"host{SUB}", "host00000000-0000-4000-8000-000000000004"),
        ("default", "default"),
        ("mlw-*", "mlw-*"),
    ],
)
def test_names_have_stand_ins_of_their_kind_by_number(text: str, shown: str) -> None:
    assert told(text, scope=NAMED) == shown


def test_ids_and_names_are_masked_separately() -> None:
    text = f"{SUB.upper()} holds kv-one, says ann@contoso.example"
    stand_in = "00000000-0000-4000-8000-"
    ids, names, both = (told(text, mask) for mask in (Mask.IDS, Mask.NAMES, Mask.ALL))
    assert str(ids).startswith(stand_in)
    assert str(ids).endswith(" holds kv-one, says ann@contoso.example")
    assert names == f"{SUB.upper()} holds vault-1, says person-1@masked.example"
    assert str(both).startswith(stand_in)
    assert str(both).endswith(" holds vault-1, says person-1@masked.example")


def test_of_an_id_collections_and_providers_stay() -> None:
    found = told(ROOT + "/secrets/ann")
    assert str(found).endswith(
        "/resourceGroups/resourcegroup-1/providers/Microsoft.KeyVault/vaults/vault-1/secrets/secret-1"
    )
    assert SUB not in str(found)


@pytest.mark.parametrize("path", ["/", "//", "/8", "/default/"])
def test_a_path_without_names_is_unchanged(path: str) -> None:
    assert told(path) == path


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        (f"{ROOT} was not seen", "/vaults/vault-1 was not seen"),
        (f"{ROOT}: kv-one is closed.", "/vaults/vault-1: vault-1 is closed."),
        (f"not seen: {ROOT}.", "/vaults/vault-1."),
    ],
)
def test_a_message_that_starts_with_an_id_keeps_its_words(message: str, shown: str) -> None:
    report = sample()
    first = next(iter(report.findings))
    finding = replace(first, verdict=replace(first.verdict, message=message, looks=()))
    (found,) = masked(replace(report, findings=(finding,)), Mask.NAMES).report.findings
    assert found.verdict.message.endswith(shown)
    assert "rg-ml" not in found.verdict.message


def test_the_reason_of_a_gap_that_starts_with_an_id_keeps_its_words() -> None:
    hidden = Gap(ROOT, "properties", Reason.NOT_COLLECTED, f"{ROOT} was not seen")
    whole = replace(sample(), gaps=(hidden,), findings=())
    (found,) = masked(whole, Mask.NAMES).report.gaps
    assert found.detail == f"{found.scope_id} was not seen"


class Told(NamedTuple):
    """A record with a field of sentences, which is optional."""

    detail: str | None


def test_a_sentence_that_is_not_there_stays_so() -> None:
    assert told(Told(None)) == Told(None)


def test_an_id_within_a_text_is_learnt_from_too() -> None:
    text = "see /providers/Microsoft.Web/policies/Only-Here, and only-here's"
    assert told(text, Mask.NAMES) == (
        "see /providers/Microsoft.Web/policies/policy-1, and policy-1's"
    )


def test_an_action_on_resource_groups_is_not_an_id() -> None:
    action = "Microsoft.Resources/subscriptions/resourceGroups/read"
    assert told(action) == action


def test_every_text_of_a_value_is_masked_at_any_depth() -> None:
    value = {"kv-one": ["rg-ml", {"deep": ("kv-one", 7, None, True)}], "set": frozenset({"rg-ml"})}
    assert told(value, Mask.NAMES) == {
        "vault-1": ["resourcegroup-1", {"deep": ("vault-1", 7, None, True)}],
        "set": frozenset({"resourcegroup-1"}),
    }


def test_words_of_a_rule_are_masked_only_within_ids() -> None:
    first = next(iter(sample().findings)).rule
    rule = replace(first, title="Nobody reads kv-one", because="", severity_reason="")
    assert told("kv-one", rule=rule) == "kv-one"
    assert str(told(ROOT, rule=rule)).endswith("/vaults/vault-1")


def said_and_observed(text: str) -> tuple[str, object]:
    """Return how a masked report shows a text as a message, and as an observed value."""
    report = sample()
    first = next(iter(report.findings))
    evidence = replace(first.evidence[0], observed=text)
    verdict = replace(first.verdict, message=text, looks=(evidence,))
    rule = replace(first.rule, title="The common one", because="", severity_reason="")
    whole = replace(report, findings=(replace(first, rule=rule, verdict=verdict),), rules=(rule,))
    (found,) = masked(whole, Mask.NAMES).report.findings
    return found.verdict.message, found.evidence[0].observed


def test_a_text_is_masked_both_as_a_sentence_and_as_an_id() -> None:
    said, observed = said_and_observed("/providers/Microsoft.Web/policies/common")
    assert said == "/providers/Microsoft.Web/policies/common"
    assert observed == "/providers/Microsoft.Web/policies/policy-1"


def test_one_text_is_learnt_from_as_a_sentence_and_as_an_id() -> None:
    _, observed = said_and_observed("/providers/Microsoft.Web/policies/own and more")
    assert observed == "/providers/Microsoft.Web/policies/policy-2"


def test_everything_in_a_finding_has_pseudonyms() -> None:
    report = sample()
    first = next(iter(report.findings))
    other = f"/subscriptions/{SUB}/resourceGroups/rg-other/providers/Microsoft.Web/sites/web-other"
    assignment = f"/subscriptions/{SUB}/providers/Microsoft.Authorization/policyAssignments/pa-own"
    finding = replace(
        first,
        resource=replace(first.resource, id=ROOT.lower(), name="kv-one"),
        verdict=replace(first.verdict, message="pa-own and web-other watch kv-one", looks=()),
        subject_key="kv-one",
        policies=(PolicyView("d", assignment, "audit", Compliance.COMPLIANT),),
        others=(Other(other, None),),
    )
    (found,) = masked(replace(report, findings=(finding,)), Mask.ALL).report.findings
    (policy,), (seen,) = found.policies, found.others
    told = (found.resource.id, found.resource.name, found.subject_key, found.verdict.message)
    for text in (*told, policy.assignment, seen.resource_id):
        assert not any(name in text for name in ("kv-one", "rg-ml", "-other", "pa-own", SUB))
    assert policy.assignment.endswith("/policyAssignments/policyassignment-1")
    assert seen.resource_id.endswith("/sites/site-1")
    assert found.resource.id.endswith(f"/vaults/{found.resource.name}")
    assert found.subject_key == found.resource.name


def test_names_in_neighbourhoods_are_masked_everywhere() -> None:
    around: SpilledList[Neighbourhood] = SpilledList(0)
    around.add(Neighbourhood(ROOT.lower(), "mlw-far"))
    report = replace(sample(), findings=(), gaps=(), neighbourhoods=around)
    far = Gap("/", "x", Reason.FORBIDDEN, "kv-one was not seen")
    hidden = masked(replace(report, gaps=(far,)), Mask.ALL).report
    (found,) = hidden.neighbourhoods or ()
    assert SUB not in found.id
    assert found.id.endswith("/vaults/vault-1")
    assert hidden.gaps[0].detail == "vault-1 was not seen"


def test_a_report_without_neighbourhoods_is_masked_too() -> None:
    report = replace(sample(), findings=(), neighbourhoods=None)
    assert masked(report, Mask.ALL).report.neighbourhoods is None


def test_a_subscription_is_known_by_its_name_too() -> None:
    report = sample()
    first = next(iter(report.findings))
    of_its_own = replace(
        first.resource, id=f"/subscriptions/{SUB}", name="Data Lab", type=SUBSCRIPTION_TYPE
    )
    told_of_it = replace(first.verdict, message="Data Lab has no budget", looks=())
    finding = replace(first, resource=of_its_own, verdict=told_of_it)
    hidden = masked(replace(report, findings=(finding,)), Mask.NAMES).report
    assert [each.verdict.message for each in hidden.findings] == ["subscription-1 has no budget"]
    assert hidden.rules == report.rules
    assert hidden.packs == report.packs


def test_names_that_only_a_gap_contains_are_masked_in_any_case() -> None:
    other = "AAAAAAAA-2222-4333-8444-555555555555"
    scope = f"/subscriptions/{other}/resourceGroups/rg-hidden"
    hidden = Gap(scope, "computes", Reason.FORBIDDEN, f"{other} of rg-hidden: 403", "x/read")
    whole = replace(sample(), gaps=(hidden,), findings=())
    (found,) = masked(whole, Mask.ALL).report.gaps
    for name in (other, other.lower(), "rg-hidden"):
        assert name not in str(found)
    assert found.scope_id.startswith("/subscriptions/00000000-0000-4000-8000-")
    assert (found.reason, found.permission) == (Reason.FORBIDDEN, "x/read")
    assert f"-8000-{1:012}" in str(masked(whole, Mask.IDS).report)


def test_of_two_names_the_longer_one_is_found_first() -> None:
    scope = Scope(subscriptions=("ML Prod", "ML Prod West"))
    assert told("ML Prod West, ML Prod", scope=scope) == "subscription-2, subscription-1"


@pytest.mark.parametrize("line", ["-" * 5_000, "a" * 100_000])
def test_a_long_line_is_masked_quickly(line: str) -> None:
    began = perf_counter()
    assert told(f"kv-one {line}") == f"vault-1 {line}"
    assert perf_counter() - began < 5


def test_an_id_may_contain_a_name_of_several_words() -> None:
    path = f"/subscriptions/{SUB}/resourceGroups/my group/providers/Microsoft.Web/sites/One Two"
    assert str(told(path)).endswith(
        "/resourceGroups/resourcegroup-1/providers/Microsoft.Web/sites/site-1"
    )
    assert told(f"{path}, and my group") != f"{path}, and my group"


def test_a_name_is_masked_whole_whatever_it_starts_or_ends_with() -> None:
    path = "/subscriptions/x/resourceGroups/rg-X"
    assert told(path, Mask.IDS) == path
    assert str(told(f"rg-X is {path}", Mask.NAMES)).startswith("resourcegroup-2 is /")


def test_keys_and_members_of_a_map_are_learnt_from_too() -> None:
    sites = "/providers/Microsoft.Web/sites"
    value = {f"{sites}/alone": 1, "x": [f"{sites}/hidden"], "y": "alone beside hidden"}
    assert told(value, Mask.NAMES) == {
        f"{sites}/site-1": 1,
        "x": [f"{sites}/site-2"],
        "y": "site-1 beside site-2",
    }


def test_a_thing_that_is_called_like_a_status_hides_no_status() -> None:
    report = sample()
    first = next(iter(report.findings))
    scope = Scope(workspaces=tuple(Status))
    asked = replace(report, collection=replace(report.collection, scope=scope))
    hidden = next(iter(masked(asked, Mask.NAMES).report.findings))
    assert hidden.verdict.status is first.verdict.status


def test_the_author_of_a_pack_is_not_masked() -> None:
    report = sample()
    of_ann = replace(report.packs[0], name="ann@contoso.example")
    known = masked(report, Mask.ALL).count
    assert masked(replace(report, packs=(of_ann,)), Mask.ALL).count == known
