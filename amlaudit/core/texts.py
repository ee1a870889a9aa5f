"""Texts that people read."""


def cut(text: str, longest: int) -> str:
    """Return a text that has so many characters at most, an ellipsis at its end if it had more."""
    return text if len(text) <= longest else text[: longest - 1] + "…"
