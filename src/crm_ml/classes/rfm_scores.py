"""RFM scores: fifths of recency, frequency and money, 5 = best, and the segments that they name.

Quantile borders, independent or nested (Miglautsch 2000, *Journal of Database Marketing* 8: 67), stored so
that a score means the same next month.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api.extensions import ExtensionArray

from crm_ml.base.exceptions import ColumnError
from crm_ml.base.validation import check_choice
from crm_ml.classes.breaks import QuantileBreaks
from crm_ml.classes.ranking import names_at

__all__ = ["SEGMENTS", "RfmScores", "segment_of"]

SEGMENTS = (
    "champions",
    "loyal",
    "promising",
    "new",
    "needs_attention",
    "cannot_lose",
    "slipping",
    "one_time",
    "hibernating",
    "lost",
)
# What money is where a log has no amounts: then the number of orders speaks twice.
_MONEY = ("revenue", "orders", "purchase_days")


class RfmScores:
    """Scores 1 to 5 for recency, frequency and money.

    Parameters
    ----------
    method : {"independent", "nested"}
        Nested: fifths of frequency within every fifth of recency, of money within every cell of both.
    weights : tuple of float
        Of R, F and M in the weighted score.
    money : str, optional
        Column of the money; ``revenue``, else ``orders``, when not given.

    Examples
    --------
    >>> rows = pd.DataFrame(
    ...     {
    ...         "recency_days": [5, 20, 40, 90, 300],
    ...         "purchase_days": [9, 4, 3, 2, 1],
    ...         "revenue": [900.0, 90.0, 60.0, 200.0, 9.0],
    ...     }
    ... )
    >>> RfmScores().fit(rows).transform(rows)[["rfm_score", "segment"]].iloc[[0, 3, 4]].values.tolist()
    [['555', 'champions'], ['224', 'hibernating'], ['111', 'lost']]
    """

    def __init__(
        self,
        method: str = "independent",
        weights: tuple[float, float, float] = (1.0, 1.0, 1.0),
        money: str | None = None,
    ) -> None:
        self.method = check_choice(method, ("independent", "nested"), what="method")
        self.weights = weights
        self.money = money

    def fit(self, rows: pd.DataFrame) -> Self:
        """Learn the borders on the customers of a base.

        Parameters
        ----------
        rows : DataFrame
            Columns ``recency_days, purchase_days`` and money.

        Raises
        ------
        ColumnError
            When a column is missing.
        """
        self.money_ = self.money or next((name for name in _MONEY if name in rows), _MONEY[0])
        values = self._read(rows)
        self.breaks_: dict[str, QuantileBreaks] = {}
        cell = np.zeros(len(rows), dtype=np.int64)
        for letter, column in values.items():
            for one in np.unique(cell):
                self.breaks_[f"{letter}{one or ''}"] = QuantileBreaks().fit(column[cell == one])
            if self.method == "nested":
                cell = cell * 10 + self._score(letter, column, cell)
        return self

    def transform(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return ``r, f, m`` (1–5), ``rfm_score`` ("555"), ``rfm_weighted`` and ``segment``, same index."""
        cell = np.zeros(len(rows), dtype=np.int64)
        scores: dict[str, npt.NDArray[np.int64]] = {}
        for letter, column in self._read(rows).items():
            scores[letter] = self._score(letter, column, cell)
            if self.method == "nested":
                cell = cell * 10 + scores[letter]
        made = pd.DataFrame(scores, index=rows.index)
        weights = np.asarray(self.weights) / sum(self.weights)
        written, place = np.unique(100 * scores["r"] + 10 * scores["f"] + scores["m"], return_inverse=True)
        return made.assign(
            rfm_score=names_at(place, map(str, written)),
            rfm_weighted=made[["r", "f", "m"]].to_numpy() @ weights,
            segment=segment_of(made, rows["purchase_days"].to_numpy()),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        breaks = {name: one.to_dict() for name, one in self.breaks_.items()}
        return {"method": self.method, "weights": list(self.weights), "money": self.money_, "breaks": breaks}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Restore what `to_dict` gave."""
        first, second, third = stored["weights"]
        scores = cls(stored["method"], (first, second, third), stored["money"])
        scores.money_ = stored["money"]
        scores.breaks_ = {name: QuantileBreaks.from_dict(one) for name, one in stored["breaks"].items()}
        return scores

    def _read(self, rows: pd.DataFrame) -> dict[str, npt.NDArray[np.float64]]:
        missing = {"recency_days", "purchase_days", self.money_} - set(rows.columns)
        if missing:
            raise ColumnError("RFM scores need recency, frequency and money", got=f"no {sorted(missing)}")
        columns = {"r": -rows["recency_days"], "f": rows["purchase_days"], "m": rows[self.money_]}
        return {letter: one.to_numpy(dtype=np.float64) for letter, one in columns.items()}

    def _score(
        self, letter: str, column: npt.NDArray[np.float64], cell: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.int64]:
        scores = np.ones(len(column), dtype=np.int64)
        for one in np.unique(cell):
            inside = cell == one
            breaks = self.breaks_.get(f"{letter}{one or ''}") or self._nearest(letter, int(one))
            scores[inside] = np.maximum(breaks.transform(column[inside]), 1)
        return scores

    def _nearest(self, letter: str, cell: int) -> QuantileBreaks:
        """Return the borders of the nearest cell: a cell may be empty at fitting and not later."""
        known = {int(name[1:]): one for name, one in self.breaks_.items() if name[0] == letter}
        return known[min(known, key=lambda one: (abs(one - cell), one))]


def segment_of(scores: pd.DataFrame, purchase_days: npt.ArrayLike) -> ExtensionArray:
    """Return the named segment of each row of scores; the first rule that fits names it.

    Who bought once is new or one-time whatever the fifths say. The grid is our own proposal; there is no
    standard one.
    """
    r, f, m = (scores[letter].to_numpy() for letter in "rfm")
    once = np.asarray(purchase_days) <= 1
    rules = {
        "new": once & (r >= 4),
        "one_time": once & (r >= 2),
        "lost": once,
        "champions": (r >= 4) & (f == 5) & (m >= 4),
        "loyal": (r >= 3) & (f >= 4),
        "promising": r >= 4,
        "cannot_lose": (r <= 2) & (f >= 4) & (m >= 4),
        "needs_attention": r == 3,
        "slipping": f >= 3,
        "hibernating": r == 2,
    }
    return names_at(np.select(list(rules.values()), range(len(rules)), len(rules)), [*rules, "lost"])
