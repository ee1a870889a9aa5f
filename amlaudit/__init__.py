"""Policy-as-code compliance auditor for Azure Machine Learning estates.

What rule files import: `rule` with `Fix` and `Change`, `Subject`, `Verdict`, and the verdicts `ok`,
`fail` and `not_applicable`; `arm_id` takes ids apart.
"""

from amlaudit.core import arm_id
from amlaudit.core.rule import Change, Fix, rule
from amlaudit.core.subject import Subject
from amlaudit.core.verdict import Verdict, fail, not_applicable, ok

__version__ = "0.1.0"

__all__ = ["Change", "Fix", "Subject", "Verdict", "arm_id", "fail", "not_applicable", "ok", "rule"]
