"""Damage to bytes, to words and to the structure of JSON values, by a seeded generator."""

import re
from collections.abc import Iterator
from random import Random
from typing import Any, Final, TypeAlias

Place: TypeAlias = tuple[str | int, ...]
"""Keys and positions from the root of a JSON value to a part of it."""

_TOKEN: Final = re.compile(r"\w+|\s+|.", re.DOTALL)
_WORDS: Final = (
    *("null", "~", "true", "no", "0o17", "0x1F", "1_000", "1:30", ".inf", "-.nan", "1e999", "-1"),
    *("9" * 25, "9" * 5_000, "2026-01-01", "!!binary", "!!set", "!x", "&a", "*a", "<<", "? ", "- "),
    *("{", "}", "[", "]", ": ", "#", "|", ">-", "---", "...", "%YAML 9", "\t", "\x00", "\u2028"),
    *("\ufeff", "'", '"', '"\\ud800"', '"\\x"', "[" * 300, "{a: " * 300, "a.b['c.d']", "..", "['"),
    *("allOf", "anyOf", "not", "field", "exists", "count", "follow", "where", "default", "since"),
    *("equals", "in", "like", "contains", "less", "parameter", "as", "age_days", "computes", "[]"),
)
"""What tokens are replaced by: words of rules, and what parsers stumble over."""

_VALUES: Final = (
    *(None, True, False, 0, 1, -1, 1.5, 10**30, float("inf"), "", " ", "true", "false", "1", "x"),
    *("Disabled", "Enabled", "Deny", "Allow", "Default", "P1D", "PT99999999999H", "10.0.0.0/33"),
    *("2026-01-01", "0001-01-01T00:00:00+23:59", "/", "//", "/subscriptions", "/providers/a/b/c"),
    *("\ud800", "\x00", "İ", "ß" * 9, "[a-", "*", "a" * 100_000),
)
_KEYS: Final = ("", " ", "a.b", "a'b", "0", "İ", "\ud800", "\x00", "id", "type", "properties", "é")
_DEPTHS: Final = (3, 40, 200, 400, 900, 3_000)


def damaged_bytes(random: Random, data: bytes, most: int = 4) -> bytes:
    """Return bytes of which a few are flipped, cut out, doubled or put in."""
    found = bytearray(data)
    for _ in range(random.randint(1, most)):
        at = random.randrange(len(found) + 1)
        length = random.choice((1, 1, 2, 8, 64))
        match random.randrange(5):
            case 0:
                found[at : at + 1] = bytes([random.randrange(256)])
            case 1:
                del found[at : at + length]
            case 2:
                found[at:at] = found[at : at + length]
            case 3:
                found[at:at] = random.randbytes(length)
            case _:
                found[at : at + 1] = bytes(
                    byte ^ (1 << random.randrange(8)) for byte in found[at : at + 1]
                )
    return bytes(found)


def damaged_words(random: Random, text: str) -> str:
    """Return a text of which a few words are replaced, dropped, doubled or exchanged."""
    words = _TOKEN.findall(text)
    for _ in range(random.randint(1, 4)):
        at, other = random.randrange(len(words)), random.randrange(len(words))
        match random.randrange(5):
            case 0 | 1:
                words[at] = random.choice(_WORDS)
            case 2:
                words[at] = ""
            case 3:
                words[at] *= 2
            case _:
                words[at], words[other] = words[other], words[at]
    return "".join(words)


def damaged_tree(random: Random, value: object, most: int = 3) -> Any:  # noqa: ANN401 - any JSON value
    """Return a copy of a JSON value with a few parts changed."""
    root: list[Any] = [copied(value)]
    for _ in range(random.randint(1, most)):
        place = random.choice(list(places(root)))
        _change(random, root, place)
    return root[0]


def _change(random: Random, root: list[Any], place: Place) -> None:
    """Change the part of a value at a place."""
    holder: Any = at_place(root, place[:-1])
    key = place[-1]
    match random.randrange(9):
        case 0 | 1 | 2:
            holder[key] = random.choice((*_VALUES, [], {}, [{}], [[]], [None], {"": None}))
        case 3 if place != (0,):
            del holder[key]
        case 4:
            holder[key] = nested(random, holder[key])
        case 5:
            holder[key] = [holder[key]] * random.choice((1, 2, 50))
        case 6 if isinstance(holder, dict):
            holder[random.choice((*_KEYS, str(key).swapcase()))] = holder[key]
        case 7 if isinstance(holder, dict):
            holder[random.choice(_KEYS)] = holder.pop(key)
        case _:
            holder[key] = copied(at_place(root, random.choice(list(places(root)))))


def nested(random: Random, value: object) -> object:
    """Return a value deep inside lists or objects."""
    as_list = random.random() < 0.5  # noqa: PLR2004
    for _ in range(random.choice(_DEPTHS)):
        value = [value] if as_list else {"a": value}
    return value


def copied(value: object) -> Any:  # noqa: ANN401 - any JSON value
    """Return a JSON value of its own, however deep it is."""
    root: list[Any] = [value]
    holders: list[Any] = [root]
    while holders:
        holder = holders.pop()
        for key in list(holder) if isinstance(holder, dict) else range(len(holder)):
            part = holder[key]
            if isinstance(part, dict | list):
                holder[key] = part.copy()
                holders.append(holder[key])
    return root[0]


def places(value: object) -> Iterator[Place]:
    """Yield every place in a JSON value but its root."""
    waiting: list[tuple[Place, object]] = [((), value)]
    while waiting:
        place, part = waiting.pop()
        pairs: list[tuple[str | int, object]] = []
        if isinstance(part, dict):
            pairs = list(part.items())
        elif isinstance(part, list):
            pairs = list(enumerate(part))
        for key, member in pairs:
            yield (*place, key)
            if len(place) < 50:  # noqa: PLR2004 - deeper there is nothing but more depth
                waiting.append(((*place, key), member))


def at_place(value: Any, place: Place) -> Any:  # noqa: ANN401 - any JSON value
    """Return the part of a JSON value at a place."""
    for key in place:
        value = value[key]
    return value
