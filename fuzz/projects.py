"""Damaged files of a project: reports read back, waivers, settings, profiles, Azure Policy.

Only an `AmlauditError` with a code may come out of reading; what was read can be used.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from random import Random

from amlaudit.core.errors import AmlauditError
from amlaudit.core.report import Report
from amlaudit.core.scope import Scope
from amlaudit.core.verdict import Status
from amlaudit.demo.source import Demo
from amlaudit.pipeline import Policy, audit
from amlaudit.records.baselines import read_past
from amlaudit.records.reports import report_of
from amlaudit.reporters import render
from amlaudit.rulebook.config_reader import read_settings
from amlaudit.rulebook.policy_rules import load_policies
from amlaudit.rulebook.profile_reader import read_profile
from amlaudit.rulebook.profiles import load_rules
from amlaudit.rulebook.waiver_reader import read_waivers
from fuzz.loading import AT, damaged_json, damaged_yaml
from fuzz.mutate import damaged_words
from fuzz.samples import sample
from fuzz.worlds import DefectError, checked, coded, rules

_FORMATS = ("json", "csv", "markdown", "sarif", "junit", "html")
_TOML = """
[tool.amlaudit]
version = 1
profile = "regulated"
fail_on = "high"
min_coverage = 95
reports = ["html=out/amlaudit.html"]

[tool.amlaudit.scope]
subscriptions = ["ML Production"]
"""
_FEW = 20
"""Rules that a report is made by, so that a round is short."""


def report_round(random: Random, folder: Path) -> None:
    """Read a damaged report back, make reports of it, and compare with it."""
    path = folder / "report.json"
    path.write_bytes(damaged_json(random, _report_text()))
    with _coded():
        report = report_of([path.read_bytes()], path)
        b"".join(render(random.choice(_FORMATS), report)).decode()
    with _coded():
        _audited(Policy((), rules()[:_FEW], past=read_past(path)))


def waiver_round(random: Random, folder: Path) -> None:
    """Read damaged waivers, and waive by them: no verdict may be another one."""
    path = folder / "waivers.yaml"
    path.write_bytes(damaged_yaml(random, sample(path.name)))
    with _coded():
        waived = _audited(Policy((), rules()[:_FEW], waivers=read_waivers(path)))
        if _statuses(waived) != _statuses(_report()):
            raise DefectError("a waiver rewrites a verdict")


def settings_round(random: Random, folder: Path) -> None:
    """Read a damaged project file."""
    path = folder / random.choice(("amlaudit.yaml", "pyproject.toml"))
    path.write_bytes(damaged_yaml(random, sample("amlaudit.yaml")))
    if path.suffix == ".toml":
        path.write_bytes(damaged_words(random, _TOML).encode("utf-8", "surrogatepass"))
    with _coded():
        read_settings(path, None)


def profile_round(random: Random, folder: Path) -> None:
    """Read a damaged profile, and choose rules by it."""
    path = folder / "company.yaml"
    path.write_bytes(damaged_yaml(random, sample("profile.yaml")))
    with _coded():
        wanted = read_profile(str(path))
        _, found, record = load_rules((), wanted)
        few = found[:_FEW]
        _audited(Policy((), few, profile=record, labels=wanted.labels, limits=wanted.limits))


def policy_round(random: Random, folder: Path) -> None:
    """Read a damaged policy definition, and judge by it."""
    path = folder / "policy.json"
    path.write_bytes(damaged_json(random, sample(path.name)))
    with _coded():
        for each in _audited(Policy((), load_policies(path)[1])).findings:
            checked(each.rule, each.verdict)


@contextmanager
def _coded() -> Iterator[None]:
    """Let an error pass that has a code."""
    try:
        yield
    except AmlauditError as error:
        coded(error)


def _audited(policy: Policy) -> Report:
    """Return the report on the embedded estate."""
    return audit(Scope(), Demo(), policy, AT)


@cache
def _report() -> Report:
    """Return a report."""
    return _audited(Policy((), rules()[:_FEW]))


@cache
def _report_text() -> str:
    """Return a JSON report of few findings, so that damage meets every part of it."""
    document = json.loads(b"".join(render("json", _report())))
    document["findings"] = document["findings"][::40]
    return json.dumps(document)


def _statuses(report: Report) -> Mapping[str, Status]:
    """Return the verdicts of a report by finding."""
    return {each.id: each.verdict.status for each in report.findings}
