"""How much of the "drying up" chance alone makes.

Customers qualify as established in a good period and then fall back to their mean: a large part of every
"spends half as much" list is made of nobody changing at all. The null hypothesis here: each customer keeps
the total of both periods, and the days are dealt out at random over baseline and horizon in proportion to
their lengths. It is strict, since the total itself already holds a real fall.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from crm_ml.base.result import Result
from crm_ml.data.market import measure_market, with_market
from crm_ml.data.normal import baseline, customer_days
from crm_ml.data.transactions import Transactions
from crm_ml.data.windows import Window, between
from crm_ml.evaluation.metrics import Floats
from crm_ml.labels.behaviour import STATES, behaviour, falling, levels, states
from crm_ml.labels.outcome import by_customer
from crm_ml.labels.settings import LabelSettings

__all__ = ["chance_level"]

_MOST_CUSTOMERS = 50_000  # beyond this the chance level does not change in its third digit


def chance_level(
    tx: Transactions,
    window: Window,
    settings: LabelSettings | None = None,
    *,
    draws: int = 40,
    seed: int = 0,
) -> Result:
    """Return each label's share beside the share that chance alone makes.

    Parameters
    ----------
    tx : Transactions
        The log.
    window : Window
        Cutoff and horizon, fully observed.
    settings : LabelSettings, optional
        Thresholds; defaults when not given.
    draws : int
        How often the days are dealt out.
    seed : int
        Same seed, same draws.

    Returns
    -------
    Result
        Table with a row for ``stops``, ``dries_up`` and ``at_risk`` (either) among the established:
        ``observed`` and ``chance`` shares with ``chance_low``, ``chance_high`` (95 % of the draws),
        ``net`` = observed − chance; ``loss``, ``chance_loss``, ``net_loss``: money below the own normal as a
        share of all normals. Figures: ``established``, ``significant`` (share of the established whose
        fall is proven at the set level), ``market_index``.

    Raises
    ------
    WindowError
        When the horizon is not fully observed.
    """
    chosen = settings or LabelSettings()
    table = behaviour(tx, window, chosen)
    seen = _summary(table)
    null = _Null(tx, window, chosen, table.index, seed)
    drawn = np.stack([_summary(null.draw()) for _ in range(draws)])
    low, high = np.percentile(drawn[:, :, 0], [2.5, 97.5], axis=0)
    mean = drawn.mean(axis=0)
    result = pd.DataFrame(
        {"state": ["stops", "dries_up", "at_risk"], "observed": seen[:, 0], "chance": mean[:, 0]}
    )
    result = result.assign(chance_low=low, chance_high=high, net=seen[:, 0] - mean[:, 0])
    result = result.assign(loss=seen[:, 1], chance_loss=mean[:, 1], net_loss=seen[:, 1] - mean[:, 1])
    peers = table[table["established"]]
    established = len(peers)
    proven = peers["significant_drop"] & (peers["purchases"] > 0)
    return Result(
        "chance",
        result,
        parameters={
            "cutoff": str(window.cutoff),
            "horizon_days": window.horizon_days,
            "draws": draws,
            "seed": seed,
        },
        basis=tx.basis,
        n=established,
        warnings=() if established else ("nobody is established in this window",),
        formula="purchase days dealt out at random over baseline and horizon, two-window total kept",
        source="own; strict null of no change",
        figures={
            "established": float(established),
            "significant": float(proven.mean()) if established else float("nan"),
            "market_index": null.index.value,
        },
    )


def _summary(table: pd.DataFrame) -> Floats:
    """Return share and money lost for stops, dries_up and either, among the established."""
    peers = table[table["established"]]
    normal = peers["normal"].sum()
    lost = (peers["normal"] - peers["actual"]).to_numpy()
    found = [(peers["state"] == state).to_numpy() for state in (STATES[2], STATES[1])]
    found.append(found[0] | found[1])
    shares = [one.mean() if len(peers) else np.nan for one in found]
    money = [lost[one].sum() / normal if normal > 0 else np.nan for one in found]
    return np.column_stack([shares, money])


class _Null:
    """Customers who do not change, drawn again and again."""

    def __init__(
        self, tx: Transactions, window: Window, settings: LabelSettings, customers: pd.Index[Any], seed: int
    ) -> None:
        self.random = np.random.default_rng(seed)
        self.settings, self.horizon = settings, window.horizon_days
        self.index = measure_market(tx, window.cutoff, window.horizon_days, settings.normal)
        self.length = baseline(tx, window.cutoff, settings.normal)[1]
        self._read(tx, window, customers)
        everybody = with_market(
            customer_days(tx).select("customer_id").unique(), tx, window.cutoff, self.index
        )
        self.market = by_customer(tx, everybody)["market"].reindex(self.customers).to_numpy(dtype=float)
        self.period = 2 * self.horizon // settings.trend_periods if settings.trend_periods else 0
        self.has_trend = 0 < self.period * settings.trend_periods // 2 <= self.length

    def _read(self, tx: Transactions, window: Window, customers: pd.Index[Any]) -> None:
        days = tx.engine.to_arrow(between(customer_days(tx), tx.first_day, window.end)).to_pandas()
        if len(customers) > _MOST_CUSTOMERS:
            customers = customers[np.sort(self.random.choice(len(customers), _MOST_CUSTOMERS, replace=False))]
        days = days[days["customer_id"].isin(customers)].sort_values(["customer_id", "day"])
        first = days[days["purchase"] == 1].groupby("customer_id")["day"].min()
        days = days.assign(age=window.cutoff_day - days["customer_id"].map(first))
        days = days[days["age"] > 0]
        born = days["day"] == window.cutoff_day - days["age"]
        recent = days["day"] >= window.cutoff_day - self.length
        moved = days[recent & ~born] if self.settings.normal.skip_first_purchase else days[recent]
        ids = pd.Index(days["customer_id"].unique())
        self.customers = ids
        self.owner = ids.get_indexer(moved["customer_id"])
        self.value = moved["value"].to_numpy(dtype=float)
        self.purchase = moved["purchase"].to_numpy(dtype=float)
        age = days.groupby("customer_id")["age"].first().reindex(ids).to_numpy(dtype=float)
        skip = self.settings.normal.skip_first_purchase
        self.span = np.minimum(age, self.length) if skip else np.full(len(ids), float(self.length))
        self.first_days = ((age <= self.length) & skip).astype(float)
        shortest = min(self.horizon, self.length // 2)
        self.exposure = np.maximum(self.span, shortest)

    def draw(self) -> pd.DataFrame:
        """Deal the days out once; return the columns that `states` reads."""
        place = self.random.random(len(self.owner)) * (self.span[self.owner] + self.horizon)
        place = place - self.span[self.owner]  # below 0 lies before the cutoff
        after = place >= 0
        count = self._sum(self.purchase * ~after) + self.first_days
        normal = self._sum(self.value * ~after) / self.exposure * self.horizon * self.market
        enough = self.length >= self.settings.normal.needed_days(self.horizon)
        table = pd.DataFrame(
            {
                "established": (count >= self.settings.normal.min_purchase_days) & enough,
                "normal": np.maximum(normal, 0.0),
                "actual": self._sum(self.value * after),
                "purchases": self._sum(self.purchase * after),
                "falling_trend": self._trend(place),
            },
            index=self.customers,
        )
        table["level_drop"] = table["actual"] < levels(table, self.settings) * table["normal"]
        return table.assign(state=states(table))

    def _sum(self, amounts: npt.NDArray[Any]) -> Floats:
        sums = np.bincount(self.owner, weights=amounts, minlength=len(self.customers))
        return np.asarray(sums, dtype=float)

    def _trend(self, place: Floats) -> npt.NDArray[np.bool_]:
        periods = self.settings.trend_periods
        if not self.has_trend:
            return np.zeros(len(self.customers), dtype=bool)
        period = np.minimum(np.floor(place / self.period) + periods // 2, periods - 1)
        sums = [self._sum(self.value * (period == one)) for one in range(periods)]
        return falling(np.column_stack(sums), self.settings.delta)
