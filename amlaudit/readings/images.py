"""Container images, as references name them."""


def tag_of(image: str) -> str:
    """Return the tag of an image, which is `latest` where none is named; empty with a digest."""
    name = image.rpartition("/")[2]
    return "" if "@" in name else name.partition(":")[2] or "latest"
