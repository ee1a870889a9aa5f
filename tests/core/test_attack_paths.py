"""Chains of fails lead from outside to data, secrets or control; or they do not."""

from collections.abc import Sequence
from datetime import date

import pytest
from msgspec.structs import replace

from amlaudit.core import attack_openings
from amlaudit.core.attack_openings import Point
from amlaudit.core.attack_paths import (
    AttackPath,
    Edge,
    Exposure,
    exposures,
    most_exposed,
    way_out_of,
)
from amlaudit.core.attack_steps import STEPS, Place
from amlaudit.core.gap import Gap, Reason
from amlaudit.core.neighbourhood import Neighbour, Neighbourhood
from amlaudit.core.report import Finding, Report, ResourceRef
from amlaudit.core.rule import Severity
from amlaudit.core.verdict import Status, Verdict, fail, not_applicable, ok, unknown
from amlaudit.core.waiver import Waiver, WaiverKind
from amlaudit.reporters import render
from amlaudit.resources import shipped
from amlaudit.rulebook.packs import load_pack
from tests.estates import GROUP, STORAGE_ID, WORKSPACE_ID
from tests.reporters.sample_rules import rule_on_workspaces
from tests.reporters.samples import sample

ENDPOINT = f"{WORKSPACE_ID}/onlineendpoints/score"
COMPUTE = f"{WORKSPACE_ID}/computes/cpu"
REGISTRY = f"{GROUP}/providers/microsoft.containerregistry/registries/cr"
OPEN = fail("it is open")
NOT_KNOWN = unknown(Gap(WORKSPACE_ID, "x", Reason.FORBIDDEN, "nobody knows"))


def _around() -> Neighbourhood:
    def near(resource_id: str, relation: str) -> Neighbour:
        return Neighbour(resource_id, "t", resource_id.rpartition("/")[2], relation, WORKSPACE_ID)

    neighbours = (
        near(STORAGE_ID, "storage"),
        near(REGISTRY, "container-registry"),
        near(ENDPOINT, "online-endpoints"),
        near(COMPUTE, "computes"),
    )
    return Neighbourhood(WORKSPACE_ID, "ws", neighbours=neighbours)


def _finding(rule_id: str, resource_id: str, verdict: Verdict = OPEN) -> Finding:
    rule = rule_on_workspaces(int(rule_id[3:]), "It is well", Severity.HIGH, lambda _: ok())
    return Finding(rule, ResourceRef(resource_id, "t", resource_id.rpartition("/")[2]), verdict)


def _report(*findings: Finding) -> Report:
    return replace(sample(), findings=findings, neighbourhoods=(_around(),))


def _told(*findings: Finding) -> list[list[str]]:
    """Return the steps of each path."""
    found = list(exposures(_report(*findings)))
    return [[str(point) for point in path.points] for each in found for path in each.paths]


def _only(*findings: Finding) -> Exposure:
    (found,) = exposures(_report(*findings))
    return found


PUBLIC_ENDPOINT = (_finding("AML1702", ENDPOINT), _finding("AML1701", ENDPOINT))
STRONG_IDENTITY = _finding("AML1318", ENDPOINT)


def test_a_public_endpoint_with_keys_and_a_strong_identity_leads_to_control() -> None:
    assert _told(*PUBLIC_ENDPOINT, STRONG_IDENTITY) == [
        ["the internet", "the endpoint score", "control of a resource group"]
    ]


@pytest.mark.parametrize("missing", range(3))
@pytest.mark.parametrize("verdict", [ok("closed"), not_applicable("no endpoint of Azure's")])
def test_one_fail_less_breaks_the_chain(missing: int, verdict: Verdict) -> None:
    fails = [*PUBLIC_ENDPOINT, STRONG_IDENTITY]
    fails[missing] = replace(fails[missing], verdict=verdict)
    assert _told(*fails) == []


def test_a_chain_of_which_a_part_is_not_known_is_possible() -> None:
    doubtful = replace(STRONG_IDENTITY, verdict=NOT_KNOWN)
    exposure = _only(*PUBLIC_ENDPOINT, doubtful)
    assert [path.is_certain for path in exposure.paths] == [False]
    assert exposure.way_out == ()  # nothing is certain that could be cut
    assert most_exposed(_report(*PUBLIC_ENDPOINT, doubtful), 3) == (0, [])


def test_a_fail_unreachable_from_outside_is_not_a_path() -> None:
    assert _told(STRONG_IDENTITY) == []


def test_a_waived_fail_is_still_open() -> None:
    waiver = Waiver("W-1", "*", "*", "*", WaiverKind.MITIGATED, "r", "o", date(2027, 1, 1))
    waived = [replace(each, waiver=waiver) for each in (*PUBLIC_ENDPOINT, STRONG_IDENTITY)]
    assert len(_told(*waived)) == 1


