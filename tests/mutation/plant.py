"""Creates the mutants that `[tool.mutmut]` in pyproject.toml selects, in the folder `mutants`.

Usage: python -m tests.mutation.plant

This is the first step of `mutmut run`; `tests.mutation.judge` runs the tests on them.
"""

from pathlib import Path

from mutmut.__main__ import create_mutants
from mutmut.mutation.trampoline import set_mutant_under_test
from mutmut.utils.file_utils import copy_also_copy_files, copy_src_dir


def main() -> None:
    """Create the mutants."""
    set_mutant_under_test("mutant_generation")
    Path("mutants").mkdir(exist_ok=True)
    copy_src_dir()
    copy_also_copy_files()
    create_mutants(1)


if __name__ == "__main__":
    main()
