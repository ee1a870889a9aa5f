"""The checklist of a JSON report, read back from what `amlaudit.reporters.checklist.fields` wrote.

Each function takes the JSON object of one noun; see `amlaudit.records.decoding`.
"""

from amlaudit.core.checklist import (
    REPORT,
    Answer,
    AnswerState,
    Checklist,
    CheckResult,
    CheckState,
    Decision,
    Item,
    ItemResult,
    ItemState,
    Question,
    QuestionResult,
    Readiness,
    Role,
    Sighting,
    Signature,
    SignOff,
)
from amlaudit.core.verdict import Status
from amlaudit.records.members import Fields, moment, optional, optional_day, optional_moment, text


def checklist_of(fields: Fields) -> Checklist:
    """Return a checklist."""
    return Checklist(
        workspace=optional(fields, "workspace"),
        at=moment(fields, "at"),
        scan_id=text(fields, "scan_id"),
        max_answer_age_days=fields["max_answer_age_days"],
        items=tuple(map(_item, fields["items"])),
        signatures=tuple(map(_signature, fields["signatures"])),
        readiness=Readiness(fields["readiness"]),
        exceptions=tuple(fields["exceptions"]),
        sha256=text(fields, "sha256"),
    )


def _item(fields: Fields) -> ItemResult:
    """Return an item, including what answers its checks."""
    checks = tuple(map(_check, fields["checks"]))
    questions = tuple(map(_question, fields["questions"]))
    item = Item(
        text(fields, "key"),
        text(fields, "subject"),
        {each.key: (*each.rules, *each.questions) or (REPORT,) for each in checks},
        tuple(each.question for each in questions),
    )
    exceptions = tuple(fields["exceptions"])
    return ItemResult(item, checks, questions, ItemState(fields["state"]), exceptions)


def _check(fields: Fields) -> CheckResult:
    """Return a check."""
    return CheckResult(
        key=text(fields, "key"),
        state=CheckState(fields["state"]),
        message=text(fields, "message"),
        rules=tuple(fields["rules"]),
        questions=tuple(fields["questions"]),
        sightings=tuple(map(_sighting, fields["findings"])),
        total=fields["total"],
        waivers=tuple(fields["waivers"]),
        settled=fields["settled"],
    )


def _sighting(fields: Fields) -> Sighting:
    """Return a finding as shown in a check."""
    return Sighting(
        text(fields, "id"),
        text(fields, "rule_id"),
        text(fields, "resource_id"),
        text(fields, "resource"),
        Status(fields["status"]),
        optional(fields, "waiver"),
        text(fields, "message"),
    )


def _question(fields: Fields) -> QuestionResult:
    """Return a question and its answer."""
    question = Question(
        text(fields, "id"),
        Role(fields["role"]),
        fields["blocking"],
        text(fields, "asks"),
        text(fields, "evidence_wanted"),
        fields["needs_evidence"],
        tuple(fields["depends_on"]),
        optional(fields, "level_reason"),
    )
    answer = fields.get("answer")
    return QuestionResult(
        question=question,
        answer=_answer(question.id, answer) if answer else None,
        state=AnswerState(fields["state"]),
        message=optional(fields, "message"),
        required=fields["required"],
        settled=fields["settled"],
        stands_in_for=tuple(fields["stands_in_for"]),
        facts=optional(fields, "facts"),
    )


def _answer(question: str, fields: Fields) -> Answer:
    """Return an answer to a question."""
    return Answer(
        question,
        AnswerState(fields["answer"]),
        optional(fields, "text"),
        optional(fields, "answered_by"),
        optional_moment(fields, "answered_at"),
        optional(fields, "scan_id"),
        optional(fields, "facts"),
        optional(fields, "owner"),
        optional_day(fields, "due"),
    )


def _signature(fields: Fields) -> Signature:
    """Return a signature."""
    sign_off = SignOff(
        Role(fields["role"]),
        text(fields, "name"),
        moment(fields, "at"),
        Decision(fields["decision"]),
        optional(fields, "comment"),
        text(fields, "sha256"),
    )
    return Signature(sign_off, fields["superseded"], optional(fields, "message"))
