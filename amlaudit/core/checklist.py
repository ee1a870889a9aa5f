"""The go-live checklist: items, what a scan says about them, people's answers, sign-offs."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from msgspec import Struct, field

from amlaudit.core.verdict import Status

REPORT: Final = "report"
"""Used in place of a rule id for a check that the report itself answers."""


class Role(StrEnum):
    """Who answers questions and signs."""

    SYSTEM_OWNER = "system owner"
    PLATFORM = "ML platform"
    SECURITY = "cloud security"
    DATA_PROTECTION = "data protection"
    OPERATIONS = "operations"
    FINOPS = "FinOps"
    APPROVER = "approver"
    """Signs, but answers no questions."""


class Level(StrEnum):
    """How important a question is."""

    BLOCKING = "blocking"
    """Nothing goes live without it."""
    ADVISED = "advised"


class AnswerState(StrEnum):
    """The state of the answer to a question."""

    NOT_VERIFIED = "not_verified"
    """There is no valid answer."""
    YES = "yes"
    NO = "no"
    PLANNED = "planned"
    """Somebody will do it by a given day."""
    NOT_REQUIRED = "not_required"
    """The company does without it, and states why."""
    NOT_APPLICABLE = "not_applicable"
    """There is nothing that it could apply to."""


class CheckState(StrEnum):
    """What a scan says about a check, worst first."""

    FAIL = "fail"
    UNKNOWN = "unknown"
    NOT_AUTOMATED = "not_automated"
    """No rule checks it, or one asks people: the questions listed with it must be settled."""
    WAIVED = "waived"
    PASS = "pass"  # noqa: S105 - a state, not a password
    NOT_APPLICABLE = "not_applicable"

    __hash__ = str.__hash__  # the enum's own is several times slower, and used a lot


class ItemState(StrEnum):
    """The state of an item."""

    OPEN = "open"
    EXCEPTIONS = "exceptions"
    """Nothing is open, but waivers or plans cover what is missing."""
    READY = "ready"


class Readiness(StrEnum):
    """The verdict on a checklist."""

    READY = "READY"
    EXCEPTIONS = "READY WITH EXCEPTIONS"
    NOT_READY = "NOT READY"


class Decision(StrEnum):
    """The decision that somebody signs."""

    APPROVE = "approve"
    CONDITIONS = "approve with conditions"
    REJECT = "reject"


class Question(Struct, frozen=True):
    """A question that only people can answer.

    Attributes:
        id: The key of its item and a number (`A07.2`).
        role: Who answers.
        blocking: Whether nothing goes live without an answer; other questions are advisory.
        asks: The question.
        evidence: What shows that the answer is true.
        needs_evidence: Whether a yes counts only with such evidence.
        depends_on: Keys of checks: when the result of one changes, the answer is no longer
            verified.
        level_reason: Why a company gives it less importance than the guidance does, empty if it
            does not.
    """

    id: str
    role: Role
    blocking: bool
    asks: str
    evidence: str
    needs_evidence: bool = False
    depends_on: tuple[str, ...] = ()
    level_reason: str = ""


class Item(Struct, frozen=True):
    """A row of the agenda, or a frequent question.

    Attributes:
        key: `A00` to `A15`, `F01` to `F10`.
        subject: What it is about.
        checks: Each check, with the ids of the rules and questions that answer it; `report` stands
            for the report itself.
        questions: Its questions.
    """

    key: str
    subject: str
    checks: Mapping[str, tuple[str, ...]]
    questions: tuple[Question, ...]


class Answer(Struct, frozen=True):
    """Somebody's answer to a question.

    Attributes:
        question: Id of the question.
        state: The answer.
        text: Evidence for a yes, the justification for what is not required, what is planned, or
            why not; text or a link.
        answered_by: Who answered.
        answered_at: When, UTC.
        scan_id: Id of the report that accompanied it, empty if none did.
        facts: Hash over what that report said about the checks that the question depends on.
        owner: Who does what is planned.
        due: By which day.
    """

    question: str
    state: AnswerState
    text: str = ""
    answered_by: str = ""
    answered_at: datetime | None = None
    scan_id: str = ""
    facts: str = ""
    owner: str = ""
    due: date | None = None


class Answers(Struct, frozen=True):
    """All answers and sign-offs for one workspace.

    Attributes:
        workspace: Its name, empty for everything that a report covers.
        given: The answers by id of the question, each question once.
        sign_offs: The sign-offs, oldest first.
        max_age_days: How long an answer is valid, in days.
    """

    workspace: str = ""
    given: Mapping[str, "Answer"] = field(default_factory=dict)
    sign_offs: tuple["SignOff", ...] = ()
    max_age_days: int = 180


class SignOff(Struct, frozen=True):
    """A sign-off.

    Attributes:
        role: For which role.
        name: Who signed.
        at: When, UTC.
        decision: The decision.
        comment: A comment; the conditions, if there are any.
        sha256: Hash over the answers and the report that were signed.
    """

    role: Role
    name: str
    at: datetime
    decision: Decision
    comment: str
    sha256: str


class Sighting(Struct, frozen=True):
    """A finding as a check shows it.

    Attributes:
        finding_id: Id of the finding.
        rule_id: Id of its rule.
        resource_id: Normalised ARM id.
        resource: Name of the resource.
        status: The outcome of the rule.
        waiver: Id of the waiver that marks the fail, empty if none does.
        message: What was found.
    """

    finding_id: str
    rule_id: str
    resource_id: str
    resource: str
    status: Status
    waiver: str
    message: str


class CheckResult(Struct, frozen=True):
    """What a scan says about a check.

    Attributes:
        key: Its key.
        state: Its worst finding.
        message: Why it is in that state, one sentence.
        rules: Ids of the rules that answer it.
        questions: Ids of the questions that answer it, or the part of it that no rule checks.
        sightings: The first of the findings that cause the state, unless it is a good one.
        total: Number of findings in that state.
        waivers: What excuses it: ids of waivers, and the profile if it disables a rule.
        settled: Whether nothing is left to do for it.
    """

    key: str
    state: CheckState
    message: str
    rules: tuple[str, ...]
    questions: tuple[str, ...]
    sightings: tuple[Sighting, ...]
    total: int
    waivers: tuple[str, ...]
    settled: bool


class QuestionResult(Struct, frozen=True):
    """The state of a question.

    Attributes:
        question: The question.
        answer: The given answer; None: none yet.
        state: The effective answer; not verified if the given one does not count.
        message: Why the given one does not count, empty if it does.
        required: Whether it must be settled: it is blocking, or stands in for a check.
        settled: Whether it is.
        stands_in_for: Keys of the checks that only it can settle.
        facts: Hash over what the report says about the checks that it depends on: an answer given
            now carries it.
    """

    question: Question
    answer: Answer | None
    state: AnswerState
    message: str
    required: bool
    settled: bool
    stands_in_for: tuple[str, ...]
    facts: str


class ItemResult(Struct, frozen=True):
    """The state of an item.

    Attributes:
        item: The item.
        checks: Its checks.
        questions: Its questions.
        state: Whether it is ready.
        exceptions: The waivers and plans that it relies on, in words.
    """

    item: Item
    checks: tuple[CheckResult, ...]
    questions: tuple[QuestionResult, ...]
    state: ItemState
    exceptions: tuple[str, ...]


class Signature(Struct, frozen=True):
    """A sign-off and whether it is still valid.

    Attributes:
        sign_off: The sign-off.
        superseded: Whether answers or report have changed since.
        message: Why it does not count, empty if it does.
    """

    sign_off: SignOff
    superseded: bool
    message: str


class Checklist(Struct, frozen=True):
    """The whole checklist on the day of a report.

    Attributes:
        workspace: Name of the workspace, empty for everything that the report covers.
        at: The moment at which it is judged, UTC.
        scan_id: Id of the report.
        max_answer_age_days: How long an answer is valid, in days.
        items: Every item.
        signatures: Every sign-off, oldest first.
        readiness: The verdict.
        exceptions: The waivers and plans that the verdict relies on, in words.
        sha256: Hash over the current answers and report: what a sign-off now would cover.
    """

    workspace: str
    at: datetime
    scan_id: str
    max_answer_age_days: int
    items: tuple[ItemResult, ...]
    signatures: tuple[Signature, ...]
    readiness: Readiness
    exceptions: tuple[str, ...]
    sha256: str

    @property
    def missing_roles(self) -> tuple[Role, ...]:
        """The roles for which nobody has signed the current state."""
        signed = {each.sign_off.role for each in self.signatures if not each.message}
        return tuple(role for role in Role if role not in signed)

    @property
    def approved(self) -> bool:
        """Whether it is ready, every role has signed the current state, and nobody rejected it."""
        standing = [each.sign_off.decision for each in self.signatures if not each.message]
        return (
            self.readiness is not Readiness.NOT_READY
            and not self.missing_roles
            and Decision.REJECT not in standing
        )
