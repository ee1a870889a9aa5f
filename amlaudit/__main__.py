"""`python -m amlaudit`."""

from amlaudit.cli import main

main()
