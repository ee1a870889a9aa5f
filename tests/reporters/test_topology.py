"""The network picture: what it shows for five estates, and that only findings colour it."""

from collections.abc import Callable
from datetime import date
from xml.etree import ElementTree as ET

import pytest
from msgspec.structs import replace

from amlaudit.core.gap import Gap, Reason
from amlaudit.core.neighbourhood import Neighbour
from amlaudit.core.relations import COMPUTE
from amlaudit.core.report import Report
from amlaudit.core.waiver import Waiver, WaiverKind
from amlaudit.reporters.topology import Lane, Passage, Picture, draw, pictures
from amlaudit.reporters.topology.drawing import PASSAGES
from amlaudit.reporters.topology.layout import MAX, layout
from amlaudit.reporters.topology.pictures import INTERNET
from tests.reporters import networks
from tests.reporters.samples import SUBSCRIPTION, assert_golden, report_of, workspace

ESTATES = {
    "private": networks.private,
    "public": networks.public,
    "unreadable-hub": networks.unreadable_hub,
    "approved-only": networks.approved_only,
    "mixed": networks.mixed,
}


def picture_of(report: Report) -> Picture:
    """Return the only picture of a report."""
    (found,) = pictures(report)
    return found


def told(picture: Picture) -> str:
    """Return every path in a picture, one per line."""
    rows = [
        f"{each.code:3}{each.source.name} -> {each.target.name}: {each.subject}: "
        f"{PASSAGES[each.judgement.passage]}: {each.judgement.reason} "
        f"({', '.join(dict.fromkeys(one.rule.id for one in each.judgement.findings)) or 'none'})"
        for each in picture.edges
    ]
    return "\n".join([*rows, *picture.rules, *picture.unseen]) + "\n"


def passage(picture: Picture, source: str, target: str) -> Passage:
    """Return the state of the path between two nodes."""
    (found,) = {
        each.judgement.passage
        for each in picture.edges
        if (each.source.name, each.target.name) == (source, target)
    }
    return found


@pytest.mark.parametrize("name", ESTATES)
def test_pictures_are_as_they_were_reviewed(name: str) -> None:
    picture = picture_of(ESTATES[name]())
    assert_golden(f"topology-{name}.txt", told(picture))
    assert_golden(f"topology-{name}.svg", draw(picture) + "\n")


@pytest.mark.parametrize("make", ESTATES.values())
def test_equal_reports_give_equal_pictures(make: Callable[[], Report]) -> None:
    assert draw(picture_of(make())) == draw(picture_of(make()))


def test_closed_to_the_public_is_blocked_and_its_endpoint_is_private() -> None:
    picture = picture_of(networks.private())
    assert passage(picture, "Internet", "mlw") is Passage.BLOCKED
    assert passage(picture, "vnet-spoke", "pe-mlw-amlworkspace") is Passage.PRIVATE
    for zone in networks.ZONES:
        assert passage(picture, "pe-mlw-amlworkspace", zone) is Passage.PRIVATE
    for each in ("stmlw", "kv-mlw", "crmlw"):
        assert passage(picture, "Internet", each) is Passage.BLOCKED
        assert passage(picture, "mlw", each) is Passage.PRIVATE


def test_connections_into_a_network_are_drawn_and_not_judged() -> None:
    picture = picture_of(networks.entered())
    ways = {
        (each.source.kind, each.source.name): each
        for each in picture.edges
        if each.subject == "Into vnet-spoke"
    }
    assert set(ways) == {
        ("Peered network", "vnet-hub"),
        ("Bastion", "AzureBastionSubnet"),
        ("VPN or ExpressRoute", "GatewaySubnet"),
    }
    assert {each.judgement.passage for each in ways.values()} == {Passage.UNKNOWN}
    assert {each.source.lane for each in ways.values()} == {Lane.SOURCES}
    assert "vnet-hub" in draw(picture)


def test_open_to_the_public_is_red_everywhere() -> None:
    picture = picture_of(networks.public())
    for each in ("mlw", "stmlw", "kv-mlw", "crmlw", "gpu-cluster", "score"):
        assert passage(picture, "Internet", each) is Passage.OPEN


