"""Own columns joined to the feature panel, with categories learnt on training snapshots only."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from crm_ml.base.notes import Note
from crm_ml.data.own_columns import CategoryEncoding, OwnColumns
from crm_ml.prediction.snapshot import join_own_columns

if TYPE_CHECKING:
    import pandas as pd

    from crm_ml.evaluation.plan import Plan

__all__ = ["features_made", "unused", "with_own_columns", "without_columns"]


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


def features_made(
    encoding: CategoryEncoding | None, *, trusted: Collection[str] = ()
) -> dict[str, list[str]]:
    """Return own column → the features that are made of it, without the trusted ones (computed by us).

    Examples
    --------
    >>> features_made(CategoryEncoding({"tier": ("gold",)}, ("visits",)))
    {'visits': ['visits'], 'tier': ['tier=gold', 'tier=other']}
    """
    if encoding is None:
        return {}
    made = {name: [name] for name in encoding.numbers}
    made |= {
        name: [f"{name}={one}" for one in (*kept, "other")] for name, kept in encoding.categories.items()
    }
    return {name: features for name, features in made.items() if name not in trusted}


def without_columns(encoding: CategoryEncoding, names: Collection[str]) -> CategoryEncoding | None:
    """Return the encoding without some own columns, None when none is left."""
    categories = {name: kept for name, kept in encoding.categories.items() if name not in names}
    numbers = tuple(name for name in encoding.numbers if name not in names)
    return CategoryEncoding(categories, numbers) if categories or numbers else None


def unused(X: pd.DataFrame, encoding: CategoryEncoding | None) -> tuple[str, ...]:
    """Say it when the table of own columns speaks of nobody, or of nobody in time."""
    features = [one for made in features_made(encoding).values() for one in made]
    if encoding is None or X[features].notna().to_numpy().any():
        return ()
    return (Note("monitor_notes.extra_says_nothing"),)
