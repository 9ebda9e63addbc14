"""The numbers that the reasons are made of: features, and the own normals derived from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from crm_ml.prediction.conditions import Facts
from crm_ml.prediction.sentences import SENTENCES

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["facts_of", "peer_normals"]

_FEW_PEERS = 20
_PEERS_WITHIN = 0.8
_Derivation = tuple[tuple[str, ...], Callable[[Facts], NDArray[np.float64]]]


def _rest_of_year(whole: str, quarter: str) -> _Derivation:
    """Return what is usual in 90 days, from the year without them: a fall must not lower its own normal."""
    share = 90 / (365 - 90)
    return (whole, quarter), lambda facts: (facts[whole] - facts[quarter]) * share


def _before(half: str, quarter: str) -> _Derivation:
    return (half, quarter), lambda facts: facts[half] - facts[quarter]


def _quotient(change: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(change < 1, (1 + change) / (1 - change), np.nan)


_DERIVED: Mapping[str, _Derivation] = {
    "usual_revenue_90d": _rest_of_year("revenue_12m", "revenue_90d"),
    "usual_orders_90d": _rest_of_year("orders_12m", "orders_90d"),
    "revenue_before_90d": _before("revenue_180d", "revenue_90d"),
    "orders_before_90d": _before("orders_180d", "orders_90d"),
    # From (now − before) ÷ (now + before) back to 1 − now ÷ before.
    "order_value_drop": (("order_value_trend",), lambda facts: 1 - _quotient(facts["order_value_trend"])),
    "new_products": (
        ("new_product_share", "distinct_products"),
        lambda facts: np.round(facts["new_product_share"] * facts["distinct_products"]),
    ),
    "late_share": (("on_time_share",), lambda facts: 1 - facts["on_time_share"]),
}


def facts_of(
    features: pd.DataFrame, peers: Mapping[str, float] | None = None
) -> dict[str, NDArray[np.float64]]:
    """Return the facts that the sentences can use.

    Parameters
    ----------
    features : DataFrame
        One row a customer; columns that no sentence needs are left alone.
    peers : mapping, optional
        What :func:`peer_normals` returned at training.

    Returns
    -------
    dict of str to ndarray of shape (n_customers,)
        Missing values are NaN.
    """
    wanted = frozenset[str]().union(*(sentence.needs for sentence in SENTENCES))
    wanted |= {need for needs, _ in _DERIVED.values() for need in needs}
    facts = {
        name: features[name].to_numpy(dtype="float64", na_value=np.nan)
        for name in sorted(wanted.intersection(features.columns))
    }
    for name, (needs, derive) in _DERIVED.items():
        if facts.keys() >= set(needs):
            facts[name] = derive(facts)
    return facts | {name: np.full(len(features), float(value)) for name, value in (peers or {}).items()}


def peer_normals(features: pd.DataFrame) -> dict[str, float]:
    """Return what is normal among regular customers, to be stored at training.

    Parameters
    ----------
    features : DataFrame
        Features of the training customers.

    Returns
    -------
    dict
        ``peer_gap``: the time in days within which four out of five regular customers (three purchase days or
        more) usually buy again; empty with fewer than 20 of them.

    Examples
    --------
    >>> import pandas as pd
    >>> peer_normals(pd.DataFrame({"purchase_days": [3] * 30, "gap_median": range(30)}))
    {'peer_gap': 24.0}
    """
    if not {"purchase_days", "gap_median"} <= set(features.columns):
        return {}
    gaps = features.loc[features["purchase_days"] >= 3, "gap_median"].dropna().to_numpy(dtype="float64")
    if len(gaps) < _FEW_PEERS:
        return {}
    return {"peer_gap": float(np.ceil(np.quantile(gaps, _PEERS_WITHIN)))}
