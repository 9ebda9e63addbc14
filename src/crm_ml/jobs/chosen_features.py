"""The features that a config chooses, and beside them what the baselines need whatever it chooses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from crm_ml.evaluation.baselines import BASELINES
from crm_ml.features.build import build_feature_panel
from crm_ml.features.catalogue import choose

if TYPE_CHECKING:
    import pandas as pd

    from crm_ml.data.transactions import Transactions
    from crm_ml.data.windows import Window

__all__ = ["chosen_features"]


def chosen_features(
    tx: Transactions, windows: Iterable[Window], chosen: Sequence[str]
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return features at the cutoffs of windows, and which of them are there for the baselines only.

    Nobody makes a model look good by leaving out what the rule of thumb reads.

    Parameters
    ----------
    tx : Transactions
        The log.
    windows : iterable of Window
        Snapshots.
    chosen : sequence of str
        Names or groups; empty for the whole catalogue.

    Returns
    -------
    tuple of (DataFrame, tuple of str)
        Index ``customer_id, cutoff``; names of columns that no technique may learn from.

    Examples
    --------
    >>> from crm_ml.data.datasets import load_cdnow
    >>> from crm_ml.data.windows import Window
    >>> chosen_features(load_cdnow(sample=True), [Window("1998-01-01", 90)], ["recency_days", "orders"])[1]
    ('frequency', 'T')
    """
    cutoffs = [window.cutoff for window in windows]
    if not chosen:
        return build_feature_panel(tx, cutoffs), ()
    needed = [name for sets in BASELINES.values() for names in sets for name in names]
    X = build_feature_panel(tx, cutoffs, features=list(dict.fromkeys([*chosen, *needed])))
    asked = {spec.name for spec in choose(chosen, tx.columns)}
    return X, tuple(str(name) for name in X if name not in asked)
