"""What the work with one log needs to compute only once."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from crm_ml.data.transactions import Transactions

__all__ = ["once"]

_Made = TypeVar("_Made")


def once(tx: Transactions, key: Hashable, compute: Callable[[], _Made]) -> _Made:
    """Return what was computed under this key for this log, or compute it; never change what is returned.

    It stays with the log and goes when the log goes.
    """
    if key not in tx.memory:
        tx.memory[key] = compute()
    made: _Made = tx.memory[key]
    return made
