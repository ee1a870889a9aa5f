"""Makes third-party text safe to print: nothing in it controls a terminal or a CI log."""

import re
from typing import Final

from amlaudit.core.patterns import late_pattern
from amlaudit.reporters.words import visible

_ORDER: Final = late_pattern(r"(?<=#)(?=#(?:vso)?\[)|(?<=:)(?=:[a-z-]+\b[^\n]*::)", re.IGNORECASE)
"""Where a space stops a log command: Azure Pipelines and GitHub look for commands in every line
that a step prints.

https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands
https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
"""


def sanitised(text: str) -> str:
    """Return a text with control characters made visible and log commands broken."""
    return _ORDER.sub(" ", str(visible(text)))
