"""The commands together, and what becomes of errors."""

from __future__ import annotations

from importlib import metadata
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from structgen.cli.bench import bench
from structgen.cli.check import check
from structgen.cli.complete import complete
from structgen.cli.console import errors
from structgen.cli.explain import explain
from structgen.cli.generate import generate
from structgen.errors import IncompleteOutputError, ModelError, StructgenError, TokenizerError

INCOMPLETE, REFUSED, MODEL, INTERRUPTED = 1, 2, 3, 130


class _Commands(TyperGroup):
    """Turns the library's errors into a message and an exit code; any other is a defect and keeps its traceback."""

    def invoke(self, ctx: typer.Context) -> Any:  # type: ignore[override]
        try:
            return super().invoke(ctx)
        except StructgenError as error:
            errors.print(f"structgen: {error}", soft_wrap=True)
            raise typer.Exit(_exit_code(error)) from error
        except KeyboardInterrupt as error:
            raise typer.Exit(INTERRUPTED) from error


def _exit_code(error: StructgenError) -> int:
    if isinstance(error, IncompleteOutputError):
        return INCOMPLETE
    return MODEL if isinstance(error, (ModelError, TokenizerError)) else REFUSED


app = typer.Typer(
    cls=_Commands,
    help="Language models write exactly what a schema, pattern or grammar allows.",
    epilog="Exit codes: 0 done or accepted; 1 incomplete or not accepted; 2 the command line or the specification is "
    "refused; 3 the model is refused; 130 interrupted.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(generate)
app.command()(check)
app.command()(explain)
app.command()(complete)
app.add_typer(bench, name="bench")


def _print_version(is_wanted: bool) -> None:
    if is_wanted:
        typer.echo(metadata.version("structgen"))
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Language models write exactly what a schema, pattern or grammar allows."""


def main() -> None:
    """Run the command line of this process."""
    app(prog_name="structgen")
