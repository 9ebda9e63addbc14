"""From satisfaction to loyalty: which step up pays most."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.intervals import share_limits
from crm_ml.analysis.results import empty_result, finished, not_computed
from crm_ml.analysis.survey.answers import read_answers
from crm_ml.analysis.words import note
from crm_ml.data.windows import DateLike
from crm_ml.evaluation.bootstrap import CustomerBootstrap, interval

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result

__all__ = ["LOYAL", "extra_of_top_step", "levels_of", "satisfaction_curve"]

LOYAL = 0.60  # printed on the slide of the source, perhaps as a tick of its axis
_LEVELS = 5


def satisfaction_curve(
    survey: IntoFrame | None,
    loyalty: pd.Series[float] | None,
    *,
    cut: float = LOYAL,
    scale: int = 5,
    as_of: DateLike | None = None,
    seed: int = 0,
) -> Result:
    """Measure the share of loyal customers at each level of satisfaction.

    Parameters
    ----------
    survey : table, optional
        Answers of the kind ``overall``; a 10-point scale is read in five levels of two scores.
    loyalty : Series, optional
        Share between 0 and 1 by ``customer_id``: see :mod:`crm_ml.analysis.survey.loyalty`.
    cut : float
        Loyalty from which a customer is loyal.
    scale, as_of
        See :func:`~crm_ml.analysis.survey.answers.read_answers`.
    seed : int
        Of the draws.

    Returns
    -------
    Result
        ``level`` (1–5), ``customers, loyal, share_loyal, share_low, share_high, mean_loyalty, step`` (gain
        over the level below). Figure ``extra_of_top_step`` = (level 5 − 4) − (level 4 − 3) with its bootstrap
        interval: above 0 the last step pays more than the one before.

    Examples
    --------
    >>> survey = pd.DataFrame({"customer_id": list("abcd"), "kind": "overall", "score": [3, 4, 5, 5]})
    >>> loyalty = pd.Series([0.1, 0.2, 0.9, 0.8], index=list("abcd"))
    >>> satisfaction_curve(survey, loyalty).figures["extra_of_top_step"]
    1.0
    """
    if survey is None or loyalty is None:
        return not_computed("satisfaction_curve", "survey" if survey is None else "scores")
    answers = read_answers(survey, scale=scale, as_of=as_of)
    scored = answers.by_customer("overall")
    table = pd.DataFrame({"level": levels_of(scored, answers.scale("overall")), "loyalty": loyalty}).dropna()
    if table.empty:
        return empty_result("satisfaction_curve", note("nobody_in_both"), *answers.warnings)
    table["loyal"] = (table["loyalty"] >= cut).astype("float64")
    extra, low, high = extra_of_top_step(table, seed=seed)
    return finished(
        "satisfaction_curve",
        _by_level(table),
        source="DOMAIN 76; S4 s92; Jones & Sasser (1995)",
        parameters={"cut": cut, "scale": answers.scale("overall"), **answers.period},
        n=len(table),
        warnings=answers.warnings,
        figures={"extra_of_top_step": extra, "extra_low": low, "extra_high": high},
        plotter=charts.curve("level", "share_loyal", "share_low", "share_high"),
    )


def levels_of(scores: pd.Series[float], scale: int) -> pd.Series[float]:
    """Return scores as levels 1–5; on ten points two scores make a level.

    Examples
    --------
    >>> levels_of(pd.Series([1.0, 2.0, 8.0, 9.0]), 10).tolist()
    [1.0, 1.0, 4.0, 5.0]
    """
    return pd.Series(np.ceil(scores / (scale / _LEVELS)) if scale else scores, index=scores.index)


def extra_of_top_step(table: pd.DataFrame, *, draws: int = 400, seed: int = 0) -> tuple[float, float, float]:
    """Return (level 5 − level 4) − (level 4 − level 3) of ``loyal``, and its bootstrap interval.

    Missing where one of the three levels has nobody.
    """
    level, loyal = table["level"].to_numpy(), table["loyal"].to_numpy()

    def extra(weights: np.ndarray) -> np.ndarray:
        with np.errstate(invalid="ignore"):
            third, fourth, fifth = (
                (weights @ (loyal * (level == one))) / (weights @ (level == one).astype("float64"))
                for one in (3, 4, 5)
            )
        return np.asarray(fifth - 2 * fourth + third)

    low, high = interval(CustomerBootstrap(np.arange(len(table)), draws, seed).figures(extra))
    return float(extra(np.ones(len(table)))), low, high


def _by_level(table: pd.DataFrame) -> pd.DataFrame:
    grouped = table.groupby("level")
    found = pd.DataFrame(
        {
            "customers": grouped.size(),
            "loyal": grouped["loyal"].sum().astype("int64"),
            "share_loyal": grouped["loyal"].mean(),
            "mean_loyalty": grouped["loyalty"].mean(),
        }
    )
    found["share_low"], found["share_high"] = share_limits(found["loyal"], found["customers"])
    found = found.reindex(range(1, _LEVELS + 1))
    found[["customers", "loyal"]] = found[["customers", "loyal"]].fillna(0).astype("int64")
    found["step"] = found["share_loyal"].diff()
    return found.rename_axis("level").reset_index()
