"""Texts that Azure reads as something else: people write `"true"` where a truth value belongs.

Resource providers take both, and show the value in its type. Parameters of templates are often
texts for no other reason.
"""

from typing import Final

from amlaudit.core.path import Steps

LONGEST: Final = 5
"""Characters of the longest text that is one of these."""

_TRUTHS: Final = {"true": True, "false": False}

_NUMBERS: Final = frozenset(
    {
        "capacity", "days", "instancecount", "maxnodecount", "minnodecount", "priority",
        "retentionindays", "softdeleteretentionindays",
    }
)  # fmt: skip
"""Properties that are numbers in every type; of many others digits are a text, as of ports."""

_TEXTS: Final = frozenset(
    {
        "annotations", "appsettings", "config", "configuration", "configurationprotectedsettings",
        "configurationsettings", "credentials", "environmentvariables", "labels", "metadata",
        "nodelabels", "parameters", "settings", "tags", "value", "values",
    }
)  # fmt: skip
"""Properties that hold texts whatever these spell."""


_UNSAID: Final = frozenset({"systemdatastoresauthmode"})
"""Properties of which an empty text says nothing: templates of the SDK give one by default.

https://github.com/Azure/azure-sdk-for-python/tree/main/sdk/ml/azure-ai-ml/azure/ai/ml/_arm_deployments
"""


def as_read(text: str, path: Steps) -> object:
    """Return a text of a declared document as Azure reads it, mostly as it is.

    Args:
        text: The text.
        path: Where it stands.
    """
    if len(text) > LONGEST or not path or path[0].lower() != "properties":
        return text
    if not text and path[-1].lower() in _UNSAID:
        return None
    truth = _TRUTHS.get(text.lower())
    if truth is not None:
        return text if any(step.lower() in _TEXTS for step in path) else truth
    is_number = text.isascii() and text.isdecimal() and path[-1].lower() in _NUMBERS
    return int(text) if is_number else text
