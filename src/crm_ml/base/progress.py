"""A progress bar on a terminal, and nothing anywhere else."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol, TypeVar

__all__ = ["Steps", "progress", "track"]

Item = TypeVar("Item")


class Steps(Protocol):
    """What a job tells its progress bar."""

    def __call__(self, text: str, share: float | None = None) -> None:
        """Finish the present step and name the next one; with a share, say how far the present one is."""


@contextmanager
def progress(total: int, *, quiet: bool = False) -> Iterator[Steps]:
    """Show a bar of `total` steps on standard error when that is a terminal.

    Parameters
    ----------
    total : int
        Number of steps that will be named.
    quiet : bool
        Show nothing, whatever the output is.

    Examples
    --------
    >>> with progress(2) as step:
    ...     step("read")
    ...     step("train")
    """
    if quiet or not sys.stderr.isatty():
        yield lambda text, share=None: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), BarColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("start", total=total)
        begun = 0

        def step(text: str, share: float | None = None) -> None:
            nonlocal begun
            begun += share is None
            bar.update(task, completed=max(begun - 1, 0) + (share or 0.0), description=text)

        yield step


def track(items: Sequence[Item] | Iterable[Item], text: str, *, total: int | None = None) -> Iterator[Item]:
    """Iterate over items with a bar on a terminal.

    Examples
    --------
    >>> list(track([1, 2], "windows"))
    [1, 2]
    """
    if not sys.stderr.isatty():
        yield from items
        return
    from rich.console import Console
    from rich.progress import track as rich_track

    yield from rich_track(items, text, total=total, console=Console(stderr=True), transient=True)
