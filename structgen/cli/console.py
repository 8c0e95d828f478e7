"""Standard error, for people: messages, tables and progress. Standard output is for what was asked, and stays plain.

What is printed holds texts of the user's, so rich takes nothing in it for markup, emoji names or things to highlight.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeVar

from rich.console import Console
from rich.progress import Progress
from rich.text import Text

errors = Console(stderr=True, markup=False, emoji=False, highlight=False)

Item = TypeVar("Item")


def busy(what: str) -> AbstractContextManager[Any]:
    """Show that something takes its time, where a person watches."""
    return errors.status(Text(what)) if errors.is_terminal else nullcontext()


def progress(items: Iterable[Item], total: int, what: str) -> Iterator[Item]:
    """Yield the items, and show how many have come, where a person watches and there are several."""
    with Progress(console=errors, transient=True, disable=not errors.is_terminal or total < 2) as bar:
        yield from bar.track(items, total=total, description=what)
