"""Terraform addresses: of resources, of modules, and in references between them."""

from functools import lru_cache
from typing import Final, NamedTuple

from amlaudit.core.patterns import late_pattern

_PART: Final = late_pattern(r"([^.\[\]]+)|\[(\"(?:[^\"\\]|\\.)*\"|[^\]]*)\]")
_MODULE: Final = late_pattern(r"(?:^|\.)module\.[^.\[]+(?:\[(?:\"(?:[^\"\\]|\\.)*\"|[^\]]*)\])?")


class Address(NamedTuple):
    """The address of a resource.

    Attributes:
        module: Address of its module, empty for the root.
        type: Its type.
        name: Its name.
    """

    module: str
    type: str
    name: str


class Reference(NamedTuple):
    """An expression's reference to something in the same module.

    Attributes:
        kind: `resource`, `data`, `module`, `var`, or another first word.
        block: What is referred to: `azurerm_subnet.pe`, `net`, `subnet_id`.
        key: The key written after it, None without one.
        attribute: The attribute, without keys: `id`, `identity.principal_id`; empty: all.
        inner: The key written after the first word of the attribute, None without one.
    """

    kind: str
    block: str
    key: str | None
    attribute: str
    inner: str | None = None


@lru_cache(maxsize=4096)
def bare(address: str) -> Address:
    """Return the parts of a resource's address, without its key."""
    modules = list(_MODULE.finditer(address))
    module = address[: modules[-1].end()].lstrip(".") if modules else ""
    rest = address[modules[-1].end() if modules else 0 :].lstrip(".").removeprefix("data.")
    arm, _, name = rest.partition(".")
    return Address(module, arm, name.partition("[")[0])


def is_module(address: str) -> bool:
    """Tell whether a string is a module's address; that of the root is empty."""
    return not _MODULE.sub("", address)


def parent_module(module: str) -> tuple[str, str]:
    """Return (address of the calling module, name of the call) of a module's address."""
    last = list(_MODULE.finditer(module))[-1]
    return module[: last.start()], last[0].lstrip(".").removeprefix("module.").partition("[")[0]


def key_of(module: str) -> str | None:
    """Return the key at the end of a module's address as written, None without one."""
    last = list(_MODULE.finditer(module))[-1][0]
    return last[last.index("[") + 1 : -1] if last.endswith("]") else None


@lru_cache(maxsize=4096)
def parse_reference(text: str) -> Reference:
    """Return a reference, parsed."""
    words: list[str] = []
    keys: dict[int, str] = {}
    for match in _PART.finditer(text):
        if match[1] is not None:
            words.append(match[1])
        else:
            keys.setdefault(len(words), match[2])
    match words:
        case ["module" | "var" | "local" | "each" | "count" | "path" | "terraform" | "self", *_]:
            length, kind = 2, words[0]
        case ["data", _, _, *_]:
            length, kind = 3, "data"
        case _:
            length, kind = 2, "resource"
    block = ".".join(words[1 if kind in ("module", "var") else 0 : length])
    numbers = (word for word in words[length:] if not word.isdecimal())
    return Reference(kind, block, keys.get(length), ".".join(numbers), keys.get(length + 1))
