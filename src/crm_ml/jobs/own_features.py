"""Own columns joined to the feature panel, with categories learnt on training snapshots only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_ml.data.own_columns import CategoryEncoding, OwnColumns
from crm_ml.prediction.snapshot import join_own_columns

if TYPE_CHECKING:
    import pandas as pd

    from crm_ml.evaluation.plan import Plan

__all__ = ["with_own_columns"]


def with_own_columns(
    X: pd.DataFrame, own: OwnColumns | None, plan: Plan
) -> tuple[pd.DataFrame, CategoryEncoding | None]:
    """Return the panel with own columns as known at each cutoff, and how they were made numbers.

    Parameters
    ----------
    X : DataFrame
        Index ``customer_id, cutoff``.
    own : OwnColumns, optional
        Nothing is joined when not given.
    plan : Plan
        The encoding is learnt at the last training cutoff.
    """
    if own is None:
        return X, None
    import pandas as pd

    encoding = CategoryEncoding.fit(own.known_at(plan.train[-1].cutoff))
    parts = []
    for cutoff in sorted(set(X.index.get_level_values("cutoff"))):
        rows = X[X.index.get_level_values("cutoff") == cutoff].droplevel("cutoff")
        joined = join_own_columns(rows, own, cutoff, encoding)
        index = pd.MultiIndex.from_product([joined.index, [cutoff]], names=X.index.names)
        parts.append(joined.set_index(index))
    return pd.concat(parts).reindex(X.index), encoding
