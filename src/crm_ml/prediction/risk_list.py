"""The risk list: every customer that may be listed, ordered by the money that threatens to leave."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from crm_ml.base.exceptions import InputError
from crm_ml.prediction.columns import column_names

__all__ = [
    "ORDER",
    "AnyList",
    "RiskList",
    "assemble",
    "band_before",
    "expected_loss",
    "loss_if_it_happens",
    "since_last",
    "threat",
    "worth_calling",
]

#: The order of the list: by money, then by chance, then by id; True where the largest comes first.
ORDER = {"expected_loss": True, "p_stopped": True, "customer_id": False}
_BANDS_ORDER = {"low": 0, "middle": 1, "high": 2}


class AnyList(Protocol):
    """A risk list for who writes it: in memory (`RiskList`) or on disk (`StoredList`)."""

    @property
    def table(self) -> pd.DataFrame:
        """All rows, best call first."""

    @property
    def totals(self) -> Mapping[str, float]:
        """Counts and money that tie the list to the ledger."""

    @property
    def meta(self) -> Mapping[str, Any]:
        """as_of, horizons, basis, currency, model_version, campaign."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader must know."""

    def __len__(self) -> int:
        """How many customers are listed."""

    def head(self, n: int) -> pd.DataFrame:
        """Return the first rows."""

    def batches(self) -> Iterator[pd.DataFrame]:
        """Go through all rows in their order, a part at a time."""


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

    def head(self, n: int) -> pd.DataFrame:
        """Return the first rows."""
        return self.table.head(n)

    def batches(self) -> Iterator[pd.DataFrame]:
        """Go through all rows: in memory they are one part."""
        yield self.table

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


def worth_calling(rows: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Return who may be called: customers under threat with whom something can be lost.

    A one-time buyer, or one who left long ago, will probably buy nothing more either; but there is no usual
    spend to lose. Where nobody has one (counts only, a short history) the risk band decides.

    Parameters
    ----------
    rows : DataFrame
        Columns ``expected_loss, risk_band, threat`` of the list.

    Examples
    --------
    >>> rows = pd.DataFrame({"expected_loss": [9.0, 0.0], "risk_band": "low", "threat": "stops"})
    >>> worth_calling(rows).tolist()
    [True, False]
    """
    at_stake = (rows["expected_loss"] > 0) | (rows["risk_band"] != "low")
    return np.asarray((rows["threat"] != "none") & at_stake, dtype=bool)


def band_before(last_list: pd.DataFrame) -> pd.Series:
    """Return the risk band of every customer on the last list, by customer.

    Raises
    ------
    InputError
        When the last list lacks a column that is needed.
    """
    missing = {"customer_id", "risk_band"} - set(last_list.columns)
    if missing:
        raise InputError(
            "this is not a risk list", got=f"no column {sorted(missing)}", do="give the Parquet file of it"
        )
    bands: pd.Series = last_list.drop_duplicates("customer_id").set_index("customer_id")["risk_band"]
    return bands.set_axis(bands.index.astype("str"))


def since_last(bands: pd.Series, before: pd.Series | None) -> pd.Series:
    """Return per customer ``new``, ``risen``, ``fallen`` or ``same`` risk band since the last list.

    Parameters
    ----------
    bands : Series
        Risk band now.
    before : Series, optional
        Risk band on the last list, same index; missing for who did not stand on it. Empty texts come back
        without a last list.
    """
    if before is None:
        return pd.Series("", index=bands.index, dtype="str")
    was, now = before.map(_BANDS_ORDER), bands.map(_BANDS_ORDER)
    moved = np.select([was.isna(), now > was, now < was], ["new", "risen", "fallen"], "same")
    return pd.Series(moved, index=bands.index, dtype="str")


def assemble(rows: pd.DataFrame, constants: Mapping[str, Any]) -> pd.DataFrame:
    """Return the list of some customers: the stable columns, sorted and ranked.

    Parameters
    ----------
    rows : DataFrame
        Columns of the list by customer, as :func:`crm_ml.prediction.list_rows.list_rows` makes them.
    constants : mapping
        Columns that are the same for everybody.
    """
    table = rows.rename_axis(None).assign(customer_id=rows.index.astype("str"), **constants)
    largest_first = list(ORDER.values())
    table = table.sort_values(list(ORDER), ascending=[not one for one in largest_first], kind="stable")
    ranked = table.assign(rank=np.arange(1, len(table) + 1))
    return ranked[column_names()].reset_index(drop=True)
