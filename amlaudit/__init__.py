"""Policy-as-code compliance auditor for Azure Machine Learning estates.

The API for rule files: `rule` with `Fix` and `Change`; `adding`, `setting` and `removing`, each of
which returns a `Companion`; `Subject`, `Verdict`, and the verdicts `ok`, `fail` and
`not_applicable`; and `arm_id`, which parses ids. They are loaded on first access, so that a command
that judges nothing starts without them.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from amlaudit.core import arm_id
    from amlaudit.core.companions import Companion, adding, removing, setting
    from amlaudit.core.rule import Change, Fix, rule
    from amlaudit.core.subject import Subject
    from amlaudit.core.verdict import Verdict, fail, not_applicable, ok

__version__ = "0.1.0"

__all__ = [
    "Change", "Companion", "Fix", "Subject", "Verdict", "adding", "arm_id", "fail",
    "not_applicable", "ok", "removing", "rule", "setting",
]  # fmt: skip

_HOME = {
    "Change": "rule", "Companion": "companions", "Fix": "rule", "Subject": "subject",
    "adding": "companions", "arm_id": "", "removing": "companions", "rule": "rule",
    "setting": "companions",
}  # fmt: skip
"""The core module that each name comes from, if that is not `verdict`."""


def __getattr__(name: str) -> Any:  # noqa: ANN401 - any of the names above
    """Return a name of the API for rule files, loading it on first access."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = _HOME.get(name, "verdict")
    module = import_module(f"amlaudit.core.{home or name}")
    found = globals()[name] = getattr(module, name) if home else module
    return found
