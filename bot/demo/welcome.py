"""What whoever starts the demo reads: where to look, and what to try."""

from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from bot.demo.standins.product import TOKEN, Product

EXAMPLE = "carmen.diaz@cedar-valley.example"
TO_TRY = (
    (
        "Ana",
        "#lincoln-alerts",
        "Two schools need a decision: pause one, freeze the other, ask to have it back. "
        "Sam of the support team answers in #recess-support.",
    ),
    (
        "Carmen",
        "#cedar-alerts",
        "A school closes, and its staff work at another one already: freeze it and ask in the "
        "same step to release them. Sam releases all of them at once.",
    ),
    ("Hana", "#plains-alerts", "The year ends: 60 schools are gone, so the night is held."),
    ("Noor", "#northwind-alerts", "Type /schools upload, and choose the files named below."),
    ("Anybody", "Recess, Home", "Their schools; /schools help in any channel says the rest."),
)


def say(workspace: str, product: Product, *, rosters: Path, upload: Path) -> None:
    """Print it; the addresses and paths are whole lines, to be copied."""
    console = Console()
    console.print(
        f"\n[bold]Open the practice workspace:[/bold] [bold cyan]{workspace}[/bold cyan]\n"
    )
    console.print(Padding(_to_try(), (0, 0, 1, 2)))
    console.print(
        f"""\
[bold]Run tonight's sync[/bold] on the page brings the next night, and with the days the reminders.
To lose a school yourself, delete its row from an orgs.csv in {_path(rosters)}
Noor's next roster: the three files in {_path(upload)}
Whoever is locked sees it on signing in: the product is [bold cyan]{product.url}[/bold cyan]
It asks: curl -H 'Authorization: Bearer {TOKEN}' '{escape(product.asks(EXAMPLE))}'

Ctrl-C stops everything.""",
        soft_wrap=True,
    )


def _to_try() -> Table:
    table = Table.grid(padding=(0, 2))
    for who, where, what in TO_TRY:
        table.add_row(f"[bold]{who}[/bold]", where, what)
    return table


def _path(path: Path) -> str:
    return f"[bold]{escape(str(path.resolve()))}[/bold]"
