"""`recess serve` and `recess demo`."""

from pathlib import Path

import click

from bot import settings


@click.command()
def serve() -> None:
    """Run the bot until it is told to stop."""
    from bot import serving

    serving.serve(settings.load())


@click.command()
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("demo"),
    show_default=True,
    help="Where the sample rosters and the database are put; they are made anew.",
)
@click.option("--port", default=8100, show_default=True, help="Where the practice workspace is.")
@click.option("--http", is_flag=True, help="Signed HTTP in place of Socket Mode.")
def demo(folder: Path, port: int, http: bool) -> None:
    """Try it without a Slack account.

    Sample districts on this machine, and a practice workspace in the browser.
    """
    from bot.demo import program

    program.run(folder, port, http=http)
