"""What a campaign would bring at every size, by the ranking that chooses whom it reaches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import numpy.typing as npt
import pandas as pd

from crm_ml.base.notes import Note
from crm_ml.base.result import Result
from crm_ml.evaluation.bootstrap import CustomerBootstrap, interval
from crm_ml.evaluation.metrics import Floats, TiedRanking
from crm_ml.evaluation.uplift import policy_gain
from crm_ml.evaluation.uplift_plots import plot_budgets
from crm_ml.evaluation.uplift_report import PER, RANDOM, rankings_of

__all__ = ["first_share", "uplift_budgets"]


def uplift_budgets(
    scores: Mapping[str, npt.ArrayLike],
    y: npt.ArrayLike,
    contacted: npt.ArrayLike,
    shares: Sequence[float] = (0.1, 0.2, 0.3, 0.5, 1.0),
    *,
    value: float = 1.0,
    cost: float = 0.0,
    basis: str = "",
    replicates: int = 400,
    seed: int = 0,
    level: float = 0.95,
) -> Result:
    """Return what contacting the first customers of each ranking earns above contacting nobody.

    Parameters
    ----------
    scores : mapping of str to array-like of shape (n,)
        Rankings by name, the one to be used first.
    y, contacted : array-like of shape (n,)
        Outcome and random assignment of customers whom no ranking has learnt from.
    shares : sequence of float
        Sizes of the campaign, as shares of the customers.
    value, cost : float
        Money of one outcome and of one contact; 1 and 0 leave the gain in outcomes.
    basis : str
        What money is.
    replicates, seed, level
        Of the customer bootstrap; the same draws for every ranking.

    Returns
    -------
    Result
        A row a ranking and share: ``contacts`` (customers), ``gain`` per 1,000 customers of the base, and
        ``above_random`` (the same minus that of so many customers drawn at random), each with its interval.
        Figures of the first ranking: ``best_share`` with its ``best_gain``, and ``ahead_share``, the size at
        which it is furthest ahead of drawing at random.

    Examples
    --------
    >>> x, arm = np.repeat([1.0, 0.0], 2000), np.tile([True, False], 2000)
    >>> table = uplift_budgets({"uplift": x}, x * arm, arm, [0.5], value=10, cost=1, replicates=20).table
    >>> table[["ranking", "gain"]].to_dict("list")
    {'ranking': ['uplift', 'random'], 'gain': [4500.0, 2000.0]}
    """
    ranked, outcome, arm = rankings_of(scores, y, contacted)
    draws = CustomerBootstrap(np.arange(len(outcome)), replicates, seed)
    rows = []
    for size in shares:
        gains = {
            name: partial(
                policy_gain, first_share(score, size), outcome, arm, value=PER * value, cost=PER * cost
            )
            for name, score in ranked.items()
        }
        drawn = {name: draws.figures(lambda w, gain=gain: gain(weights=w)) for name, gain in gains.items()}  # type: ignore[misc]
        base = float(gains[RANDOM]())
        for name, gain in gains.items():
            found = float(gain())
            low, high = interval(drawn[name], level)
            above = interval(drawn[name] - drawn[RANDOM], level)
            rows.append((name, size, round(size * len(arm)), found, low, high, found - base, *above))
    names = ["ranking", "share", "contacts", "gain", "low", "high", "above_random", "above_low", "above_high"]
    table = pd.DataFrame(rows, columns=names)
    own = table[table["ranking"] == next(iter(ranked))]
    best, ahead = (own.iloc[int(own[name].argmax())] for name in ("gain", "above_random"))
    return Result(
        "uplift_budgets",
        table,
        parameters={"value": value, "cost": cost, "level": level},
        basis=basis,
        n=len(outcome),
        formula=Note("uplift_notes.formula_budgets"),
        source="Horvitz & Thompson 1952",
        figures={
            "best_share": float(best["share"]),
            "best_gain": float(best["gain"]),
            "ahead_share": float(ahead["share"]),
        },
        plotter=plot_budgets,
    )


def first_share(score: npt.ArrayLike, share: float) -> Floats:
    """Return who belongs to the first customers of a ranking, ties in fractions: their order tells nothing.

    Examples
    --------
    >>> first_share([3.0, 1.0, 1.0, 0.0], 0.5)
    array([1. , 0.5, 0.5, 0. ])
    """
    values = np.asarray(score, dtype=float)
    ranking = TiedRanking(values)
    sizes = ranking.sums(np.ones(len(values)))
    taken = np.clip(share * len(values) - (np.cumsum(sizes) - sizes), 0.0, sizes) / sizes
    made = np.empty(len(values))
    made[ranking.order] = np.repeat(taken, sizes.astype(int))
    return made
