"""Are planted customers found? A ranking against the truth of a simulated base.

On real data nobody knows who merely had bad luck. In a simulated base it is known who stops, who dries up and
from which day on, so that a ranking can be judged by the fates themselves and not by a label made of noise.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import pandas as pd

from crm_ml.base.exceptions import ColumnError, InputError
from crm_ml.base.result import Result
from crm_ml.base.validation import check_fraction
from crm_ml.data.windows import DateLike, as_date, as_day
from crm_ml.evaluation.calibration import wilson

__all__ = ["planted_recovery"]


def planted_recovery(
    scores: Mapping[DateLike, pd.Series],
    truth: pd.DataFrame,
    *,
    horizon_days: int = 0,
    fates: Collection[str] = ("dries_up",),
    share: float = 0.1,
) -> Result:
    """Return how many planted customers a ranking puts on top, and how soon.

    Parameters
    ----------
    scores : mapping of date-like to Series
        Date of a list → score by customer id, high first; customers without a score are not ranked.
    truth : DataFrame
        As :func:`crm_ml.data.simulation.make_transactions` returns it: ``customer_id, fate, onset``.
    horizon_days : int
        How far a list looks ahead: a customer counts as planted on a list when the onset lies before the end
        of its horizon; 0 asks for changes that have already begun.
    fates : collection of str
        Fates that should be found.
    share : float
        Part of the ranking that counts as found; equal scores at the border go by customer id.

    Returns
    -------
    Result
        A row a list: ``as_of, ranked, planted, share_planted, top, hits, precision`` with ``low, high``
        (Wilson) and ``lift`` = precision ÷ share planted. Table ``detection``: a row a planted customer with
        ``customer_id, fate, onset, found`` (date of the first list that has the customer on top, empty when
        none has) and ``delay_days`` (found − onset; below 0: on a list before the change could be seen).
        Figures: ``found`` (share of the planted who were ranked), ``median_delay_days`` of those found.

    Raises
    ------
    ColumnError
        When the truth lacks a column.
    InputError
        When nobody is ranked.

    Examples
    --------
    >>> truth = pd.DataFrame({"customer_id": ["a", "b"], "fate": ["dries_up", "stays"],
    ...                       "onset": pd.to_datetime(["2024-03-01", None])})
    >>> scores = {"2024-04-01": pd.Series({"a": 0.9, "b": 0.2})}
    >>> found = planted_recovery(scores, truth, horizon_days=90, share=0.5)
    >>> found.table[["planted", "hits", "precision", "lift"]].iloc[0].tolist(), found.tables["detection"][
    ...     "delay_days"
    ... ].tolist()
    ([1.0, 1.0, 1.0, 2.0], [31.0])
    """
    check_fraction(share, what="share")
    missing = [name for name in ("customer_id", "fate", "onset") if name not in truth]
    if missing:
        raise ColumnError("the truth lacks columns", got=f"no {', '.join(missing)}")
    onset = _onsets(truth, fates)
    rows, first, ranked = [], dict[str, int](), set[str]()
    for moment in sorted(scores, key=as_day):
        score = scores[moment].dropna()
        day = as_day(moment)
        if not len(score):
            continue
        top = _top(score, share)
        planted = [name for name in score.index if onset.get(str(name), np.inf) < day + horizon_days]
        ranked |= {str(name) for name in planted}
        for name in top:
            first.setdefault(name, day)
        rows.append(_row(day, len(score), top, {str(name) for name in planted}))
    if not rows:
        raise InputError("nobody is ranked on any list", got=f"{len(scores)} lists")
    detection = _detection(truth, onset, first, ranked)
    delays = detection["delay_days"].dropna()
    return Result(
        "planted_recovery",
        pd.DataFrame(rows),
        parameters={"share": share, "horizon_days": horizon_days, "fates": sorted(fates)},
        n=len(detection),
        formula="precision: planted customers among the first share of the ranking ÷ customers there",
        source="own; truth of make_transactions",
        tables={"detection": detection},
        figures={
            "found": float(detection["found"].notna().mean()) if len(detection) else float("nan"),
            "median_delay_days": float(delays.median()) if len(delays) else float("nan"),
        },
    )


def _onsets(truth: pd.DataFrame, fates: Collection[str]) -> dict[str, int]:
    chosen = truth[truth["fate"].isin(list(fates)) & truth["onset"].notna()]
    return {
        str(name): as_day(moment.date())
        for name, moment in zip(chosen["customer_id"], chosen["onset"], strict=True)
    }


def _top(score: pd.Series, share: float) -> set[str]:
    ordered = score.sort_index().sort_values(ascending=False, kind="stable")
    return {str(name) for name in ordered.index[: max(1, round(share * len(ordered)))]}


def _row(day: int, ranked: int, top: set[str], planted: set[str]) -> dict[str, Any]:
    hits = len(top & planted)
    precision, base = hits / len(top), len(planted) / ranked
    low, high = wilson(precision, len(top))
    return {
        "as_of": as_date(day),
        "ranked": ranked,
        "planted": len(planted),
        "share_planted": base,
        "top": len(top),
        "hits": hits,
        "precision": precision,
        "low": float(low),
        "high": float(high),
        "lift": precision / base if base else float("nan"),
    }


def _detection(
    truth: pd.DataFrame, onset: Mapping[str, int], first: Mapping[str, int], ranked: set[str]
) -> pd.DataFrame:
    rows = truth[truth["customer_id"].astype(str).isin(ranked)]
    names = rows["customer_id"].astype(str).tolist()
    found = [first.get(name) for name in names]
    delays = [None if day is None else day - onset[name] for name, day in zip(names, found, strict=True)]
    return pd.DataFrame(
        {
            "customer_id": names,
            "fate": rows["fate"].tolist(),
            "onset": [as_date(onset[name]) for name in names],
            "found": [None if day is None else as_date(day) for day in found],
            "delay_days": pd.array(delays, dtype="Float64"),
        }
    ).sort_values("customer_id", ignore_index=True)
