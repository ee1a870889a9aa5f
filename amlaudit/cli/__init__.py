"""The command line: the only place that prints, reads clock and environment, and exits."""

import gc
import sys
from io import TextIOWrapper

import click

from amlaudit import __version__
from amlaudit.cli.baseline import baseline
from amlaudit.cli.checklist.commands import checklist
from amlaudit.cli.demo import demo
from amlaudit.cli.diff import diff
from amlaudit.cli.doctor import doctor
from amlaudit.cli.fix_plan import fix_plan
from amlaudit.cli.guardrails import guardrails
from amlaudit.cli.messages import show_error, show_internal_error
from amlaudit.cli.report import report
from amlaudit.cli.rules import rules, show
from amlaudit.cli.scan import scan
from amlaudit.cli.waive import waive
from amlaudit.core.errors import AmlauditError, Exit


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, message="%(prog)s %(version)s")
def cli() -> None:
    """Audit Azure Machine Learning against Microsoft's enterprise guidance.

    \b
    Examples:
      amlaudit demo                                try it without Azure
      amlaudit scan --subscription "ML Production" --report html=report.html
      amlaudit scan --from estate.db --report sarif=amlaudit.sarif

    amlaudit only reads. It never changes anything in Azure.
    """  # noqa: D301 - \b is click's own


cli.add_command(demo)
cli.add_command(scan)
cli.add_command(report)
cli.add_command(doctor)
cli.add_command(checklist)
cli.add_command(rules)
cli.add_command(show, "explain")
cli.add_command(waive)
cli.add_command(guardrails)
cli.add_command(diff)
cli.add_command(baseline)
cli.add_command(fix_plan)


def main() -> None:
    """Run the command line and exit with its code; see `amlaudit.core.errors.Exit`."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that cannot show a sign shows "?"
    gc.set_threshold(100_000)  # findings live to the end: looking for dead ones took a tenth
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run the command line with arguments, and return its exit code."""
    try:
        code = cli.main(arguments, prog_name="amlaudit", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return Exit.USAGE
    except AmlauditError as error:
        show_error(error)
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted", err=True)
        return Exit.INTERRUPTED
    except Exception as error:  # noqa: BLE001 - whatever is left is a defect, and is said to be one
        show_internal_error(error)
        return Exit.INTERNAL
    return code if isinstance(code, int) else Exit.PASS
