"""Messages about waivers that do not hold, or match nothing."""

from typing import Final

from amlaudit.cli.messages import mark
from amlaudit.core import arm_id
from amlaudit.core.waiver import Waiver, WaiverState, WaiverUse


def waiver_problem(use: WaiverUse) -> str:
    """Return what is wrong with a waiver and what to do about it, `""` if nothing is."""
    waiver = use.waiver
    match use.state:
        case WaiverState.PENDING:
            return ""
        case WaiverState.ACTIVE if not use.detail:
            return ""
        case WaiverState.EXPIRED if use.matches:
            text = (
                f"E204 Waiver {title_of(waiver)} expired on {waiver.expires}; "
                f"the finding counts as a fail again. Owner: {waiver.owner}"
            )
            advice = "renew it with a reason, or remove it"
        case WaiverState.EXPIRED:
            text = (
                f"E204 Waiver {title_of(waiver)} expired on {waiver.expires}. Owner: {waiver.owner}"
            )
            advice = "remove it: `amlaudit waive prune`"
        case WaiverState.UNUSED:
            text = f"E205 Waiver {waiver.id} matches nothing."
            advice = "remove it, or check the scope pattern"
        case _:
            text = f"E208 Waiver {title_of(waiver)}: {use.detail}. Owner: {waiver.owner}"
            advice = _ADVICE[use.state]
    return f"{mark('cross')} {text}\n  {mark('arrow')} {advice}"


def title_of(waiver: Waiver) -> str:
    """Return a short description of a waiver: `W-014 (AML1201 on mlw-churn)`."""
    return f"{waiver.id} ({waiver.rule} on {arm_id.name_of(waiver.scope)})"


_ADVICE: Final = {
    WaiverState.ACTIVE: "review what has changed; those fails count again",
    WaiverState.TOO_LONG: "shorten it; the profile limits how long a waiver may last",
    WaiverState.TOO_BROAD: "narrow it; the profile limits how many fails it may cover",
    WaiverState.LAPSED: "review what has changed, and renew the waiver if it is still justified",
}
