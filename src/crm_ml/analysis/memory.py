"""What analyses that run together need to compute only once."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from crm_ml.data.transactions import Transactions

__all__ = ["once", "remembers", "totals_once"]

_Made = TypeVar("_Made")
_KNOWN: ContextVar[dict[int, tuple[Transactions, dict[Any, Any]]] | None] = ContextVar("totals", default=None)


@contextmanager
def totals_once() -> Iterator[None]:
    """Compute the day table and the totals of a period only once while this context lasts.

    Analyses that run together ask for the same two periods again and again.
    """
    token = _KNOWN.set({})
    try:
        yield
    finally:
        _KNOWN.reset(token)


def remembers() -> bool:
    """Whether a :func:`totals_once` lasts."""
    return _KNOWN.get() is not None


def once(tx: Transactions, key: Hashable, compute: Callable[[], _Made]) -> _Made:
    """Return what was computed under this key for this log, or compute it; never change what is returned."""
    known = _KNOWN.get()
    if known is None:
        return compute()
    # The log itself is kept with what is known of it, so that its id cannot pass to another one.
    kept = known.setdefault(id(tx), (tx, {}))[1]
    if key not in kept:
        kept[key] = compute()
    made: _Made = kept[key]
    return made
