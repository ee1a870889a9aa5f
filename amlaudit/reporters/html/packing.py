"""Data embedded in a page: JSON, compressed, in characters without meaning to a parser."""

import gzip
import json
from base64 import b64encode


def packed(document: object) -> str:
    """Return a JSON document, packed with gzip, as base64; equal documents give equal texts.

    Base64 contains no `<`, so nothing in the document can end its enclosing element.
    """
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return b64encode(gzip.compress(text.encode(), mtime=0)).decode()
