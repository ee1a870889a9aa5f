"""The checklist before a go-live: items, what a scan says of them, answers of people, sign-offs."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from msgspec import Struct, field

from amlaudit.core.verdict import Status

REPORT: Final = "report"
"""What answers a check that the report itself answers, in place of the id of a rule."""


class Role(StrEnum):
    """Who answers questions and signs."""

    SYSTEM_OWNER = "system owner"
    PLATFORM = "ML platform"
    SECURITY = "cloud security"
    DATA_PROTECTION = "data protection"
    OPERATIONS = "operations"
    FINOPS = "FinOps"
    APPROVER = "approver"
    """Signs and answers nothing."""


class Level(StrEnum):
    """How much hangs on a question."""

    BLOCKING = "blocking"
    """Nothing goes live without it."""
    ADVISED = "advised"


class AnswerState(StrEnum):
    """What a question was answered with."""

    NOT_VERIFIED = "not_verified"
    """Nothing that counts."""
    YES = "yes"
    NO = "no"
    PLANNED = "planned"
    """Somebody does it by a day."""
    NOT_REQUIRED = "not_required"
    """The company does without it, and says why."""
    NOT_APPLICABLE = "not_applicable"
    """There is nothing that it could be about."""


class CheckState(StrEnum):
    """What a scan says of a check, worst first."""

    FAIL = "fail"
    UNKNOWN = "unknown"
    NOT_AUTOMATED = "not_automated"
    """No rule checks it, or one asks people: the questions named beside it have to be settled."""
    WAIVED = "waived"
    PASS = "pass"  # noqa: S105 - a state, not a password
    NOT_APPLICABLE = "not_applicable"

    __hash__ = str.__hash__  # the enum's own is several times slower, and used a lot


class ItemState(StrEnum):
    """How an item stands."""

    OPEN = "open"
    EXCEPTIONS = "exceptions"
    """Nothing is open but waivers or plans stand in for what is missing."""
    READY = "ready"


class Readiness(StrEnum):
    """The verdict on a checklist."""

    READY = "READY"
    EXCEPTIONS = "READY WITH EXCEPTIONS"
    NOT_READY = "NOT READY"


class Decision(StrEnum):
    """What somebody signs."""

    APPROVE = "approve"
    CONDITIONS = "approve with conditions"
    REJECT = "reject"


class Question(Struct, frozen=True):
    """What only people can answer.

    Attributes:
        id: The key of its item and a number (`A07.2`).
        role: Who answers.
        blocking: Whether nothing goes live without an answer; other questions are advice.
        asks: The question.
        evidence: What shows that the answer is true.
        needs_evidence: Whether a yes counts only with such evidence.
        depends_on: Keys of checks: when one of them comes out differently, the answer is no longer
            verified.
        level_reason: Why a company lets less hang on it than the guidance does, empty where it
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
        checks: What is to be checked, to the ids of rules and questions that answer it; `report`
            stands for the report itself.
        questions: Its questions.
    """

    key: str
    subject: str
    checks: Mapping[str, tuple[str, ...]]
    questions: tuple[Question, ...]


class Answer(Struct, frozen=True):
    """What somebody answered.

    Attributes:
        question: Id of the question.
        state: The answer.
        text: Evidence of a yes, the justification of what is not needed, what is planned, or why
            not; text or a link.
        answered_by: Who says so.
        answered_at: When, UTC.
        scan_id: Of the report that lay beside it, empty where none did.
        facts: Hash over what that report said of the checks that the question depends on.
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
    """Everything that people said of one workspace.

    Attributes:
        workspace: Its name, empty for everything that a report is about.
        given: The answers by id of the question, each question once.
        sign_offs: What was signed, oldest first.
        max_age_days: How long an answer counts.
    """

    workspace: str = ""
    given: Mapping[str, "Answer"] = field(default_factory=dict)
    sign_offs: tuple["SignOff", ...] = ()
    max_age_days: int = 180


class SignOff(Struct, frozen=True):
    """What somebody signed.

    Attributes:
        role: For which role.
        name: Who.
        at: When, UTC.
        decision: What was decided.
        comment: In words; the conditions, if there are any.
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
        status: How the rule came out.
        waiver: Id of the waiver that marks the fail, empty where none does.
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
    """What a scan says of a check.

    Attributes:
        key: Its key.
        state: Its worst finding.
        message: Why it is in that state, one sentence.
        rules: Ids of the rules that answer it.
        questions: Ids of the questions that answer it, or what of it no rule checks.
        sightings: The first of the findings that put it there, unless that is a good state.
        total: Number of findings in that state.
        waivers: What excuses it: ids of waivers, and the profile where that disables a rule.
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
    """How a question stands.

    Attributes:
        question: The question.
        answer: What was answered; None: nothing yet.
        state: The answer that counts; not verified where the given one does not.
        message: Why the given one does not count, empty where it does.
        required: Whether it must be settled: it is blocking, or stands in for a check.
        settled: Whether it is.
        stands_in_for: Keys of the checks that only it can settle.
        facts: Hash over what the report says of the checks that it depends on: an answer given now
            carries it.
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
    """How an item stands.

    Attributes:
        item: The item.
        checks: Its checks.
        questions: Its questions.
        state: Whether it is ready.
        exceptions: The waivers and plans that it leans on, in words.
    """

    item: Item
    checks: tuple[CheckResult, ...]
    questions: tuple[QuestionResult, ...]
    state: ItemState
    exceptions: tuple[str, ...]


class Signature(Struct, frozen=True):
    """A sign-off and whether it still stands.

    Attributes:
        sign_off: What was signed.
        superseded: Whether answers or report have changed since.
        message: Why it does not count, empty where it does.
    """

    sign_off: SignOff
    superseded: bool
    message: str


class Checklist(Struct, frozen=True):
    """The whole checklist on the day of a report.

    Attributes:
        workspace: Name of the workspace, empty for everything that the report is about.
        at: The moment that it is judged at, UTC.
        scan_id: Id of the report.
        max_answer_age_days: How long an answer counts.
        items: Every item.
        signatures: Every sign-off, oldest first.
        readiness: The verdict.
        exceptions: The waivers and plans that the verdict leans on, in words.
        sha256: Hash over answers and report: what is signed now.
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
        """The roles for which nobody has signed what stands now."""
        signed = {each.sign_off.role for each in self.signatures if not each.message}
        return tuple(role for role in Role if role not in signed)

    @property
    def approved(self) -> bool:
        """Whether it is ready, everybody signed what stands now, and nobody rejected it."""
        standing = [each.sign_off.decision for each in self.signatures if not each.message]
        return (
            self.readiness is not Readiness.NOT_READY
            and not self.missing_roles
            and Decision.REJECT not in standing
        )
