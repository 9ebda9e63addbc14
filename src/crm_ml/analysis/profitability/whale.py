"""The cumulative profit curve: how much more than all profit the profitable customers earn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.profitability.profit import profit_values
from crm_ml.analysis.results import finished, not_computed
from crm_ml.analysis.values import ranked
from crm_ml.analysis.words import note
from crm_ml.data.transactions import Transactions
from crm_ml.data.windows import DateLike

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result

__all__ = ["best_share", "whale_curve"]

_POINTS = 200


def whale_curve(
    source: Transactions | IntoFrame,
    *,
    margin_rate: float | None = None,
    as_of: DateLike | None = None,
    period_days: int = 365,
) -> Result:
    """Order customers by profit and cumulate it.

    Parameters
    ----------
    source, margin_rate, as_of, period_days
        See :func:`~crm_ml.analysis.profitability.profit.profit_values`.

    Returns
    -------
    Result
        Points of the curve: ``share_customers, cumulative_profit, cumulative_share``. Figures: ``peak``
        (highest cumulative profit ÷ total), ``customers_at_peak``, ``best_20_share``, ``loss_customers``,
        ``erosion`` (profit lost after the peak, currency) and ``subsidy_index``, our own normalisation of
        the area between curve and diagonal. Where the total is not above 0, shares are missing and the curve
        is in currency.

    Examples
    --------
    >>> result = whale_curve(pd.DataFrame({"customer_id": ["a", "b", "c"], "profit": [90.0, 30.0, -20.0]}))
    >>> result.figures["peak"], result.figures["customers_at_peak"], result.figures["erosion"]
    (1.2, 0.6666666666666666, 20.0)
    """
    values = profit_values(source, margin_rate=margin_rate, as_of=as_of, period_days=period_days)
    if values is None:
        return not_computed("whale_curve", "cost")
    customers = ranked(values.amounts, "profit")
    total = float(values.amounts.sum())
    cumulative = np.concatenate([[0.0], customers["profit"].cumsum().to_numpy()])
    warnings = [note("estimated")] if "estimated" in values.basis else []
    warnings += [] if total > 0 else [note("total_not_positive")]
    return finished(
        "whale_curve",
        _points(cumulative, total),
        source="DOMAIN 24; S4 s30; index of subsidising: own normalisation after Storbacka (1997)",
        parameters=values.parameters,
        basis=values.basis,
        n=len(customers),
        warnings=tuple(warnings),
        tables={"customers": customers},
        figures=_figures(cumulative, total, values.amounts),
        plotter=charts.curve("share_customers", "cumulative_share" if total > 0 else "cumulative_profit"),
    )


def best_share(amounts: pd.Series[float], best: float = 0.2) -> float:
    """Return the share of the total that the best part of the customers makes; at least one customer counts.

    Examples
    --------
    >>> best_share(pd.Series([60.0, 20.0, 10.0, 5.0, 5.0]))
    0.6
    """
    total = float(amounts.sum())
    heads = max(1, int(best * len(amounts) + 1e-9))
    return float(amounts.nlargest(heads).sum()) / total if total > 0 else float("nan")


def _points(cumulative: np.ndarray, total: float) -> pd.DataFrame:
    last = len(cumulative) - 1
    steps = np.unique(np.round(np.linspace(0, last, min(last, _POINTS) + 1)).astype(int))
    shown = np.union1d(steps, [int(np.argmax(cumulative))])
    return pd.DataFrame(
        {
            "customers": shown,
            "share_customers": shown / max(last, 1),
            "cumulative_profit": cumulative[shown],
            "cumulative_share": cumulative[shown] / total if total > 0 else np.nan,
        }
    )


def _figures(cumulative: np.ndarray, total: float, amounts: pd.Series[float]) -> dict[str, float]:
    n, top = len(amounts), float(cumulative.max())
    peak = top / total if total > 0 else float("nan")
    diagonal = np.linspace(0, 1, n + 1)
    area = float(np.trapezoid(cumulative / total - diagonal, dx=1 / n)) if total > 0 else float("nan")
    return {
        "total_profit": total,
        "peak": peak,
        "customers_at_peak": int(np.argmax(cumulative)) / n if n else float("nan"),
        "best_20_share": best_share(amounts) if n else float("nan"),
        "loss_customers": float((amounts < 0).sum()),
        "erosion": top - total,
        "subsidy_index": area / peak if total > 0 else float("nan"),
    }
