"""Validates JSON reports against the schema that is shipped with them.

usage: check_schema.py REPORT...
"""

import json
import sys
from pathlib import Path
from typing import Final

from jsonschema import Draft202012Validator

SCHEMA: Final = Path(__file__).parents[1] / "reports/templates/amlaudit-report-1.schema.json"


def main() -> None:
    """Validate each report.

    Raises:
        ValidationError: One does not match the schema.
    """
    validator = Draft202012Validator(json.loads(SCHEMA.read_text("utf-8")))
    for path in sys.argv[1:]:
        validator.validate(json.loads(Path(path).read_text("utf-8")))


if __name__ == "__main__":
    main()
