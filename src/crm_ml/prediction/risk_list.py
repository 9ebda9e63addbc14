"""The risk list: every customer that may be listed, ordered by the money that threatens to leave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from crm_ml.base.exceptions import InputError
from crm_ml.prediction.columns import column_names

__all__ = ["RiskList", "assemble", "expected_loss", "keep", "loss_if_it_happens", "since_last", "threat"]

_BANDS_ORDER = {"low": 0, "middle": 1, "high": 2}


@dataclass(frozen=True)
class RiskList:
    """A risk list with what a reader needs to trust it.

    Parameters
    ----------
    table : DataFrame
        The columns of :data:`crm_ml.prediction.columns.RISK_LIST`, in that order, best call first.
    totals : mapping
        Counts and money of list, suppressed customers and ledger; list + suppressed = ledger.
    meta : mapping
        as_of, horizon_days, clv_horizon_days, basis, currency, model_version, campaign, assumptions.
    warnings : tuple of str
        What a reader must know before using it.
    """

    table: pd.DataFrame = field(repr=False)
    totals: Mapping[str, float]
    meta: Mapping[str, Any]
    warnings: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.table)

    def _repr_html_(self) -> str:
        return str(self.table.head(20).to_html(index=False, border=0, escape=True))


def expected_loss(usual_spend: pd.Series, expected_spend: pd.Series) -> pd.Series:
    """Return ``max(0, usual − expected)``; 0 where no usual level is known.

    Examples
    --------
    >>> expected_loss(pd.Series([100.0, 50.0, None]), pd.Series([40.0, 60.0, 10.0])).tolist()
    [60.0, 0.0, 0.0]
    """
    return (usual_spend - expected_spend).clip(lower=0.0).fillna(0.0)


def loss_if_it_happens(rows: pd.DataFrame, scores: pd.DataFrame, drying_share: float) -> pd.Series:
    """Return the money lost when a customer at risk indeed stops or dries up.

    Parameters
    ----------
    rows, scores : DataFrame
        ``usual_spend`` and ``p_stopped, p_drying_up, p_at_risk, expected_spend`` of the same customers.
    drying_share : float
        Share of the usual spend that customers who dried up lost in training.

    Returns
    -------
    Series
        The usual spend times the share that is lost, weighted by how likely each loss is. For customers
        without a usual level: what they are expected to spend if they do not stop.
    """
    stopping = scores["p_stopped"] / scores["p_at_risk"].where(scores["p_at_risk"] > 0)
    share = stopping + (1.0 - stopping) * drying_share
    staying = (1.0 - scores["p_stopped"]).clip(lower=0.01)
    return (rows["usual_spend"] * share).fillna(scores["expected_spend"] / staying)


def threat(scores: pd.DataFrame, threatened: npt.NDArray[np.bool_]) -> pd.Series:
    """Return ``stops``, ``buys less`` or ``none``: the likelier of the two where something threatens."""
    drying = scores["p_drying_up"].fillna(0.0)
    likelier = np.where(drying > scores["p_stopped"], "buys less", "stops")
    return pd.Series(np.where(threatened, likelier, "none"), index=scores.index, dtype="str")


def since_last(customers: pd.Index, bands: pd.Series, last_list: pd.DataFrame | None) -> pd.Series:
    """Return per customer ``new``, ``risen``, ``fallen`` or ``same`` risk band since the last list.

    Raises
    ------
    InputError
        When the last list lacks a column that is needed.
    """
    if last_list is None:
        return pd.Series("", index=customers, dtype="str")
    missing = {"customer_id", "risk_band"} - set(last_list.columns)
    if missing:
        raise InputError(
            "this is not a risk list", got=f"no column {sorted(missing)}", do="give the Parquet file of it"
        )
    before = last_list.drop_duplicates("customer_id").set_index("customer_id")["risk_band"]
    was = before.reindex(customers).map(_BANDS_ORDER)
    now = bands.map(_BANDS_ORDER)
    moved = np.select([was.isna(), now > was, now < was], ["new", "risen", "fallen"], "same")
    return pd.Series(moved, index=customers, dtype="str")


def assemble(columns: Mapping[str, Any], index: pd.Index) -> pd.DataFrame:
    """Return the table in the stable column order, sorted by money, then by chance, then by id.

    Parameters
    ----------
    columns : mapping
        Column name → Series by customer, or one value for all; every column but ``rank`` and
        ``customer_id``.
    index : Index
        Customer ids.
    """
    table = pd.DataFrame(dict(columns), index=index).rename_axis(None)
    table["customer_id"] = index.astype("str")
    order = table.sort_values(
        ["expected_loss", "p_stopped", "customer_id"], ascending=[False, False, True], kind="stable"
    )
    order.insert(0, "rank", np.arange(1, len(order) + 1))
    return order[column_names()].reset_index(drop=True)


def keep(table: pd.DataFrame, customers: Any) -> pd.DataFrame:
    """Return the rows of some customers, ranked anew."""
    kept = table[table["customer_id"].isin(customers)].reset_index(drop=True)
    return kept.assign(rank=np.arange(1, len(kept) + 1))
