"""Human-readable texts."""


def cut(text: str, longest: int) -> str:
    """Return a text cut to a maximum number of characters, with an ellipsis if it was longer."""
    return text if len(text) <= longest else text[: longest - 1] + "…"
