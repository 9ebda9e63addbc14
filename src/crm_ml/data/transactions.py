"""Transactions: a validated, lazy, immutable log; the only input type of the floors above."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import narwhals as nw

    from crm_ml.base.result import Result
    from crm_ml.data.engines.base import Engine

__all__ = ["Transactions"]


@dataclass(frozen=True)
class Transactions:
    """A cleaned transaction log on an engine.

    Made by :func:`crm_ml.data.reading.read_transactions`; never by hand.

    Parameters
    ----------
    log : narwhals LazyFrame
        Canonical columns of :data:`crm_ml.data.schema.LOG`, those that the source has.
    engine : Engine
        Where the log lives.
    columns : tuple of str
        Canonical columns present in `log`.
    first_day, last_day : date
        First and last day with a row.
    counts : mapping
        ``read, accepted, quarantined, customers`` and what the rules repaired.
    findings : Result
        What was wrong with the rows, as a table.
    mapping : mapping
        The column mapping and rules that made the log, plain values; stored in bundles.
    currency, basis : str
        What money is: ``"EUR"`` and ``"revenue"`` or ``"revenue incl. VAT"``; empty without amounts.
    """

    log: nw.LazyFrame[Any] = field(repr=False)
    engine: Engine = field(repr=False)
    columns: tuple[str, ...]
    first_day: dt.date
    last_day: dt.date
    counts: Mapping[str, int]
    findings: Result = field(repr=False)
    mapping: Mapping[str, Any] = field(default_factory=dict, repr=False)
    currency: str = ""
    basis: str = ""

    @functools.cached_property
    def fingerprint(self) -> str:
        """Identifies the content of the log, whatever the order of its rows; a pass over all of them."""
        return self.engine.fingerprint(self.log)

    @functools.cached_property
    def memory(self) -> dict[Hashable, Any]:
        """What was computed of this log and may be needed again; see :func:`crm_ml.data.memory.once`."""
        return {}

    def kept(self) -> Transactions:
        """Return the same log, stored by its engine and with its customers numbered.

        For who asks a source more than once: it is read now, and never again.

        Examples
        --------
        >>> from crm_ml.data.datasets import load_cdnow
        >>> load_cdnow(sample=True).kept().counts["accepted"]
        6919
        """
        from crm_ml.data.numbering import stored

        return stored(self)

    @property
    def has_money(self) -> bool:
        """Whether the log has amounts; without them everything works on counts."""
        return "amount" in self.columns

    def has(self, *columns: str) -> bool:
        """Whether all those canonical columns are present."""
        return set(columns) <= set(self.columns)

    def quality(self) -> Result:
        """Return what was wrong with the rows, as a table that renders in a notebook."""
        return self.findings
