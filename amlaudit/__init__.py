"""Policy-as-code compliance auditor for Azure Machine Learning estates.

What rule files import: `rule`, `Subject`, `Verdict`, `Fix`, and the verdicts `ok`, `fail` and
`not_applicable`.
"""

from amlaudit.core.rule import Fix, rule
from amlaudit.core.subject import Subject
from amlaudit.core.verdict import Verdict, fail, not_applicable, ok

__version__ = "0.1.0"

__all__ = ["Fix", "Subject", "Verdict", "fail", "not_applicable", "ok", "rule"]
