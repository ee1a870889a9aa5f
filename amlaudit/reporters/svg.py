"""Pictures as SVG elements, into which only text can be inserted."""

from markupsafe import Markup, escape

from amlaudit.reporters import words


def element(tag: str, *children: str, **attributes: object) -> Markup:
    """Return an element.

    Args:
        tag: Its name.
        children: Its content; plain text is escaped, an element is not.
        attributes: By name; `_` stands for `-`, and a trailing one is dropped. None: omitted.
    """
    written = Markup("").join(
        Markup(' {}="{}"').format(name.rstrip("_").replace("_", "-"), _shown(value))
        for name, value in attributes.items()
        if value is not None
    )
    inside = Markup("").join(escape(_shown(each)) for each in children)
    return Markup("<{0}{1}>{2}</{0}>").format(Markup(tag), written, inside)  # noqa: S704 - a tag of ours


def number(value: float) -> str:
    """Return a coordinate, to one decimal, formatted the same on every machine."""
    return f"{value:.1f}".removesuffix(".0")


def _shown(value: object) -> object:
    """Return a value without characters that hide, reorder or break their surroundings."""
    return value if isinstance(value, Markup) else words.visible(value)
