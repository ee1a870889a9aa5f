"""Pictures as SVG elements: what is put into them can be nothing but text."""

from markupsafe import Markup, escape

from amlaudit.reporters import words


def element(tag: str, *children: str, **attributes: object) -> Markup:
    """Return an element.

    Args:
        tag: Its name.
        children: What stands in it; a plain text is escaped, an element is not.
        attributes: By name; `_` stands for `-`, and a trailing one for nothing. None: left out.
    """
    written = Markup("").join(
        Markup(' {}="{}"').format(name.rstrip("_").replace("_", "-"), _shown(value))
        for name, value in attributes.items()
        if value is not None
    )
    inside = Markup("").join(escape(_shown(each)) for each in children)
    return Markup("<{0}{1}>{2}</{0}>").format(Markup(tag), written, inside)  # noqa: S704 - a tag of ours


def number(value: float) -> str:
    """Return a coordinate, to a tenth, as every machine writes it."""
    return f"{value:.1f}".removesuffix(".0")


def _shown(value: object) -> object:
    """Return a value without characters that hide, reorder or break what is around them."""
    return value if isinstance(value, Markup) else words.visible(value)
