"""What comes with a declared resource although nobody declares it.

A storage account has its services from the start, with the settings that Azure gives them; who
declares nothing of them has declared these.
"""

from collections.abc import Container, Iterator
from typing import Final

from amlaudit.core.path import ABSENT, read
from amlaudit.core.place import Written
from amlaudit.core.relations import BLOB_CONTAINER, FILE_SHARE, STORAGE
from amlaudit.core.resource import Resource
from amlaudit.scanners.files.shapes import Found

_WITH_BLOBS: Final = frozenset({"storage", "storagev2", "blobstorage", "blockblobstorage"})
_WITH_FILES: Final = frozenset({"storage", "storagev2", "filestorage"})
_SERVICES: Final = (
    ("blobServices", BLOB_CONTAINER, _WITH_BLOBS),
    ("fileServices", FILE_SHARE, _WITH_FILES),
)
"""Each service, what hangs on it, and the kinds of accounts that have it.

https://learn.microsoft.com/azure/storage/common/storage-account-overview
"""


def implied_by(account: Resource, declared: Container[str]) -> Iterator[Found]:
    """Yield the services of a new storage account that are not declared themselves.

    Args:
        account: The resource; nothing comes with one of another type.
        declared: Normalised ids of everything that is.
    """
    kind = read(account.body, ("kind",))
    if account.type != STORAGE or any(path in ((), ("kind",)) for path, _ in account.gaps):
        return
    for service, child, kinds in _SERVICES:
        service_id = f"{account.id}/{service.lower()}/default"
        has_it = kind is ABSENT or str(kind).lower() in kinds
        if has_it and service_id not in declared:
            body = {"id": service_id, "name": "default", "properties": {}}
            where, version = Written(account.place), account.origin.api_version
            yield Found(body, api_version=version, written=where, declared=True, seen=(child,))