def test_images_that_anybody_pushes_run_on_every_compute() -> None:
    told = _told(
        _finding("AML2103", REGISTRY),
        _finding("AML2101", REGISTRY),
        _finding("AML2113", REGISTRY),
        _finding("AML1317", COMPUTE),
    )
    assert told == [
        ["the internet", "the container registry cr"],
        [
            "the internet",
            "the container registry cr",
            "the compute cpu",
            "control of a resource group",
        ],
    ]


def test_what_is_open_at_one_endpoint_opens_no_other() -> None:
    other = Neighbour(
        f"{WORKSPACE_ID}/onlineendpoints/b", "t", "b", "online-endpoints", WORKSPACE_ID
    )
    around = _around()
    around = replace(around, neighbours=(*around.neighbours, other))
    strong = _finding("AML1318", other.id)
    report = replace(_report(*PUBLIC_ENDPOINT, strong), neighbourhoods=(around,))
    assert list(exposures(report)) == []
    through_it = replace(_report(*PUBLIC_ENDPOINT, STRONG_IDENTITY), neighbourhoods=(around,))
    assert [len(each.paths) for each in exposures(through_it)] == [1]


def test_what_belongs_to_a_neighbour_is_none_of_the_workspace() -> None:
    further = Neighbour(f"{GROUP}/st2", "t", "st2", "storage", f"{WORKSPACE_ID}-hub")
    around = _around()
    around = replace(around, neighbours=(*around.neighbours, further))
    fails = (_finding("AML1308", WORKSPACE_ID), _finding("AML2003", WORKSPACE_ID))
    (found,) = exposures(replace(_report(*fails), neighbourhoods=(around,)))
    assert [str(path.points[-1]) for path in found.paths] == ["the storage account st"]


def test_the_way_out_is_the_fewest_fails_that_cut_everything() -> None:
    exposure = _only(
        _finding("AML1201", WORKSPACE_ID),
        _finding("AML1204", WORKSPACE_ID),
        _finding("AML2003", WORKSPACE_ID),
        _finding("AML1303", WORKSPACE_ID),
    )
    assert len(exposure.paths) == 2
    assert [each.rule.id for each in exposure.way_out] == ["AML1201"]


def _path(*ids: int) -> AttackPath:
    found = tuple(_finding(f"AML{1200 + each}", WORKSPACE_ID) for each in ids)
    return AttackPath((Edge(Point(Place.INTERNET), Point(Place.CONTROL), "", found),))


@pytest.mark.parametrize(
    ("paths", "fewest"),
    [
        ([], []),
        ([[1, 2]], [1]),
        ([[1, 2], [2, 3]], [2]),
        ([[1], [1, 2], [2, 3]], [1, 2]),
        # 4 is in most paths, but two are enough without it.
        ([[1, 4], [1, 5], [2, 4], [2, 5], [1, 4, 6], [2, 4, 6]], [1, 2]),
        # 1 is in most paths, and with it three are needed.
        ([[1, 2, 4], [1, 2, 5], [2, 7], [1, 3, 4], [1, 3, 5], [3, 8]], [2, 3]),
        ([[n] for n in range(1, 10)], list(range(1, 10))),
    ],
)
def test_no_way_out_has_fewer_fails(paths: Sequence[list[int]], fewest: list[int]) -> None:
    found = way_out_of([_path(*each) for each in paths])
    assert [each.rule.id for each in found] == [f"AML{1200 + each}" for each in fewest]


def test_too_many_paths_are_truncated_with_a_note() -> None:
    computes = [f"{COMPUTE}{number}" for number in range(150)]
    near = [Neighbour(each, "t", each[-5:], "computes", WORKSPACE_ID) for each in computes]
    fails = [_finding(rule, each) for each in computes for rule in ("AML1602", "AML1317")]
    fails += [_finding(rule, REGISTRY) for rule in ("AML2103", "AML2101", "AML2113")]
    place = replace(_around(), neighbours=(*_around().neighbours, *near))
    rules = tuple({each.rule.id: each.rule for each in fails}.values())
    report = replace(_report(*fails), neighbourhoods=(place,), rules=rules)
    (found,) = exposures(report)
    assert found.is_cut_off
    assert len(found.paths) == 200
    page = b"".join(render("html", report)).decode()
    assert "200 certain paths or more, such as" in page
    assert "To cut all that were found, fix" in page
    told = b"".join(render("markdown", report)).decode()
    assert "200 paths or more, such as" in told
    assert "to cut all that were found." in told


def test_the_maximum_number_of_paths_is_not_truncated() -> None:
    computes = [f"{COMPUTE}{number}" for number in range(199)]
    near = [Neighbour(each, "t", each[-5:], "computes", WORKSPACE_ID) for each in computes]
    fails = [_finding("AML1317", each) for each in computes]
    fails += [_finding(rule, REGISTRY) for rule in ("AML2103", "AML2101", "AML2113")]
    place = replace(_around(), neighbours=(*_around().neighbours, *near))
    (found,) = exposures(replace(_report(*fails), neighbourhoods=(place,)))
    assert (len(found.paths), found.is_cut_off) == (200, False)
    assert found.workspace == place


