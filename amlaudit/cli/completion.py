"""`amlaudit completion`: what makes a shell complete commands and options."""

import click
from click.shell_completion import get_completion_class

from amlaudit.core.errors import AmlauditError, Exit

_SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(_SHELLS))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the script that makes a shell complete commands and options.

    \b
    Examples:
      amlaudit completion bash >> ~/.bashrc
      amlaudit completion fish > ~/.config/fish/completions/amlaudit.fish
    """  # noqa: D301 - \b is click's own
    found = get_completion_class(shell)
    if found is None:
        raise AmlauditError(
            "E203", f'No completion for the shell "{shell}"', exit_code=Exit.INVALID
        )
    root = context.find_root().command
    click.echo(found(root, {}, "amlaudit", "_AMLAUDIT_COMPLETE").source())
