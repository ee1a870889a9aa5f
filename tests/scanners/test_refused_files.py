"""Files and folders that hold no evidence are refused, with what to give instead."""

import gzip
import json
from pathlib import Path
from zipfile import ZipFile

import pytest

from amlaudit.core.errors import AmlauditError, Exit
from amlaudit.core.gap import Reason
from amlaudit.core.relations import WORKSPACE
from amlaudit.core.scope import Scope
from amlaudit.scanners.files.source import Files
from tests.estates import WORKSPACE_ID

ARM = json.dumps({"id": WORKSPACE_ID, "properties": {}})
RESULT = '{"schema_version": "1.1", "findings": []}'


def refused(path: Path) -> AmlauditError:
    with pytest.raises(AmlauditError) as caught:
        Files((path,)).collect(Scope())
    assert (caught.value.code, caught.value.exit_code) == ("E302", Exit.INPUT_OUTPUT)
    return caught.value


def test_an_empty_file_is_called_empty(tmp_path: Path) -> None:
    path = tmp_path / "export.json"
    path.touch()
    assert refused(path).cause == "it is empty"


def test_a_compressed_file_has_to_be_decompressed(tmp_path: Path) -> None:
    path = tmp_path / "estate.db.gz"
    path.write_bytes(gzip.compress(ARM.encode()))
    error = refused(path)
    assert error.cause.endswith("but compressed")
    assert error.advice == "decompress it: gunzip estate.db.gz"


def test_a_bundle_is_to_be_verified(tmp_path: Path) -> None:
    path = tmp_path / "audit.zip"
    with ZipFile(path, "w") as archive:
        archive.writestr("manifest.json", "{}")
    assert refused(path).advice.endswith("for a bundle: amlaudit verify audit.zip")


def test_a_snapshot_in_a_folder_has_to_be_named_itself(tmp_path: Path) -> None:
    export, folder = tmp_path / "export.json", tmp_path / "demo"
    export.write_text(ARM, "utf-8")
    folder.mkdir()
    (folder / "report.json").write_text(RESULT, "utf-8")
    Files((export,), folder / "estate.db").collect(Scope()).close()
    error = refused(folder)
    assert error.cause == "of what is in the folder, only estate.db can be evaluated"
    assert error.advice == f"pass the snapshot itself: --from {folder / 'estate.db'}"


def test_a_snapshot_beside_other_evidence_or_unfinished_is_passed_over(tmp_path: Path) -> None:
    export, kept = tmp_path / "export.json", tmp_path / "kept.db"
    export.write_text(ARM, "utf-8")
    for _ in range(2):  # the second time, the snapshot of the first one is there
        estate = Files((tmp_path,), kept).collect(Scope())
        assert [each.id for each in estate.of_type(WORKSPACE)] == [WORKSPACE_ID]
        estate.close()
    kept.unlink()
    export.write_text(RESULT, "utf-8")
    estate = Files((tmp_path,), kept).collect(Scope())
    assert {each.reason for each in estate.gaps()} == {Reason.UNSUPPORTED}
    estate.close()


def test_a_refused_request_in_a_folder_is_evidence_of_a_gap(tmp_path: Path) -> None:
    answer = {"error": {"code": "AuthorizationFailed", "message": "It may not."}}
    (tmp_path / "answer.json").write_text(json.dumps(answer), "utf-8")
    estate = Files((tmp_path,)).collect(Scope())
    assert {each.reason for each in estate.gaps()} == {Reason.API_ERROR}
    estate.close()
