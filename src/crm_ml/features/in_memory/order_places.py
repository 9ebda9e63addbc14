"""On which day each order began, for every table of days that counts orders."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crm_ml.data.memory import once
from crm_ml.data.numbering import numbering
from crm_ml.features.grains import order_starts
from crm_ml.features.in_memory.place import Place
from crm_ml.features.in_memory.sorting import Ints

if TYPE_CHECKING:
    from crm_ml.data.transactions import Transactions

__all__ = ["begun_on", "order_places"]


def order_places(tx: Transactions, place: Place) -> Ints:
    """Return the place on which each order of a log began, sorted; empty where the log has no order ids.

    Found once, for all cutoffs: what is bought on or after one does not move the beginning of an order that
    was begun before it.
    """

    def found() -> Ints:
        starts = order_starts(numbering(tx).log).select(place=place.packed(1))
        return np.sort(tx.engine.to_arrow(starts)["place"].to_numpy())

    return once(tx, "order places", found) if tx.has("order_id") else np.zeros(0, dtype=np.int64)


def begun_on(places: Ints, begun: Ints) -> Ints:
    """Return how many orders began on each of some places.

    Examples
    --------
    >>> begun_on(np.array([3, 4, 8]), begun=np.array([3, 8, 8, 9])).tolist()
    [1, 0, 2]
    """
    return np.searchsorted(begun, places, side="right") - np.searchsorted(begun, places)
