"""A reporter is a function; its options are a separate dataclass."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import EntryPoint, EntryPoints

import pytest

from amlaudit import reporters
from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.report import Report
from amlaudit.reporters import Files, encoded, extension_of, make, render
from amlaudit.reporters.json import stream
from amlaudit.reporters.options import options_of
from tests.reporters.samples import empty


class Colour(StrEnum):
    RED = "red"
    DARK_BLUE = "dark-blue"


@dataclass(frozen=True, slots=True)
class Options:
    title: str = "none"
    most: int = 5
    bold: bool = False
    colour: Colour = Colour.RED


def plain(report: Report) -> str:
    return f"{len(report.findings)} findings"


def adorned(report: Report, options: Options) -> Files:
    text = f"{options.title} {options.most} {options.bold} {options.colour}"
    return Files({"": text, "-2": iter([plain(report)])}, ("two files",))


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Install the reporters of this module, and one with the same name as one of ours."""
    named = {
        "plain": f"{__name__}:plain",
        "lacking": "no_such_module:render",
        "json": "evil:render",
    }
    points = EntryPoints(
        EntryPoint(name, value, "amlaudit.reporters") for name, value in named.items()
    )
    monkeypatch.setattr("importlib.metadata.entry_points", points.select)
    reporters._installed.cache_clear()  # noqa: SLF001 - what is installed changes in a test alone
    yield
    reporters._installed.cache_clear()  # noqa: SLF001 - same


@pytest.mark.usefixtures("installed")
def test_a_reporter_is_one_function() -> None:
    assert b"".join(render("plain", empty())) == b"0 findings"
    assert {"lacking", "plain", "json"} < {*reporters.formats()}
    assert reporters.is_format("plain")
    assert not reporters.is_format("none")


@pytest.mark.usefixtures("installed")
def test_a_plugin_cannot_replace_a_built_in_reporter() -> None:
    assert reporters.reporter_of("json") is stream


@pytest.mark.usefixtures("installed")
def test_a_reporter_without_options_takes_none() -> None:
    with pytest.raises(AmlauditError, match="E209") as caught:
        make("plain", empty(), {"bold": "yes"})
    assert caught.value.advice == "it takes none"


@pytest.mark.usefixtures("installed")
def test_what_a_format_lacks_is_named_with_the_way_to_get_it() -> None:
    with pytest.raises(AmlauditError, match="E305") as caught:
        make("lacking", empty())
    assert caught.value.advice == "pip install 'amlaudit[lacking]'"
    assert "no_such_module" in caught.value.message


@pytest.mark.usefixtures("installed")
def test_an_unknown_format_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(KeyError):
        make("none", empty())


def test_options_are_filled_from_texts() -> None:
    given = {"title": "a=b", "most": "7", "bold": "yes", "colour": "dark-blue"}
    assert options_of(adorned, "x", given) == Options("a=b", 7, bold=True, colour=Colour.DARK_BLUE)
    assert options_of(adorned, "x", {}) == Options()


def test_a_reporter_can_make_several_files() -> None:
    made = adorned(empty(), Options())
    texts = {part: b"".join(encoded(content)) for part, content in made.parts.items()}
    assert texts == {"": b"none 5 False red", "-2": b"0 findings"}


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        ("colur", "red", 'Did you mean "colour"?'),
        ("colour", "darkblue", 'Did you mean "dark-blue"?'),
        ("bold", "perhaps", ""),
        ("most", "-1", ""),
    ],
)
def test_an_invalid_option_is_reported(option: str, value: str, told: str) -> None:
    with pytest.raises(AmlauditError) as caught:
        options_of(adorned, "x", {option: value})
    error = caught.value
    assert (error.code, error.cause, error.exit_code) == ("E209", told, Exit.USAGE)
    assert error.advice.startswith("it takes: ")


def test_files_end_as_their_format_is_called() -> None:
    assert extension_of("json") == "json"
