"""A progress bar on stderr for what takes over two seconds: on a terminal only, never in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING

from cs_cli.commands import desk

if TYPE_CHECKING:
    from cs_cli.intake.watch import Watch

PATIENCE = 2.0      # seconds before anything is shown
EVERY = 0.2


@contextmanager
def shown(watch: Watch) -> Iterator[None]:
    """Show how far the watched import is, while the block runs."""
    if desk.GLOBALS.quiet or not sys.stderr.isatty():
        yield
        return
    done = Event()
    thread = Thread(target=_show, args=(watch, done), daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _show(watch: Watch, done: Event) -> None:
    if done.wait(PATIENCE):
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True, no_color=not desk.GLOBALS.colour)
    columns = (
        TextColumn("{task.description}", markup=False), BarColumn(), TextColumn("{task.fields[rows]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=None, rows="")
        while not done.wait(EVERY):
            bar.update(task, description=describe(watch), rows=rows_of(watch), completed=watch.files,
                       total=watch.total if watch.total > 1 else None)


def describe(watch: Watch) -> str:
    """What goes on, fit for a terminal."""
    from cs_cli.base.safe_text import safe_text

    return safe_text(watch.doing, 60)


def rows_of(watch: Watch) -> str:
    return "" if watch.rows is None else f"{watch.rows:,} rows"
