"""Strings that Azure reads as another type: people write `"true"` instead of a boolean.

Resource providers accept both, and show the value in its own type. Template parameters are often
strings for no other reason.
"""

from typing import Final

from amlaudit.core.path import Steps

LONGEST: Final = 5
"""Length of the longest such string."""

_TRUTHS: Final = {"true": True, "false": False}

_NUMBERS: Final = frozenset(
    {
        "capacity", "days", "instancecount", "maxnodecount", "minnodecount", "priority",
        "retentionindays", "softdeleteretentionindays",
    }
)  # fmt: skip
"""Properties that are numbers in every type; many others, such as ports, hold digit strings."""

_TEXTS: Final = frozenset(
    {
        "annotations", "appsettings", "config", "configuration", "configurationprotectedsettings",
        "configurationsettings", "credentials", "environmentvariables", "labels", "metadata",
        "nodelabels", "parameters", "settings", "tags", "value", "values",
    }
)  # fmt: skip
"""Properties that hold strings, whatever their content."""


_UNSET_IF_EMPTY: Final = frozenset({"systemdatastoresauthmode"})
"""Properties where an empty string means unset: SDK templates have one as a default.

https://github.com/Azure/azure-sdk-for-python/tree/main/sdk/ml/azure-ai-ml/azure/ai/ml/_arm_deployments
"""


def as_read(text: str, path: Steps) -> object:
    """Return a string of a declared document as Azure reads it, mostly unchanged.

    Args:
        text: The string.
        path: Its path.
    """
    if len(text) > LONGEST or not path or path[0].lower() != "properties":
        return text
    if not text and path[-1].lower() in _UNSET_IF_EMPTY:
        return None
    truth = _TRUTHS.get(text.lower())
    if truth is not None:
        return text if any(step.lower() in _TEXTS for step in path) else truth
    is_number = text.isascii() and text.isdecimal() and path[-1].lower() in _NUMBERS
    return int(text) if is_number else text
