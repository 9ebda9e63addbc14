"""The day table of a log that fits in memory: lines sorted as numbers in the place of hash tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from crm_ml.data.numbering import numbering
from crm_ml.features.in_memory.order_places import begun_on, order_places
from crm_ml.features.in_memory.place import Place
from crm_ml.features.in_memory.sorting import Ints, bits_of, first_places, packed_order, takes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crm_ml.data.transactions import Transactions

__all__ = ["fits_in_memory", "sorted_days"]

_SORTING = 4  # arrays of the length of the log while it is sorted
_NEVER = np.iinfo(np.int64).max


def fits_in_memory(tx: Transactions, measures: int) -> bool:
    """Whether the lines of a log may be taken out of its engine, all at once, with so many measures."""
    lines, place = tx.counts["accepted"], Place.of(tx, tx.counts["customers"])
    return takes(lines, _SORTING + measures) <= tx.engine.room and place.fits(lines)


def sorted_days(tx: Transactions, measures: Mapping[str, nw.Expr]) -> pa.Table:
    """Return the day table, sorted by customer and day.

    An engine groups sorted rows in little more than half of the time: those of a customer lie together.

    Parameters
    ----------
    tx : Transactions
        The log.
    measures : mapping of str to expression
        What a line adds to each sum, by its name.

    Returns
    -------
    pyarrow.Table
        As :func:`crm_ml.analysis.day_table.customer_days` describes it.
    """
    numbers = numbering(tx)
    place = Place.of(tx, len(numbers.ids))
    begun = order_places(tx, place)  # first, while the lines take no memory yet
    bought = nw.when(nw.col("is_purchase")).then(nw.lit(1)).otherwise(nw.lit(0))
    lines = tx.engine.to_arrow(numbers.log.select(place=place.packed(bought), **measures))
    packed, bits = packed_order(lines["place"].to_numpy()), bits_of(len(lines))
    starts = first_places(packed >> bits + 1)  # customer and day, without the side
    rows = packed[np.append(starts[1:], len(packed)) - 1] >> bits  # the side of purchases comes last
    packed &= (1 << bits) - 1  # which leaves the order of the lines
    customer, day, purchase = place.unpacked(rows)
    first = _repeated_first(customer, np.where(purchase, day, _NEVER))
    columns = {"customer_id": customer, "day": day, "first_day": pa.array(first, mask=first == _NEVER)}
    columns |= {name: _sums(lines[name], packed, starts) for name in measures}
    columns["purchase"] = purchase.astype(np.int64)
    columns["orders"] = begun_on(rows, begun) if len(begun) else columns["purchase"]
    return pa.table(columns)


def _repeated_first(customer: Ints, day: Ints) -> Ints:
    """Return the first of the days of each customer, on all of its rows."""
    starts = first_places(customer)
    return np.repeat(np.minimum.reduceat(day, starts), np.diff(starts, append=len(customer)))


def _sums(values: pa.ChunkedArray, order: Ints, starts: Ints) -> npt.NDArray[Any]:
    """Return the sum of each run of ordered lines."""
    known = values.fill_null(0) if values.null_count else values
    sums: npt.NDArray[Any] = np.add.reduceat(known.to_numpy().take(order), starts)
    return sums
