"""What people answered and signed: observations by interview, and attestations."""

from collections.abc import Iterator

from amlaudit.core.checklist import Checklist, Item, QuestionResult
from amlaudit.reporters.checklist.words import answer_of
from amlaudit.reporters.encoding import utc
from amlaudit.reporters.oscal.markup import Fields, id_of, markup_of, own_property, token_of


def answers_in(checklist: Checklist | None) -> Iterator[Fields]:
    """Yield each question of the checklist as an observation, answered or not."""
    if checklist:
        for item in checklist.items:
            for result in item.questions:
                yield _answer(result, item.item, utc(checklist.at))


def _answer(result: QuestionResult, item: Item, at: str) -> Fields:
    """Return the state of a question."""
    question, answer = result.question, result.answer
    collected = utc(answer.answered_at) if answer and answer.answered_at else at
    return {
        "uuid": id_of("question", question.id),
        "title": markup_of(f"{question.id} {item.subject}"),
        "description": markup_of(f"{question.asks} {answer_of(result)}"),
        "props": [
            own_property("item", item.key),
            own_property("question", question.id),
            own_property("role", question.role),
            own_property("level", "blocking" if question.blocking else "advised"),
            own_property("answer", result.state),
            own_property("settled", "yes" if result.settled else "no"),
        ],
        "methods": ["INTERVIEW", "EXAMINE"],
        "collected": collected,
    }


def attestations_in(checklist: Checklist | None) -> list[Fields] | None:
    """Return the sign-offs of the checklist that are still valid."""
    signed = checklist.signatures if checklist else ()
    standing = [each.sign_off for each in signed if not each.message]
    return [
        {
            "responsible-parties": [
                {"role-id": token_of(each.role), "party-uuids": [id_of("party", each.name)]}
            ],
            "parts": [
                {
                    "name": "authorization-statements",
                    "title": markup_of(f"{each.decision}, {utc(each.at)}"),
                    "prose": markup_of(each.comment or each.decision),
                }
            ],
        }
        for each in standing
    ] or None