def test_certain_paths_come_first_and_short_ones_before_long_ones() -> None:
    doubtful = replace(STRONG_IDENTITY, verdict=NOT_KNOWN)
    registry = [_finding(rule, REGISTRY) for rule in ("AML2103", "AML2101", "AML2113")]
    found = _only(*PUBLIC_ENDPOINT, doubtful, *registry, _finding("AML1317", COMPUTE))
    told = [(each.is_certain, len(each.edges)) for each in found.paths]
    assert told == [(True, 1), (True, 3), (False, 2)]


def test_a_fail_of_a_part_of_a_resource_opens_nothing() -> None:
    assert _told(*PUBLIC_ENDPOINT, replace(STRONG_IDENTITY, subject_key="a")) == []


def test_a_step_states_its_target_and_reason() -> None:
    rules = ("AML1201", "AML1204", "AML1303")
    (path,) = _only(*(_finding(rule, WORKSPACE_ID) for rule in rules)).paths
    step = path.edges[0]
    (meant,) = [each for each in STEPS if each.rules == ("AML1201", "AML1204")]
    assert (step.start, step.because) == (Point(Place.INTERNET), meant.because)
    assert step.end == Point(Place.WORKSPACE, WORKSPACE_ID, "ws")


def test_a_report_of_fails_only_has_no_paths_because_unknowns_may_be_open() -> None:
    whole = _report(*PUBLIC_ENDPOINT, STRONG_IDENTITY)
    assert list(exposures(replace(whole, only=(Status.FAIL,)))) == []
    assert list(exposures(replace(whole, only=(Status.UNKNOWN,)))) == []
    assert list(exposures(replace(whole, only=(Status.FAIL, Status.UNKNOWN)))) != []


def test_where_nothing_fails_there_is_no_path() -> None:
    assert list(exposures(_report())) == []


def test_points_and_fails_that_do_not_fit_in_memory_make_the_same_paths(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    places = (_around(), replace(_around(), name="another"))
    report = replace(_report(*PUBLIC_ENDPOINT, STRONG_IDENTITY), neighbourhoods=places)
    together = list(exposures(report))
    monkeypatch.setattr(attack_openings, "_MAX_IN_MEMORY", 1)
    assert list(exposures(report)) == together
    assert [each.workspace.name for each in together] == ["ws", "another"]


def test_workspaces_are_shown_by_the_number_of_their_certain_paths() -> None:
    """Possible paths do not count: fixing the way out does not cut them."""
    images = [_finding(each, REGISTRY) for each in ("AML2103", "AML2101")]
    pushed = [_finding("AML2113", REGISTRY), _finding("AML1317", COMPUTE)]
    doubtful = [replace(each, verdict=NOT_KNOWN) for each in pushed]
    near = _around().neighbours
    two = replace(_around(), id=f"{WORKSPACE_ID}-b", name="two paths", neighbours=tuple(
        replace(each, of=f"{WORKSPACE_ID}-b") for each in near
    ))  # fmt: skip
    one = replace(_around(), name="one path", neighbours=near[:2])
    fails = (*PUBLIC_ENDPOINT, STRONG_IDENTITY, *images)
    report = replace(_report(*fails, *doubtful), neighbourhoods=(one, two))
    count, worst = most_exposed(report, 1)
    (each,) = worst
    assert (count, each.workspace.name, len(each.certain)) == (2, "two paths", 2)
    assert len(each.paths) > len(each.certain)
    (told,) = [
        line
        for line in b"".join(render("markdown", report)).decode().splitlines()
        if "two paths" in line
    ]
    assert told.startswith("- **two paths**: 2 paths, such as ")


def test_a_report_without_neighbourhoods_or_fails_has_no_paths() -> None:
    whole = _report(*PUBLIC_ENDPOINT, STRONG_IDENTITY)
    assert list(exposures(replace(whole, neighbourhoods=None))) == []
    assert list(exposures(replace(whole, only=(Status.PASS,)))) == []


def test_every_step_names_existing_rules_for_its_resource_type() -> None:
    _, rules = load_pack(shipped("rules"), "built-in")
    types = {each.id: each.applies_to for each in rules}
    judged = {
        Place.WORKSPACE: "microsoft.machinelearningservices/workspaces",
        Place.ENDPOINT: "microsoft.machinelearningservices/workspaces/onlineendpoints",
        Place.COMPUTE: "microsoft.machinelearningservices/workspaces/computes",
        Place.STORAGE: "microsoft.storage/storageaccounts",
        Place.VAULT: "microsoft.keyvault/vaults",
        Place.REGISTRY: "microsoft.containerregistry/registries",
    }
    for step in STEPS:
        assert {types[rule] for rule in step.rules} == {judged[step.at]}, step
