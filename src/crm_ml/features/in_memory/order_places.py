"""On which day each order began, for every table of days that counts orders."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crm_ml.data.memory import once
from crm_ml.data.numbering import numbering
from crm_ml.features.grains import Table, order_starts
from crm_ml.features.in_memory.place import Place
from crm_ml.features.in_memory.sorting import NONE, Ints

if TYPE_CHECKING:
    from crm_ml.data.transactions import Transactions

__all__ = ["begun_on", "begun_places", "order_places"]


def order_places(tx: Transactions, place: Place) -> Ints:
    """Return the place on which each order of a log began, sorted; empty where the log has no order ids.

    Found once, for all cutoffs: what is bought on or after one does not move the beginning of an order that
    was begun before it.
    """
    return once(tx, "order places", lambda: begun_places(tx, numbering(tx).log, place))


def begun_places(tx: Transactions, log: Table, place: Place) -> Ints:
    """Return the same for some of the lines, with numbers in the place of customer ids."""
    if not tx.has("order_id"):
        return NONE
    starts = tx.engine.to_arrow(order_starts(log).select(place=place.packed(1)))
    return np.sort(starts["place"].to_numpy())


def begun_on(places: Ints, begun: Ints) -> Ints:
    """Return how many orders began on each of some places.

    Examples
    --------
    >>> begun_on(np.array([3, 4, 8]), begun=np.array([3, 8, 8, 9])).tolist()
    [1, 0, 2]
    """
    return np.searchsorted(begun, places, side="right") - np.searchsorted(begun, places)
