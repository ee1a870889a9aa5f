"""Options of reporters: a record for each reporter, filled from the command line."""

import inspect
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final, get_type_hints

from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.suggestions import did_you_mean

_BOOLEANS: Final = {"true": True, "yes": True, "false": False, "no": False}


def options_of(reporter: Callable[..., Any], name: str, given: Mapping[str, str]) -> Any:  # noqa: ANN401 - the class is the reporter's own
    """Return a reporter's options with the given values set, None if it has none.

    Args:
        reporter: The reporter; its second parameter's annotation is the class of its options.
        name: Name of the format, for errors.
        given: Values by name, with dashes or underscores.

    Raises:
        AmlauditError: It has no such option, or does not accept a value.
    """
    kind = _kind_of(reporter)
    known = get_type_hints(kind) if kind else {}
    values: dict[str, Any] = {}
    for option, text in given.items():
        key = option.replace("-", "_")
        if key not in known:
            raise _refused(f'The format "{name}" has no option "{option}"', option, known)
        values[key] = _value(f"{name}.{key.replace('_', '-')}", known[key], text)
    return kind(**values) if kind else None


def _kind_of(reporter: Callable[..., Any]) -> Any:  # noqa: ANN401 - the class is the reporter's own
    """Return the class of a reporter's options, None if it takes none."""
    _, *others = inspect.signature(reporter).parameters
    if not others:  # true of most; resolving annotations is slow
        return None
    kind = get_type_hints(reporter).get(others[0])
    return kind if hasattr(kind, "__match_args__") else None


def _value(option: str, kind: Any, text: str) -> Any:  # noqa: ANN401 - of the option's own type
    """Return the value of an option: a string, a number, one of several words, yes or no."""
    if kind is bool and text.lower() in _BOOLEANS:
        return _BOOLEANS[text.lower()]
    if kind is int and text.isdecimal():
        return int(text)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        words = {str(each): each for each in kind}
        if text in words:
            return words[text]
        raise _refused(f'{option} does not take "{text}"', text, words)
    if kind is str:
        return text
    taken = _BOOLEANS if kind is bool else ("a whole number",)
    raise _refused(f'{option} does not take "{text}"', text, taken)


def _refused(message: str, word: str, known: Any) -> AmlauditError:  # noqa: ANN401 - any words
    """Return the error for an unknown word, suggesting the nearest known one."""
    words = [each.replace("_", "-") for each in known]
    return AmlauditError(
        "E209",
        message,
        cause=did_you_mean(word, words).strip(),
        advice=f"it takes: {', '.join(words)}" if words else "it takes none",
        exit_code=Exit.USAGE,
    )
