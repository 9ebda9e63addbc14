"""How much money depends on few customers, and how much may be lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crm_ml.analysis import charts
from crm_ml.analysis.results import finished, not_computed
from crm_ml.analysis.tables import customer_table, numeric
from crm_ml.analysis.values import customer_values, share
from crm_ml.analysis.words import note
from crm_ml.base.exceptions import InputError
from crm_ml.data.transactions import Transactions
from crm_ml.data.windows import DateLike

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result

__all__ = ["concentration_risk", "revenue_at_risk"]

_CHUNK = 4_000_000


def revenue_at_risk(
    scores: IntoFrame | None,
    *,
    group: str | None = None,
    draws: int = 2000,
    seed: int = 0,
    level: float = 0.95,
) -> Result:
    """Add up what customers are expected to spend less, and simulate how bad it may get.

    Parameters
    ----------
    scores : table, optional
        ``customer_id, p_at_risk`` (or ``p_stopped``), ``usual_spend``, ``expected_loss``: the risk list.
    group : str, optional
        A column of `scores` (segment, class, risk band) by which the table is divided.
    draws : int
        Simulated horizons; each customer is lost with its probability, independently, and takes
        ``expected_loss ÷ p`` (at most its usual spend) with it.
    seed : int
        Seed of the simulation.
    level : float
        Share of the simulated horizons with a smaller loss than the one reported.

    Returns
    -------
    Result
        A row a group: ``customers, usual_spend, expected_loss, share_of_spend, share_of_loss``;
        ``tables["top"]``: the twenty largest expected losses. Figures: ``expected_loss``, ``loss_at_level``,
        ``top_20_share``.

    Examples
    --------
    >>> scores = pd.DataFrame({"customer_id": ["a", "b"], "p_stopped": [0.5, 0.1], "usual_spend": [100.0,
    ...     50.0],
    ...                        "expected_loss": [50.0, 5.0]})
    >>> result = revenue_at_risk(scores, draws=500)
    >>> result.figures["expected_loss"], result.figures["loss_at_level"]
    (55.0, 100.0)
    """
    if scores is None:
        return not_computed("revenue_at_risk", "scores")
    raw = customer_table(scores, "usual_spend", "expected_loss", name="scores")
    table, unscored = _risk_columns(raw)
    table["group"] = (
        "all" if group is None else raw[group].reindex(table.index).astype("object").fillna("unknown")
    )
    grouped = table.groupby("group")
    found = pd.DataFrame({"customers": grouped.size(), **grouped[["usual_spend", "expected_loss"]].sum()})
    found["share_of_spend"] = found["expected_loss"] / found["usual_spend"].where(found["usual_spend"] > 0)
    found["share_of_loss"] = share(found["expected_loss"], float(found["expected_loss"].sum()))
    losses = _simulated(table, draws, seed)
    top = table.sort_values("expected_loss", ascending=False, kind="stable").head(20)
    total = float(table["expected_loss"].sum())
    return finished(
        "revenue_at_risk",
        found.reset_index(names=group or "group"),
        source="DOMAIN 35 and §0 (money lost); S2 s15",
        parameters={"draws": draws, "seed": seed, "level": level},
        basis="revenue",
        n=len(table),
        warnings=(note("without_score", customers=unscored),) if unscored else (),
        tables={"top": top.drop(columns="group").reset_index()},
        figures={
            "expected_loss": total,
            "loss_at_level": float(np.quantile(losses, level, method="higher")),
            "top_20_share": float(top["expected_loss"].sum()) / total if total > 0 else float("nan"),
        },
        plotter=charts.bars(group or "group", "usual_spend", "expected_loss"),
    )


def concentration_risk(
    source: Transactions | IntoFrame,
    *,
    tops: tuple[int, ...] = (1, 5, 10, 20, 100),
    value: str | None = None,
    as_of: DateLike | None = None,
    period_days: int = 365,
) -> Result:
    """Say how much hangs on the largest customers.

    Parameters
    ----------
    source, value, as_of, period_days
        See :func:`~crm_ml.analysis.values.customer_values`.
    tops : tuple of int
        Numbers of largest customers.

    Returns
    -------
    Result
        ``largest, amount, share``. Figures: ``hhi`` (Herfindahl–Hirschman, Σ share²), ``effective_customers``
        (1 ÷ HHI).

    Examples
    --------
    >>> table = pd.DataFrame({"customer_id": list("abcd"), "revenue": [25.0] * 4})
    >>> concentration_risk(table, tops=(1, 2)).figures["effective_customers"]
    4.0
    """
    values = customer_values(source, value, as_of=as_of, period_days=period_days)
    ordered = np.sort(values.amounts.to_numpy())[::-1]
    total = float(ordered.sum())
    # Customers below 0 (more returned than bought) hold no share of what we depend on.
    positive = ordered.clip(min=0)
    sizes = [top for top in tops if top <= len(ordered)] or [len(ordered)]
    table = pd.DataFrame({"largest": sizes, "amount": [float(ordered[:top].sum()) for top in sizes]})
    table["share"] = share(table["amount"], total)
    hhi = float(((positive / positive.sum()) ** 2).sum()) if positive.sum() > 0 else float("nan")
    return finished(
        "concentration_risk",
        table,
        source="DOMAIN 35; S2 s15; Herfindahl (1950), Hirschman (1945)",
        parameters=values.parameters,
        basis=values.basis,
        n=len(ordered),
        warnings=() if total > 0 else (note("total_not_positive"),),
        figures={"hhi": hhi, "effective_customers": 1 / hhi if hhi > 0 else float("nan")},
        plotter=charts.bars("largest", "share", share=True),
    )


def _risk_columns(raw: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    names = [name for name in ("p_at_risk", "p_stopped") if name in raw.columns]
    if not names:
        raise InputError(
            "the scores table has no probability",
            got=f"columns {', '.join(raw.columns)}",
            do="add p_at_risk or p_stopped",
        )
    probability = numeric(raw, names[0], name="scores", minimum=0)
    for name in names[1:]:  # p_at_risk exists for established customers only
        probability = probability.fillna(numeric(raw, name, name="scores", minimum=0))
    money = {name: numeric(raw, name, name="scores") for name in ("usual_spend", "expected_loss")}
    table = pd.DataFrame({"probability": probability.clip(upper=1), **money}, index=raw.index)
    scored = table.dropna()
    return scored.copy(), len(table) - len(scored)


def _simulated(table: pd.DataFrame, draws: int, seed: int) -> NDArray[np.float64]:
    exposed = table[(table["probability"] > 0) & (table["expected_loss"] > 0)]
    chance = exposed["probability"].to_numpy()
    severity = np.minimum(exposed["expected_loss"].to_numpy() / chance, exposed["usual_spend"].to_numpy())
    generator = np.random.default_rng(seed)
    losses = np.zeros(draws)
    step = max(1, _CHUNK // max(draws, 1))
    for start in range(0, len(exposed), step):
        part = slice(start, start + step)
        lost = generator.random((draws, len(chance[part]))) < chance[part]
        losses += lost @ severity[part]
    return losses