def test_a_hub_that_cannot_be_read_leaves_names_grey_never_green() -> None:
    picture = picture_of(networks.unreadable_hub())
    names = [each for each in picture.edges if each.subject == "Its names"]
    assert names
    assert {each.judgement.passage for each in names} == {Passage.UNKNOWN}
    assert names[0].target.name == "Not known"
    assert any("the hub may not be read" in each for each in picture.unseen)


def test_a_lane_that_could_not_be_read_is_not_called_empty() -> None:
    gap = Gap(SUBSCRIPTION, COMPUTE, Reason.FORBIDDEN, "computes may not be read")
    closed = workspace("mlw-a", {})
    hidden, read = (picture_of(report_of((closed,), missing=missing)) for missing in ((gap,), ()))
    assert draw(hidden).count("Not known") == 1
    assert "Not known" not in draw(read)
    assert draw(read).count("None found") == draw(hidden).count("None found") + 1


def test_a_managed_network_that_approves_destinations_is_private_outwards() -> None:
    picture = picture_of(networks.approved_only())
    assert passage(picture, "mlw", "Internet") is Passage.PRIVATE
    assert "to-blob (PrivateEndpoint)" in picture.rules


def test_a_list_of_addresses_is_an_exception() -> None:
    picture = picture_of(networks.mixed())
    assert passage(picture, "Internet", "mlw") is Passage.EXCEPTION
    assert passage(picture, "Internet", "crmlw") is Passage.EXCEPTION


def test_excess_items_of_a_lane_are_counted_and_listed() -> None:
    picture = picture_of(networks.mixed())
    assert len(picture.lane(Lane.COMPUTE)) == MAX + 4
    assert [count for _, _, count in layout(picture).more] == [4]
    assert "+4 more, see the table" in draw(picture)
    assert {f"cluster-{number:02}" for number in range(14)} <= {
        each.target.name for each in picture.edges
    }


def test_a_waiver_turns_red_into_amber_and_no_further() -> None:
    report = networks.public()
    waiver = Waiver(
        "W-1", "AML1201", "*", "*", WaiverKind.ACCEPTED_RISK, "x", "y", date(2026, 2, 1)
    )
    findings = tuple(
        replace(each, waiver=waiver) if each.rule.id == "AML1201" else each
        for each in report.findings
    )
    picture = picture_of(replace(report, findings=findings))
    assert passage(picture, "Internet", "mlw") is Passage.EXCEPTION


def test_without_findings_nothing_is_coloured() -> None:
    picture = picture_of(replace(networks.private(), findings=()))
    assert {each.judgement.passage for each in picture.edges} == {Passage.UNKNOWN}


def test_a_report_that_tells_of_no_surroundings_has_no_pictures() -> None:
    assert list(pictures(replace(networks.private(), neighbourhoods=None))) == []


@pytest.mark.parametrize("make", ESTATES.values())
def test_every_drawn_connection_links_to_its_findings(make: Callable[[], Report]) -> None:
    picture = picture_of(make())
    svg = ET.fromstring(str(draw(picture)))  # noqa: S314 - our own
    links = [each.get("aria-label", "") for each in svg.iter("a")]
    drawn = [each.edge for each in layout(picture).lines if each.edge.judgement.findings]
    assert [each.partition(":")[0] for each in links] == [each.code for each in drawn]
    assert all(each.get("data-filter") for each in svg.iter("a"))


@pytest.mark.parametrize("make", ESTATES.values())
def test_boxes_do_not_overlap_and_lines_stay_inside(make: Callable[[], Report]) -> None:
    placed = layout(picture_of(make()))
    for box in placed.boxes:
        for other in placed.boxes:
            if box is not other and box.x == other.x:
                assert box.y + box.height <= other.y or other.y + other.height <= box.y
    for line in placed.lines:
        assert all(0 < y < placed.height + 8 for _, y in line.points)


def test_the_internet_is_always_the_first_source() -> None:
    for make in ESTATES.values():
        assert picture_of(make()).lane(Lane.SOURCES)[0] is INTERNET


def test_an_endpoint_of_an_unknown_type_is_named_by_its_type() -> None:
    report = networks.private()
    places = tuple(report.neighbourhoods or ())
    odd = Neighbour(f"{places[0].id}/x/odd", "a.b/odd", "odd", "batch-endpoints", places[0].id)
    strange = replace(places[0], neighbours=(*places[0].neighbours, odd))
    picture = picture_of(replace(report, neighbourhoods=(strange,)))
    assert "a.b/odd" in {each.kind for each in picture.nodes}
