"""Whether a purchase model describes a base: repeat frequencies, calibration, and a verdict on later data."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from crm_ml.base.exceptions import InputError
from crm_ml.base.notes import Note, Wording, number
from crm_ml.base.result import Result
from crm_ml.models.clv.purchase_model import PurchaseModel
from crm_ml.models.clv.rows import Array, read_rows, total

__all__ = ["diagnostics", "tracking"]

MOST = 7
# Share by which the sum of expectations may miss before the reader hears of it.
LARGE_BIAS = 0.25
# Mean squared deviation of a period over its expectation; 1 is chance alone.
SWINGING = 3.0

_SEASON = (
    "purchases swing around the expected curve more than chance allows: a season or campaigns, which the "
    "model averages out; use horizons of whole years, or correct by month"
)


def diagnostics(
    model: PurchaseModel,
    summary: pd.DataFrame,
    *,
    future: pd.Series | None = None,
    horizon: float | None = None,
) -> Result:
    """Return observed against expected repeat frequencies and, with a held-out period, a verdict.

    Parameters
    ----------
    model : fitted PurchaseModel
        Fitted on nothing of the held-out period.
    summary : DataFrame
        Columns `frequency, t_x, T` at the cutoff.
    future : Series, optional
        Purchases of each customer in the `horizon` after the cutoff, index of `summary`.
    horizon : float, optional
        Length of the held-out period, in the model's time unit.

    Returns
    -------
    Result
        Table of repeat frequencies; with `future` also `tables["calibration"]` by decile of expected
        purchases and figures of the model and of the naive rate (own purchases per time, continued), with
        `beats_naive` 1 when the model is behind in neither error nor ranking.
        A model that loses to the naive rate says so in `warnings`.

    Raises
    ------
    InputError
        When only one of `future` and `horizon` is given, or the customers differ.
    """
    if (future is None) != (horizon is None):
        raise InputError("a held-out period needs both future and horizon", do="give both, or neither")
    table = _frequencies(model, summary)
    notes = [model.message_] if model.message_ else []
    figures: dict[str, float] = {"log_likelihood": model.log_likelihood_}
    tables: dict[str, pd.DataFrame] = {}
    if future is not None and horizon is not None:
        if not future.index.equals(summary.index):
            raise InputError(
                "future and summary hold different customers", do="reindex future to the summary"
            )
        actual = future.to_numpy(dtype=np.float64)
        expected = model.expected_purchases(summary, horizon).to_numpy()
        naive = _naive(summary, horizon)
        tables["calibration"] = _calibration(actual, expected)
        for name, score in (("model", expected), ("naive", naive)):
            figures |= {f"{key}_{name}": value for key, value in _measures(actual, score).items()}
        figures["beats_naive"] = float(not _losses(figures))
        notes += _verdict(figures)
    return Result(
        name="purchase_model_diagnostics",
        table=table,
        parameters={"model": type(model).__name__, "horizon": horizon, "time_unit": model.time_unit},
        n=len(summary),
        warnings=tuple(notes),
        formula="expected customers with x repeats = sum over customers of P(X(T) = x)",
        source="Fader, Hardie & Lee (2005), section 5; naive rate = x / T * horizon",
        tables=tables,
        figures=figures,
    )


def tracking(
    model: PurchaseModel, born: Array, purchases: Array, *, until: float, step: float = 1.0
) -> Result:
    """Return actual against expected repeat purchases of all customers through time.

    Parameters
    ----------
    model : fitted PurchaseModel
    born : ndarray
        Moment of the first purchase of each customer, in the model's time unit since the start.
    purchases : ndarray
        Moments of all repeat purchases, on the same clock.
    until : float
        End of the observation.
    step : float
        Length of a period.

    Returns
    -------
    Result
        Table with a row a period: `end, actual, expected, actual_cumulative, expected_cumulative`. The
        expected numbers use nothing but the moments of the first purchases.
    """
    ends = np.arange(step, until + step * 1e-9, step)
    moments, count = np.unique(np.asarray(born, dtype=np.float64), return_counts=True)
    lived = np.maximum(ends[:, None] - moments, 0.0)
    distinct, place = np.unique(lived, return_inverse=True)
    new = np.array([model.expected_purchases_new(float(one)) for one in distinct])
    expected = new[place.reshape(lived.shape)] @ count
    actual = np.searchsorted(np.sort(purchases), ends, side="right").astype(np.float64)
    table = pd.DataFrame(
        {
            "end": ends,
            "actual": np.diff(actual, prepend=0.0),
            "expected": np.diff(expected, prepend=0.0),
            "actual_cumulative": actual,
            "expected_cumulative": expected,
        }
    )
    swing = float(np.mean((table["actual"] - table["expected"]) ** 2 / np.maximum(table["expected"], 1.0)))
    error = float(expected[-1] / actual[-1] - 1.0) if len(ends) and actual[-1] else np.nan
    return Result(
        name="purchase_tracking",
        table=table,
        parameters={"model": type(model).__name__, "until": until, "step": step},
        n=len(born),
        formula="expected(t) = sum over customers born at b of E[X(t - b)]",
        source="Fader, Hardie & Lee (2005), figures 2 and 3",
        warnings=(_SEASON,) if swing > SWINGING else (),
        figures={"cumulative_error": error, "swing": swing},
    )


def _frequencies(model: PurchaseModel, summary: pd.DataFrame) -> pd.DataFrame:
    """Count customers by repeats, and add up the chances of each number over the ages of the customers."""
    rows = read_rows(summary)
    ages, inverse = np.unique(rows.T, return_inverse=True)
    weight = total(inverse, rows.count)
    chances = np.zeros(MOST + 1)
    for age, customers in zip(ages, weight, strict=True):
        chances[:MOST] += customers * model.distribution_new(float(age), MOST - 1).to_numpy()
    chances[MOST] = weight.sum() - chances.sum()
    observed = total(np.minimum(rows.x, MOST).astype(np.intp), rows.count)
    table = pd.DataFrame({"expected": chances}, index=[*map(str, range(MOST)), f"{MOST}+"])
    table.insert(0, "observed", np.pad(observed, (0, MOST + 1 - len(observed))))
    table.index.name = "repeats"
    return table


def _naive(summary: pd.DataFrame, horizon: float) -> Array:
    rows = read_rows(summary)
    rate: Array = np.divide(rows.x, rows.T, out=np.zeros_like(rows.x), where=rows.T > 0)
    return rate * horizon


def _calibration(actual: Array, expected: Array) -> pd.DataFrame:
    # Ties share a group, so that the table does not depend on the order of the rows.
    decile = np.minimum(np.floor((rankdata(expected) - 0.5) / len(expected) * 10), 9)
    table = pd.DataFrame({"decile": decile.astype(int) + 1, "expected": expected, "actual": actual})
    by = table.groupby("decile")
    return by.agg(customers=("actual", "size"), expected=("expected", "mean"), actual=("actual", "mean"))


def _measures(actual: Array, score: Array) -> dict[str, float]:
    """Return error, aggregate bias and the probability to rank a buyer above a non-buyer."""
    bought = actual > 0
    pairs = float(bought.sum()) * float((~bought).sum())
    above = float(rankdata(score)[bought].sum()) - bought.sum() * (bought.sum() + 1) / 2
    return {
        "rmse": float(np.sqrt(np.mean((actual - score) ** 2))),
        "bias": float(score.sum() / actual.sum() - 1.0) if actual.sum() else np.nan,
        "auc": float(above / pairs) if pairs else np.nan,
    }


def _losses(figures: dict[str, float]) -> list[Note]:
    """Return in what the model is behind the naive rate."""
    behind = {
        "rmse": figures["rmse_model"] > figures["rmse_naive"],
        "auc": figures["auc_model"] < figures["auc_naive"],
    }
    return [_behind(name, figures) for name, loses in behind.items() if loses]


def _behind(name: str, figures: dict[str, float]) -> Note:
    sides = {side: number(figures[f"{name}_{side}"], decimals=3) for side in ("model", "naive")}
    return Note("proof.behind", {"figure": name.upper(), **sides})


def _verdict(figures: dict[str, float]) -> list[Note]:
    notes = []
    if abs(figures["bias_model"]) > LARGE_BIAS:
        notes.append(Note("proof.biased", {"bias": number(100 * figures["bias_model"], signed=True)}))
    if losses := _losses(figures):
        told = Wording("; ".join(losses), "; ".join(one.said("nl") for one in losses))
        notes.append(Note("proof.loses", {"figures": told}))
    return notes
