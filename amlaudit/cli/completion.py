"""`amlaudit completion`: shell completion of commands, options and rule ids."""

import click
from click.shell_completion import BashComplete, FishComplete, ZshComplete

_SHELLS = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}


def rule_ids(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    """Return the ids of shipped rules that start with a word."""
    from amlaudit.rulebook.library import shipped_ids  # noqa: PLC0415 - only shells need it

    return sorted(each for each in shipped_ids() if each.startswith(begun.upper()))


@click.command()
@click.argument("shell", type=click.Choice(list(_SHELLS)))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print a script that lets your shell complete commands, options and rule ids.

    \b
    Examples:
      amlaudit completion bash >> ~/.bashrc
      amlaudit completion zsh >> ~/.zshrc
      amlaudit completion fish > ~/.config/fish/completions/amlaudit.fish

    In zsh, `autoload -Uz compinit && compinit` has to run first.
    """  # noqa: D301 - \b is click's own
    root = context.find_root().command
    script = _SHELLS[shell](root, {}, "amlaudit", "_AMLAUDIT_COMPLETE").source()
    # Click's script for fish would cut a description off at its first comma.
    click.echo(script.replace('string split ","', 'string split -m 1 ","'))
