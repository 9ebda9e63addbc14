"""The weighted customer rating: criteria on 1–10, weighting factors, coverage, rank."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.results import finished, not_computed
from crm_ml.analysis.tables import customer_table, numeric
from crm_ml.analysis.words import note
from crm_ml.base.exceptions import InputError
from crm_ml.base.validation import check_choice

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result

__all__ = ["DEFAULT_CRITERIA", "Criterion", "customer_rating"]

_SCALES = ("percentile", "min_max", "breaks", "score")


@dataclass(frozen=True)
class Criterion:
    """One criterion of the rating.

    Parameters
    ----------
    weight : float
        Weighting factor.
    scale : {"percentile", "min_max", "breaks", "score"}
        How the column becomes a score of 1–10: its place among all customers, its place between least and
        most, the number of `breaks` that it reaches, or as it is (a score given by people).
    breaks : tuple of float
        Rising limits for ``breaks``; evenly spaced scores from 1 (below all) to 10 (all reached).
    score_range : tuple of (float, float)
        The scale on which people scored, for ``score``: 0–5 becomes 1–10.

    Examples
    --------
    >>> Criterion(0.2).scale
    'percentile'
    """

    weight: float
    scale: str = "percentile"
    breaks: tuple[float, ...] = ()
    score_range: tuple[float, float] = (1.0, 10.0)


# The criteria are the sources', the weights are our own default.
DEFAULT_CRITERIA: Mapping[str, Criterion] = {
    "profit": Criterion(0.35),
    "revenue": Criterion(0.20),
    "potential": Criterion(0.20),
    "strategic": Criterion(0.15, "score", score_range=(0.0, 5.0)),
    "co_operation": Criterion(0.10, "score", score_range=(0.0, 5.0)),
}


def customer_rating(customers: IntoFrame | None, criteria: Mapping[str, Criterion] | None = None) -> Result:
    """Weigh the criteria to one score of 1–10 a customer.

    Parameters
    ----------
    customers : table, optional
        ``customer_id`` and those criteria that are known, a column each. A missing score is left out, the
        other weights are scaled up, and ``coverage`` says how much weight was known. Relational synergy
        (0–5) is one more criterion that people score.
    criteria : mapping, optional
        Column → :class:`Criterion`; by default :data:`DEFAULT_CRITERIA`.

    Returns
    -------
    Result
        ``customer_id, rating, rank, coverage`` and the score of each criterion (``score_…``);
        ``tables["criteria"]``: weight and coverage of each criterion.

    Examples
    --------
    >>> customers = pd.DataFrame({"customer_id": ["a", "b"], "profit": [10.0, 5.0], "revenue": [50.0, None]})
    >>> customer_rating(customers).table[["customer_id", "rating", "coverage"]].round(2)
      customer_id  rating  coverage
    0           a     8.36      0.55
    1           b     1.00      0.35
    """
    if customers is None:
        return not_computed("customer_rating", "accounts")
    chosen = DEFAULT_CRITERIA if criteria is None else criteria
    raw = customer_table(customers, name="customers")
    known = {name: one for name, one in chosen.items() if name in raw.columns and one.weight > 0}
    if not known:
        raise InputError(
            "no criterion is a column of the customers table",
            got=f"columns {', '.join(raw.columns)}",
            do=f"add one of {', '.join(chosen)}",
        )
    scores = pd.DataFrame(
        {name: _score(numeric(raw, name, name="customers"), one) for name, one in known.items()}
    )
    weight = pd.Series({name: one.weight for name, one in known.items()})
    used = scores.notna().astype("float64") @ weight
    total = sum(one.weight for one in chosen.values())
    table = pd.DataFrame(
        {"rating": scores.fillna(0.0) @ weight / used.where(used > 0), "coverage": used / total}
    )
    table = pd.concat([table, scores.add_prefix("score_")], axis=1)
    table = table.sort_values("rating", ascending=False, kind="stable")
    table.insert(1, "rank", np.arange(1, len(table) + 1))
    shown = [
        (name, one.weight, float(scores[name].notna().mean()) if name in scores else 0.0)
        for name, one in chosen.items()
    ]
    missing = [name for name in chosen if name not in known]
    return finished(
        "customer_rating",
        table.reset_index(),
        source="DOMAIN 9, 14; S3 l.66–80; S4 s22–23, s38; weights: own default",
        parameters={name: one.weight for name, one in known.items()},
        n=len(table),
        warnings=tuple(note("without_column", column=name) for name in missing),
        tables={"criteria": pd.DataFrame(shown, columns=["criterion", "weight", "coverage"])},
        figures={"coverage": float(table["coverage"].mean())},
        plotter=charts.bars("customer_id", "rating"),
    )


def _score(values: pd.Series[float], criterion: Criterion) -> pd.Series[float]:
    check_choice(criterion.scale, _SCALES, what="scale of a criterion")
    known = values.notna().sum()
    if criterion.scale == "percentile":
        place = (values.rank(method="average") - 1) / (known - 1) if known > 1 else values * 0 + 0.5
    elif criterion.scale == "min_max":
        span = values.max() - values.min()
        place = (values - values.min()) / span if span > 0 else values * 0 + 0.5
    elif criterion.scale == "breaks":
        if not criterion.breaks or list(criterion.breaks) != sorted(criterion.breaks):
            raise InputError("breaks must rise", got=criterion.breaks, do="give the limits from low to high")
        reached = np.searchsorted(criterion.breaks, values.to_numpy(), side="right")
        place = pd.Series(reached / len(criterion.breaks), index=values.index).where(values.notna())
    else:
        low, high = criterion.score_range
        if ((values < low) | (values > high)).any():
            raise InputError(
                f"a score lies outside {low:g}–{high:g}",
                got=values[(values < low) | (values > high)].iloc[0],
                do="correct it, or set score_range",
            )
        place = (values - low) / (high - low)
    return 1 + 9 * place
