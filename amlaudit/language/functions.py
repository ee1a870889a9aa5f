"""Every function of the language that depends only on its arguments, by lower-case name."""

from typing import Final

from amlaudit.language.addresses import ADDRESSES
from amlaudit.language.arguments import Function
from amlaudit.language.lists import LISTS
from amlaudit.language.numbers import NUMBERS
from amlaudit.language.texts import TEXTS
from amlaudit.language.times import TIMES

FUNCTIONS: Final[dict[str, Function]] = {**TEXTS, **LISTS, **NUMBERS, **ADDRESSES, **TIMES}
