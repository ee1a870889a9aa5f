"""Texts of others as a terminal and the log of a pipeline show them: neither obeys any."""

import re
from typing import Final

from amlaudit.core.patterns import late_pattern
from amlaudit.reporters.words import visible

_ORDER: Final = late_pattern(r"(?<=#)(?=#(?:vso)?\[)|(?<=:)(?=:[a-z-]+\b[^\n]*::)", re.IGNORECASE)
"""Where a space keeps a log from obeying: Azure Pipelines and GitHub look for such orders in every
line that a step prints.

https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands
https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
"""


def sanitised(text: str) -> str:
    """Return a text whose control characters are shown, and whose orders to a log are broken."""
    return _ORDER.sub(" ", str(visible(text)))
