"""How the JSON report formats the surroundings of workspaces, and how they can be attacked."""

from amlaudit.core.attack_paths import Exposure
from amlaudit.core.neighbourhood import Neighbourhood
from amlaudit.reporters.encoding import given
from amlaudit.reporters.fields import gap_fields


def neighbourhood_fields(place: Neighbourhood) -> dict[str, object]:
    """Return a workspace and its surroundings."""
    return {
        "id": place.id,
        "name": place.name,
        **given(
            kind=place.kind,
            location=place.location,
            environment=place.environment,
            owner=place.owner,
            team=place.team,
            isolation=place.isolation,
        ),
        "neighbours": [
            {
                "id": each.id,
                "type": each.type,
                "name": each.name,
                "relation": each.relation,
                "of": each.of,
                **given(detail=each.detail),
            }
            for each in place.neighbours
        ],
        "unseen": [
            {"relation": each.relation, "of": each.of, "gap": gap_fields(each.gap)}
            for each in place.unseen
        ],
    }


def exposure_fields(exposure: Exposure) -> dict[str, object]:
    """Return how a workspace can be attacked; findings by their ids."""
    return {
        "workspace_id": exposure.workspace.id,
        "paths": [
            {
                "certain": path.is_certain,
                "steps": [
                    {
                        "from": str(edge.start),
                        "to": str(edge.end),
                        "because": edge.because,
                        "findings": [each.id for each in edge.findings],
                    }
                    for edge in path.edges
                ],
            }
            for path in exposure.paths
        ],
        "complete": not exposure.is_cut_off,
        "way_out": [each.id for each in exposure.way_out],
    }
