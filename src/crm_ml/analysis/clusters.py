"""Segments from the data: clusters on recency, frequency and money, with a check on their stability."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.results import empty_result, finished
from crm_ml.analysis.rfm import rfm_table
from crm_ml.analysis.totals import measure_of
from crm_ml.analysis.words import note
from crm_ml.base.validation import check_positive
from crm_ml.data.windows import DateLike
from crm_ml.models.segments import Segments

if TYPE_CHECKING:
    from crm_ml.base.result import Result
    from crm_ml.data.transactions import Transactions

__all__ = ["clusters"]

_STABLE = 0.75
_LEARN_ON = 5_000
_COMPARED = 50_000  # the index of so many has an error below .01


def clusters(
    tx: Transactions,
    *,
    n_segments: int = 5,
    method: Literal["kmeans", "mixture"] = "kmeans",
    repeats: int = 5,
    as_of: DateLike | None = None,
    seed: int = 0,
) -> Result:
    """Group customers that buy alike, and say whether the groups come back in another sample.

    Parameters
    ----------
    tx : Transactions
        The log.
    n_segments : int
        Number of groups.
    method : {"kmeans", "mixture"}
        Technique.
    repeats : int
        How many samples of half the customers are clustered anew; the groups of all customers by each are
        compared with the groups reported.
    as_of : date-like, optional
        First day that is not seen.
    seed : int
        Seed of samples and starting points. At most 5,000 customers are learnt from, and the groups of at
        most 50,000, drawn, are compared.

    Returns
    -------
    Result
        A row a segment (0 = the largest): ``customers, share_customers`` and the median R, F and M;
        ``tables["customers"]``. Figure ``stability``: mean adjusted Rand index (Hubert & Arabie 1985), 1 =
        the same groups, 0 = chance.
    """
    from sklearn.metrics import adjusted_rand_score

    check_positive(repeats, what="repeats")
    rows = rfm_table(tx, as_of, monetary=measure_of(tx))
    if len(rows) < 2 * n_segments:
        return empty_result("clusters", note("no_customers"))
    generator = np.random.default_rng(seed)

    def model(size: int) -> Segments:
        chosen = np.sort(generator.choice(len(rows), size, replace=False))
        return Segments(n_segments=n_segments, method=method, random_state=seed).fit(rows.iloc[chosen])

    found = model(min(len(rows), _LEARN_ON)).predict(rows)
    drawn = np.random.default_rng(seed).permutation(len(rows))[:_COMPARED]
    compared = rows.iloc[drawn]
    half = min(len(rows) // 2, _LEARN_ON // 2)
    again = [
        float(adjusted_rand_score(found[drawn], model(half).predict(compared)))
        for _ in range(repeats if half >= n_segments else 0)
    ]
    stability = float(np.mean(again)) if again else float("nan")
    grouped = rows.assign(segment=found).groupby("segment")
    table = grouped.median().rename(columns={"revenue": "value"}).add_prefix("median_")
    table.insert(0, "customers", grouped.size())
    table.insert(1, "share_customers", table["customers"] / len(rows))
    return finished(
        "clusters",
        table.reset_index(),
        source="DOMAIN 2; S2 s17, s24; S1 l.93–96; stability: Hennig (2007), CSDA 52",
        parameters={
            "n_segments": n_segments,
            "method": method,
            "repeats": repeats,
            "compared": len(drawn),
            "seed": seed,
        },
        basis=(tx.basis or "revenue") if tx.has_money else "orders",
        n=len(rows),
        warnings=() if stability >= _STABLE else (note("unstable", index=stability),),
        tables={"customers": pd.DataFrame({"customer_id": rows.index, "segment": found})},
        figures={"stability": stability},
        plotter=charts.bars("segment", "customers"),
    )
