"""What a managed network allows outbound, and which of these rules users have added."""

from collections.abc import Iterator
from typing import Final

from amlaudit.core.gap import Gap, NoDataError
from amlaudit.core.subject import Subject
from amlaudit.readings.enumerations import one_of

_MODE: Final = "properties.managedNetwork.isolationMode"
_MODES: Final = ("disabled", "allowinternetoutbound", "allowonlyapprovedoutbound")
_SHOWN_SINCE: Final = "2023-10-01"
"""First API version that shows the managed network."""

# https://learn.microsoft.com/rest/api/azureml/managed-network-settings-rule/list
FQDN: Final = "fqdn"
PRIVATE_ENDPOINT: Final = "privateendpoint"
SERVICE_TAG: Final = "servicetag"
_TYPES: Final = (FQDN, PRIVATE_ENDPOINT, SERVICE_TAG)
_SET_BY_AZURE: Final = ("required", "recommended", "dependency")


def isolation_of(workspace: Subject) -> str:
    """Return the isolation mode of the managed network, lower case; `disabled` without one.

    Raises:
        NoDataError: It is not known.
    """
    return one_of(workspace, _MODE, _MODES, default="Disabled", since=_SHOWN_SINCE)


def lets_out_approved_only(workspace: Subject) -> bool:
    """Tell whether the managed network allows only approved outbound destinations.

    Raises:
        NoDataError: It is not known.
    """
    return isolation_of(workspace) == "allowonlyapprovedoutbound"


def rules_of(workspace: Subject, kind: str) -> Iterator[Subject]:
    """Yield the outbound rules of a type.

    Raises:
        NoDataError: After the last one that is known, if there may be more.
    """
    unfamiliar = None
    for each in workspace.follow("outbound-rules"):
        found = each.text("properties.type")
        if found == kind:
            yield each
        elif found not in _TYPES:
            unfamiliar = each.unfamiliar("properties.type", found)
    if unfamiliar:
        raise unfamiliar


def is_own(each: Subject) -> bool:
    """Tell whether an outbound rule was added by users; the others are Azure's.

    Raises:
        NoDataError: It is not known.
    """
    return each.text("properties.category") not in _SET_BY_AZURE


def own_rules(workspace: Subject, kind: str) -> Iterator[Subject]:
    """Yield the outbound rules of a type that users have added.

    Raises:
        NoDataError: After the last one that is known, if there may be more.
    """
    missing: Gap | None = None
    for each in rules_of(workspace, kind):
        try:
            own = is_own(each)
        except NoDataError as error:
            missing = missing or error.gap
        else:
            if own:
                yield each
    if missing:
        raise NoDataError(missing)
