"""A progress bar on a terminal, and nothing anywhere else."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol, TypeVar

__all__ = ["Steps", "progress", "track"]

Item = TypeVar("Item")

# A job that shows a bar, or was told to show none, speaks for all that runs inside it.
_IN_A_JOB: ContextVar[bool] = ContextVar("in a job", default=False)


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
    inside = _IN_A_JOB.set(True)
    try:
        with _bar(total, shown=not quiet and sys.stderr.isatty()) as step:
            yield step
    finally:
        _IN_A_JOB.reset(inside)


@contextmanager
def _bar(total: int, *, shown: bool) -> Iterator[Steps]:
    if not shown:
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
    """Iterate over items with a bar on a terminal, unless a job with a bar of its own (or none) runs.

    Examples
    --------
    >>> list(track([1, 2], "windows"))
    [1, 2]
    """
    if _IN_A_JOB.get() or not sys.stderr.isatty():
        yield from items
        return
    from rich.console import Console
    from rich.progress import track as rich_track

    yield from rich_track(items, text, total=total, console=Console(stderr=True), transient=True)
