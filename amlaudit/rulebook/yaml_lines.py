"""Edits lists in hand-written YAML files line by line: comments and all else stay as written."""

from collections.abc import Mapping


def lines_of(text: str) -> list[str]:
    """Return the lines of a text, each with its end, which the last one gets if it has none."""
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    return lines


def indent_of(line: str) -> str:
    """Return what precedes the dash of a list member, given its first line."""
    return line.partition("-")[0]


def member_lines(fields: Mapping[str, str], indent: str) -> list[str]:
    """Return the lines of a list member.

    Args:
        fields: Its values as YAML spells them, by key.
        indent: What precedes its dash.
    """
    marks = ["- ", *["  "] * (len(fields) - 1)]
    pairs = zip(marks, fields.items(), strict=True)
    return [f"{indent}{mark}{key}: {value}\n" for mark, (key, value) in pairs]
