"""Which ranking to use for a campaign: uplift against its rivals, on customers contacted at random."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from crm_ml.base.exceptions import InputError
from crm_ml.base.notes import Note
from crm_ml.base.result import Result
from crm_ml.evaluation.arms import difference
from crm_ml.evaluation.bootstrap import CustomerBootstrap, interval
from crm_ml.evaluation.metrics import Floats, case_weights
from crm_ml.evaluation.uplift import auuc, effect_line, qini, qini_curve
from crm_ml.evaluation.uplift_plots import plot_curves

__all__ = ["MODEL", "PER", "RANDOM", "judge_uplift", "rankings_of", "tenths"]

PER = 1000  # figures are told per so many customers: effects of a contact are small
RANDOM, MODEL = "random", "uplift"
_TENTHS = 10


def judge_uplift(
    scores: Mapping[str, npt.ArrayLike],
    y: npt.ArrayLike,
    contacted: npt.ArrayLike,
    *,
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
    basis : str
        What an outcome is, where it is money.
    replicates, seed, level
        Of the customer bootstrap.

    Returns
    -------
    Result
        A row a ranking, contacting at ``random`` last: ``qini, auuc`` and ``delta_qini`` (against the first),
        each with its interval, in outcomes per 1,000 contacted customers. Tables: ``curve`` (share, gain,
        ranking) and ``tenths`` of the first ranking. Figures: ``effect`` of the contact and ``qini`` of the
        first ranking with their intervals, ``slope`` of the measured on the forecast effect when that ranking
        is called ``uplift``, and ``usable``, 1 when the Qini lies above 0; otherwise a warning says so.

    Raises
    ------
    InputError
        When an arm is empty or lengths differ.
    """
    ranked, outcome, arm = rankings_of(scores, y, contacted)
    draws = CustomerBootstrap(np.arange(len(outcome)), replicates, seed)
    rows: list[dict[str, Any]] = []
    first = 0.0, np.zeros(replicates)
    for name, score in ranked.items():
        area = _drawn(partial(qini, score, outcome, arm), draws)
        first = first if rows else area
        under = _drawn(partial(auuc, score, outcome, arm), draws)
        row = {"ranking": name, **_told("qini", *area, level), **_told("auuc", *under, level)}
        rows.append(row | _told("delta_qini", area[0] - first[0], area[1] - first[1], level))
    return Result(
        "uplift_rankings",
        pd.DataFrame(rows),
        parameters={"rankings": list(ranked), "replicates": replicates, "level": level},
        basis=basis,
        n=len(outcome),
        warnings=_warnings(rows[0]),
        formula=Note("uplift_notes.formula_qini"),
        source="Radcliffe 2007; Rzepakowski & Jaroszewicz 2012",
        tables={
            "curve": _curves(ranked, outcome, arm),
            "tenths": tenths(next(iter(ranked.values())), outcome, arm),
        },
        figures=_figures(ranked, outcome, arm, draws, level) | _first_figures(rows[0]),
        plotter=plot_curves,
    )


def rankings_of(
    scores: Mapping[str, npt.ArrayLike], y: npt.ArrayLike, contacted: npt.ArrayLike
) -> tuple[dict[str, Floats], Floats, Floats]:
    """Return rankings with contacting at random as the last, outcome and arm, after checking them.

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
    # Everybody ties: a ranking that prefers nobody is contacting at random.
    return {**ranked, RANDOM: np.zeros(len(outcome))}, outcome, arm


def tenths(score: npt.ArrayLike, y: npt.ArrayLike, contacted: npt.ArrayLike) -> pd.DataFrame:
    """Return forecast against measured effect in tenths, best first, per 1,000 customers.

    Returns
    -------
    DataFrame
        ``tenth`` (1 is best), ``n``, ``lowest`` score in it, mean ``forecast``, measured ``effect`` with
        ``low, high`` (95 %, a difference of two means). A tenth without two customers an arm is left out.
    """
    forecast, outcome = np.asarray(score, dtype=float), np.asarray(y, dtype=float)
    arm = np.asarray(contacted, dtype=bool)
    place = np.empty(len(forecast), dtype=int)
    place[np.argsort(-forecast, kind="stable")] = np.arange(len(forecast)) * _TENTHS // len(forecast)
    rows = []
    for tenth in range(_TENTHS):
        inside = place == tenth
        one, other = outcome[inside & arm], outcome[inside & ~arm]
        if len(one) < 2 or len(other) < 2:
            continue
        effect = one.mean() - other.mean()
        half = 1.96 * np.sqrt(one.var(ddof=1) / len(one) + other.var(ddof=1) / len(other))
        figures = (forecast[inside].min(), forecast[inside].mean(), effect, effect - half, effect + half)
        rows.append((tenth + 1, int(inside.sum()), *(PER * one for one in figures)))
    return pd.DataFrame(rows, columns=["tenth", "n", "lowest", "forecast", "effect", "low", "high"])


def _drawn(metric: Callable[..., Any], draws: CustomerBootstrap) -> tuple[float, Floats]:
    """Return a figure and its draws, per 1,000 customers."""
    return PER * float(metric()), PER * draws.figures(metric)


def _told(name: str, found: float, drawn: Floats, level: float) -> dict[str, Any]:
    low, high = interval(drawn, level)
    return {name: found, f"{name}_low": low, f"{name}_high": high}


def _figures(
    ranked: Mapping[str, Floats], y: Floats, arm: Floats, draws: CustomerBootstrap, level: float
) -> dict[str, float]:
    """Return the effect of the contact, and how far apart forecasts of it may be taken."""
    treated = arm.astype(bool)

    def effect(weights: npt.ArrayLike | None = None) -> Any:
        return difference(y, treated, case_weights(weights, len(y)))

    figures = _told("effect", *_drawn(effect, draws), level)
    if next(iter(ranked)) == MODEL:
        slopes = draws.figures(lambda weights: effect_line(ranked[MODEL], y, arm, weights)[1])
        figures |= _told("slope", float(effect_line(ranked[MODEL], y, arm)[1]), slopes, level)
    return figures


def _first_figures(row: Mapping[str, Any]) -> dict[str, float]:
    figures = {name: row[name] for name in ("qini", "qini_low", "qini_high", "auuc")}
    return {**figures, "usable": float(row["qini_low"] > 0)}


def _warnings(first: Mapping[str, Any]) -> tuple[Note, ...]:
    ends = {"low": float(first["qini_low"]), "high": float(first["qini_high"])}
    if ends["low"] > 0:
        return ()
    return (Note(f"uplift_notes.{'inverted' if ends['high'] < 0 else 'not_shown'}", ends),)


def _curves(ranked: Mapping[str, Floats], y: Floats, arm: Floats) -> pd.DataFrame:
    curves = []
    for name, score in ranked.items():
        share, gain = qini_curve(score, y, arm)
        grid = np.linspace(0, 1, 101)
        points = {"ranking": name, "share": grid, "gain": PER * np.interp(grid, share, gain)}
        curves.append(pd.DataFrame(points))
    return pd.concat(curves, ignore_index=True)
