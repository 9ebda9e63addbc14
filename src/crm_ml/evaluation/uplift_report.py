"""Which ranking to use for a campaign: uplift against its rivals, on customers contacted at random."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from crm_ml.base.exceptions import InputError
from crm_ml.base.result import Result
from crm_ml.evaluation.bootstrap import CustomerBootstrap, interval
from crm_ml.evaluation.metrics import Floats
from crm_ml.evaluation.uplift import auuc, policy_gain, qini, qini_curve

__all__ = ["judge_uplift"]

_SHARES = (0.1, 0.2, 0.3, 0.5)


def judge_uplift(
    scores: Mapping[str, npt.ArrayLike],
    y: npt.ArrayLike,
    contacted: npt.ArrayLike,
    *,
    value: float = 1.0,
    cost: float = 0.0,
    basis: str = "",
    replicates: int = 400,
    seed: int = 0,
    level: float = 0.95,
) -> Result:
    """Judge rankings for a campaign on customers whose contact was decided by chance.

    Parameters
    ----------
    scores : mapping of str to array-like of shape (n,)
        Rankings by name, the one to be used first: ``{"uplift": …, "contact_value": …}``.
    y, contacted : array-like of shape (n,)
        Outcome and random assignment of customers whom no ranking has learnt from.
    value, cost : float
        Money of one outcome and of one contact.
    basis : str
        What money is.
    replicates, seed, level
        Of the customer bootstrap.

    Returns
    -------
    Result
        A row a ranking: ``qini, auuc, gain_10`` … ``gain_50`` (policy of contacting the first 10 … 50 %),
        each with ``_low, _high``; ``delta_qini`` with interval against the first. Tables: ``curve`` (share,
        gain, ranking) and ``deciles`` of the first ranking. Figures: ``effect`` (average effect of the
        contact) and ``usable``, 1 when the Qini interval of the first ranking lies above 0; otherwise a
        warning says to fall back on the contact value.

    Raises
    ------
    InputError
        When an arm is empty or lengths differ.
    """
    outcome, arm = np.asarray(y, dtype=float), np.asarray(contacted, dtype=float)
    ranked = {name: np.asarray(score, dtype=float) for name, score in scores.items()}
    if not ranked or {len(outcome), len(arm)} != {len(score) for score in ranked.values()}:
        raise InputError(
            "scores, outcomes and contacts must have the same length", got=f"{len(outcome)} outcomes"
        )
    if not 0 < arm.sum() < len(arm):
        raise InputError(
            "uplift needs customers with and without the contact", got=f"{arm.mean():.0%} contacted"
        )
    draws = CustomerBootstrap(np.arange(len(outcome)), replicates, seed)
    judged = [_judge(_figures(score, outcome, arm, value, cost), draws, level) for score in ranked.values()]
    first_row, first_drawn = judged[0]
    rows = []
    for name, (row, drawn) in zip(ranked, judged, strict=True):
        low, high = interval(drawn - first_drawn, level)
        delta = {"delta_qini": row["qini"] - first_row["qini"], "delta_low": low, "delta_high": high}
        rows.append({"ranking": name, **row, **delta})
    return _result(pd.DataFrame(rows), ranked, outcome, arm, basis)


Figure = Callable[[Any], Any]


def _judge(
    figures: Mapping[str, Figure], draws: CustomerBootstrap, level: float
) -> tuple[dict[str, float], Floats]:
    """Return every figure with its interval, and the draws of the Qini."""
    row: dict[str, float] = {}
    drawn = {name: draws.figures(figure) for name, figure in figures.items()}
    for name, figure in figures.items():
        low, high = interval(drawn[name], level)
        row |= {name: float(figure(None)), f"{name}_low": low, f"{name}_high": high}
    return row, drawn["qini"]


def _figures(score: Floats, y: Floats, arm: Floats, value: float, cost: float) -> dict[str, Figure]:
    figures: dict[str, Figure] = {"qini": partial(qini, score, y, arm), "auuc": partial(auuc, score, y, arm)}
    for share in _SHARES:
        figures[f"gain_{share * 100:.0f}"] = _gain(_top(score, share), y, arm, value, cost)
    return figures


def _gain(chosen: npt.NDArray[np.bool_], y: Floats, arm: Floats, value: float, cost: float) -> Figure:
    return lambda weights: policy_gain(chosen, y, arm, value=value, cost=cost, weights=weights)


def _top(score: Floats, share: float) -> npt.NDArray[np.bool_]:
    chosen = np.zeros(len(score), dtype=bool)
    chosen[np.argsort(-score, kind="stable")[: round(share * len(score))]] = True
    return chosen


def _result(table: pd.DataFrame, ranked: dict[str, Floats], y: Floats, arm: Floats, basis: str) -> Result:
    name, score = next(iter(ranked.items()))
    usable = bool(table["qini_low"].iloc[0] > 0)
    why = (
        f"the Qini of {name} is not surely above 0 ({table['qini_low'].iloc[0]:.4f} to "
        f"{table['qini_high'].iloc[0]:.4f}): order by contact value instead"
    )
    curves = []
    for one, values in ranked.items():
        share, gain = qini_curve(values, y, arm)
        grid = np.linspace(0, 1, 101)
        curves.append(pd.DataFrame({"ranking": one, "share": grid, "gain": np.interp(grid, share, gain)}))
    return Result(
        "uplift",
        table,
        parameters={"rankings": list(ranked)},
        basis=basis,
        n=len(y),
        warnings=() if usable else (why,),
        formula="Qini: area between the curve of extra outcomes and the straight line, a contacted customer",
        source="Radcliffe 2007; Rzepakowski & Jaroszewicz 2012",
        tables={"curve": pd.concat(curves, ignore_index=True), "deciles": _deciles(score, y, arm)},
        figures={"effect": float(y[arm == 1].mean() - y[arm == 0].mean()), "usable": float(usable)},
    )


def _deciles(score: Floats, y: Floats, arm: Floats) -> pd.DataFrame:
    """Return forecast against measured effect in tenths, best first; error of a difference of two means."""
    place = np.empty(len(score), dtype=int)
    place[np.argsort(-score, kind="stable")] = np.arange(len(score)) * 10 // len(score)
    rows = []
    for tenth in range(10):
        inside = place == tenth
        one, other = y[inside & (arm == 1)], y[inside & (arm == 0)]
        if len(one) < 2 or len(other) < 2:
            continue
        effect = one.mean() - other.mean()
        half = 1.96 * np.sqrt(one.var(ddof=1) / len(one) + other.var(ddof=1) / len(other))
        rows.append(
            (tenth + 1, int(inside.sum()), score[inside].mean(), effect, effect - half, effect + half)
        )
    return pd.DataFrame(rows, columns=["tenth", "n", "score", "effect", "low", "high"])
