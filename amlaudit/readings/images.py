"""References to container images."""


def tag_of(image: str) -> str:
    """Return the tag of an image, `latest` if none is given; empty with a digest."""
    name = image.rpartition("/")[2]
    return "" if "@" in name else name.partition(":")[2] or "latest"
