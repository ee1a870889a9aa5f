"""Waiver files: parsed strictly, edited line by line."""

from datetime import date
from pathlib import Path

import pytest

from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.waiver import Waiver, WaiverKind
from amlaudit.rulebook.waiver_file import EMPTY, next_id, with_waiver, without_waivers
from amlaudit.rulebook.waiver_reader import read_waivers, waivers_in
from amlaudit.strict_yaml import parse_yaml

FILE = """\
# Ours.
version: 1

waivers: # by team
  # the vendor's
  - id: W-014
    rule: AML1201 # public
    scope: "/subscriptions/*/workspaces/mlw-churn/"
    kind: accepted_risk
    reason: >
      Vendor appliance needs it
      until the cut-over.
    owner: ml-platform@contoso.com
    expires: 2026-12-31

  # the labs'
  - id: W-015
    rule: AML19*
    scope: "*/resourceGroups/rg-labs/*"
    subject: ""
    kind: planned_fix
    reason: Rebuilt in June.
    owner: labs@contoso.com
    approved_by: ciso@contoso.com
    ticket: SEC-1
    created: 2026-01-01
    expires: 2026-06-30
    evidence_sha256: AAAA
# The end.
""".replace("AAAA", "A" * 64)


def read(text: str) -> tuple[Waiver, ...]:
    return waivers_in(parse_yaml(text, "waivers.yaml"))


def refusal(text: str) -> str:
    with pytest.raises(AmlauditError) as caught:
        read(text)
    assert caught.value.exit_code is Exit.INVALID
    return caught.value.message


def test_a_file_is_read_with_the_places_of_its_waivers(tmp_path: Path) -> None:
    path = tmp_path / "waivers.yaml"
    path.write_text(FILE, "utf-8")
    first, second = read_waivers(path)
    assert first.scope == "/subscriptions/*/workspaces/mlw-churn"
    assert first.reason == "Vendor appliance needs it until the cut-over."
    assert (first.subject, first.created, first.evidence_sha256) == ("*", None, "")
    assert str(first.place) == f"{path.as_posix()}:6"
    assert second.kind is WaiverKind.PLANNED_FIX
    assert (second.subject, second.created) == ("", date(2026, 1, 1))
    assert second.evidence_sha256 == "a" * 64


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("    owner: ml", "    onwer: ml", ':13:5 unknown key "onwer" in a waiver. Did you mean'),
        ("    kind: accepted_risk\n", "", ':6:5 a waiver needs "kind"'),
        ("accepted_risk", "acepted_risk", 'Did you mean "accepted_risk"?'),
        ("AML1201 # public", '"*"', ":7:11 a waiver cannot cover every rule"),
        ("2026-12-31", "soon", ":14:14 expected a date in the form YYYY-MM-DD"),
        ("2026-12-31", "2026-02-30", "invalid date 2026-02-30"),
        ("2026-06-30", "2025-06-30", "expires on 2025-06-30, before its creation on 2026-01-01"),
        ("W-015", "W-014", 'duplicate waiver id "W-014"'),
        ("version: 1", "version: 2", ":2:10 the version of a waiver file must be 1"),
        ("version: 1", "", "the file has no version"),
        ('"/subscriptions/*/workspaces/mlw-churn/"', "mlw-churn", '"mlw-churn" is not an ARM id'),
        ("A" * 64, "abc", "expected 64 hexadecimal digits"),
        ("    ticket: SEC-1", "    ticket: 1", "expected a string"),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(before: str, after: str, message: str) -> None:
    assert message in refusal(FILE.replace(before, after, 1))


def test_a_file_must_list_its_waivers() -> None:
    assert "has no list of waivers" in refusal("version: 1")
    assert read(EMPTY) == ()


def test_a_waiver_is_appended_and_nothing_else_changes() -> None:
    waiver = Waiver(
        id="W-016",
        rule="AML1202",
        scope="*/workspaces/x",
        subject="*",
        kind=WaiverKind.MITIGATED,
        reason='Said: "no", # not a comment',
        owner="Zoë <z@contoso.com>",
        expires=date(2027, 1, 31),
    )
    changed = with_waiver(FILE, waiver, "waivers.yaml")
    added = [line for line in changed.splitlines() if line not in FILE.splitlines()]
    assert added[0] == '  - id: "W-016"'
    assert changed.endswith("# The end.\n")
    assert [line for line in changed.splitlines() if line not in added] == FILE.splitlines()
    assert read(changed)[-1].reason == waiver.reason
    assert read(with_waiver(EMPTY, waiver, "w"))[0].owner == waiver.owner
    assert len(read(with_waiver(FILE.rpartition("#")[0].rstrip(), waiver, "w"))) == 3


def test_a_waiver_is_removed_with_the_comment_above_it() -> None:
    first_gone = without_waivers(FILE, {"W-014"}, "waivers.yaml")
    assert [each.id for each in read(first_gone)] == ["W-015"]
    assert "the vendor's" not in first_gone
    assert "# the labs'\n  - id: W-015" in first_gone
    second_gone = without_waivers(FILE, {"W-015"}, "waivers.yaml")
    assert second_gone == FILE[: FILE.index("\n  # the labs'") + 1] + "# The end.\n"


def test_a_file_without_its_last_waiver_has_an_empty_list() -> None:
    empty = without_waivers(FILE, {"W-014", "W-015"}, "waivers.yaml")
    assert empty == "# Ours.\nversion: 1\n\nwaivers: [] # by team\n\n# The end.\n"
    assert without_waivers(EMPTY, {"W-1"}, "w") == EMPTY


def test_a_list_in_brackets_is_not_changed() -> None:
    text = (
        "version: 1\nwaivers: [{id: W-1, rule: A1, scope: '*', kind: mitigated, reason: r, "
        "owner: o, expires: 2026-01-01}]\n"
    )
    with pytest.raises(AmlauditError, match="is written in brackets"):
        without_waivers(text, {"W-1"}, "w")


def test_ids_count_on() -> None:
    assert next_id(()) == "W-001"
    assert next_id(read(FILE)) == "W-016"
