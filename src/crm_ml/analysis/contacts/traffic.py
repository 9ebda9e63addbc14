"""Click-through and conversion of what is shown on line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.dated import dated_table
from crm_ml.analysis.results import empty_result, finished, not_computed
from crm_ml.analysis.words import note
from crm_ml.base.exceptions import InputError
from crm_ml.data.contact_tables import TRAFFIC
from crm_ml.evaluation.calibration import wilson

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result
    from crm_ml.data.windows import Window

__all__ = ["click_through"]

# rate → (part, whole)
_RATES = {"click_through_rate": ("clicks", "impressions"), "conversion_rate": ("orders", "visits")}


def click_through(traffic: IntoFrame | None, *, window: Window | None = None) -> Result:
    """Compute click-through rate (clicks ÷ impressions) and conversion rate (orders ÷ visits).

    Parameters
    ----------
    traffic : table, optional
        ``impressions, clicks`` or ``visits, orders``, or all four; ``channel``, ``date``: a row a channel and
        day, week or campaign.
    window : Window, optional
        Rows of this period only.

    Returns
    -------
    Result
        A row a channel and ``all``: the sums, and each rate with its 95 % interval. A rate is missing where
        nothing was shown or nobody came.

    Raises
    ------
    InputError
        When a part is larger than its whole; the message names rows.

    Examples
    --------
    >>> shown = pd.DataFrame({"channel": ["mail", "web"], "impressions": [1000, 500], "clicks": [20, 30]})
    >>> click_through(shown).table["click_through_rate"].round(4).tolist()
    [0.02, 0.06, 0.0333]
    """
    if traffic is None:
        return not_computed("click_through", "traffic")
    raw = dated_table(traffic, TRAFFIC, window=window)
    pairs = {rate: pair for rate, pair in _RATES.items() if set(pair) <= set(raw.columns)}
    if not pairs:
        return not_computed("click_through", "impressions", "visits")
    if raw.empty:
        return empty_result("click_through", note("no_traffic"))
    columns = [column for pair in pairs.values() for column in pair]
    for column in columns:
        raw[column] = raw[column].fillna(0.0)
    for part, whole in pairs.values():
        _check_part(raw, part, whole)
    total = raw[columns].sum().to_frame().T.assign(channel="all")
    per = raw.groupby("channel")[columns].sum().reset_index() if "channel" in raw else raw.head(0)
    table = pd.concat([per, total], ignore_index=True)[["channel", *columns]]
    for rate, (part, whole) in pairs.items():
        shown = table[whole].astype("float64").where(table[whole] > 0, np.nan)
        table[rate] = table[part].astype("float64") / shown
        table[f"{rate}_low"], table[f"{rate}_high"] = wilson(table[rate], shown)
    table[columns] = table[columns].astype("float64").round().astype("int64")
    return finished(
        "click_through",
        table,
        source="DOMAIN 66; S0 l.58–60",
        parameters={} if window is None else {"from": str(window.cutoff), "until": str(window.end)},
        n=int(table[columns[0 if "impressions" in columns else -2]].iloc[-1]),
        figures={rate: float(table[rate].iloc[-1]) for rate in pairs},
        plotter=charts.bars("channel", *pairs, share=True),
    )


def _check_part(raw: pd.DataFrame, part: str, whole: str) -> None:
    wrong = raw.index[raw[part] > raw[whole]]
    if len(wrong):
        got = f"{len(wrong)} rows, at {', '.join(map(str, wrong[:5]))}"
        raise InputError(f"more {part} than {whole} in the traffic table", got=got, do="correct these rows")
