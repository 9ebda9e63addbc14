"""A model of when customers buy and when they stop: what is asked of it, whatever its mathematics."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial, reduce
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from crm_ml.base.exceptions import InputError
from crm_ml.base.result import Result
from crm_ml.base.validation import check_choice, check_positive
from crm_ml.models.clv._newton import Evaluation, maximise
from crm_ml.models.clv.base import LikelihoodModel
from crm_ml.models.clv.discounting import present_value
from crm_ml.models.clv.rows import Array, Rows, read_rows

__all__ = ["DAYS", "PurchaseModel", "rate_starts"]

# Days in a unit of time; a month is a twelfth of a mean year, never "30 days".
DAYS = {"day": 1.0, "week": 7.0, "month": 365.25 / 12, "year": 365.25}

# A customer at the very first purchase: the population itself.
_NEW = pd.DataFrame({"frequency": [0], "t_x": [0.0], "T": [0.0]})


class PurchaseModel(LikelihoodModel):
    """Base of the purchase models.

    Parameters
    ----------
    time_unit : {"day", "week", "month", "year"}
        Unit of `t_x` and `T` in the summaries, and of every horizon given to the model.
    penalty : float
        Strength of a quadratic pull of the log-parameters to the starting values; 0 is maximum likelihood.

    Attributes
    ----------
    from_penalty_ : bool
        Whether nobody bought twice (as on a base of one day), so that every answer comes from the penalty.
    """

    from_penalty_: bool = False

    scales: ClassVar[tuple[str, ...]] = ("alpha",)
    # Whether the log-likelihood is a density of the same data as that of NBD.
    comparable_with_nbd: ClassVar[bool] = True
    # Rows evaluated at a time: few enough for the cache, and for dot products that start no threads.
    part_size: ClassVar[int] = 10_000
    # Rows of the sample on which a fit of many more rows finds its start.
    sample_size: ClassVar[int] = 2_000
    # Whether time counts opportunities, so that it must not be scaled.
    discrete: ClassVar[bool] = False

    def __init__(self, *, time_unit: str = "day", penalty: float = 0.0) -> None:
        self.time_unit = time_unit
        self.penalty = penalty

    @property
    def days_per_unit(self) -> float:
        """Days in one unit of the model's time."""
        return DAYS[check_choice(self.time_unit, DAYS, what="time_unit")]

    def fit(self, summary: pd.DataFrame, y: Any = None, sample_weight: ArrayLike | None = None) -> Self:
        """Estimate the parameters.

        Parameters
        ----------
        summary : DataFrame
            Columns `frequency, t_x, T` in the model's time unit; optionally `count`. One-time buyers stay in.
        y : ignored
            For scikit-learn.
        sample_weight : array-like, optional
            Weight of each row.

        Raises
        ------
        InputError
            When a column is missing or a value is impossible.
        """
        rows = read_rows(summary, sample_weight)
        if "count" not in summary.columns:  # else they are grouped already
            rows, _ = rows.grouped()
        self._check(rows)
        n = float(rows.count.sum())
        if not n > 0:
            raise InputError("all weights are 0", do="give at least one customer a weight")
        # When nobody was observed for any time, the scale of the prior is a year.
        year = DAYS["year"] / self.days_per_unit
        scale = 1.0 if self.discrete else float(rows.T.max()) or year
        scaled = rows.scaled(scale)
        self._fit_rows(scaled, scale=scale, n=n)
        repeats = float(np.sum(rows.count * rows.x))
        # The likelihood is a density of x purchase moments, which has a unit of time each.
        self.log_likelihood_ -= repeats * np.log(scale)
        self.from_penalty_ = repeats == 0
        if self.from_penalty_:
            self.note(
                "nobody bought twice: P(no purchase), expected purchases and lifetime value come from the "
                "penalty alone and say nothing about these customers"
            )
        elif float(rows.count[rows.x > 0].sum()) < 30:
            self.note("fewer than 30 customers bought twice: the parameters are weakly determined")
        return self

    def _check(self, rows: Rows) -> None:
        """Refuse histories that the model cannot hold."""

    def _fit_rows(self, rows: Rows, *, scale: float, n: float) -> None:
        starts = self._starts(rows)
        if len(rows.x) > 4 * self.sample_size and self.penalty == 0:
            # A few steps on a sample save most of the steps on everything; the optimum is the same.
            sample = self._parts(rows.thinned(self.sample_size))
            near = maximise(partial(self._total, sample), starts[0], self._floor, rough=True)
            starts = [near.theta, *starts] if near.converged and not near.flat.any() else starts
        self._maximise(partial(self._total, self._parts(rows)), starts, scale=scale, n=n)

    def _parts(self, rows: Rows) -> list[Rows]:
        """Cut rows into pieces that are evaluated one after the other."""
        return rows.parts(self.part_size)

    def _total(self, parts: list[Rows], theta: Array) -> Evaluation:
        first, *others = (self._evaluate(theta, part) for part in parts)
        return sum(others, first)

    def probability_alive(self, summary: pd.DataFrame) -> pd.Series:
        """Return the probability that each customer has not dropped out, given the history.

        A one-time buyer cannot have dropped out in some models: rank churn by
        :meth:`probability_no_purchase`, never by this.
        """
        return self._answer(summary, self._alive)

    def expected_purchases(self, summary: pd.DataFrame, horizon: float) -> pd.Series:
        """Return the expected number of purchases of each customer in the next `horizon`."""
        horizon = _check_horizon(horizon)
        return self._answer(summary, lambda rows: self._alive(rows) * self._expected_if_alive(rows, horizon))

    def purchases_of(self, rows: Rows, horizon: float, force: float) -> Array:
        """Return expected and discounted purchases of rows read already, shape (2, rows).

        As :meth:`expected_purchases` and :meth:`discounted_purchases`, for who asks the same rows often.
        """
        times, factors = self._present_value(rows, horizon, force)
        within = self._expected_within(rows, np.append(horizon, times))
        expected = next(within)
        discounted = expected if force == 0 else _weighted(factors, within)
        both: Array = np.array([expected, discounted])
        return self._alive(rows) * both

    def probability_no_purchase(self, summary: pd.DataFrame, horizon: float) -> pd.Series:
        """Return the probability that each customer buys nothing in the next `horizon`."""
        return self._answer(summary, lambda rows: self.chances_of(rows, horizon)[1])

    def chances_of(self, rows: Rows, horizon: float) -> Array:
        """Return P(alive) and P(no purchase in the next `horizon`) of rows read already, shape (2, rows)."""
        horizon, alive = _check_horizon(horizon), self._alive(rows)
        # A sum of two small terms keeps its digits where 1 minus a product would lose them.
        none = np.minimum(self._gone(rows) + alive * self._none_if_alive(rows, horizon), 1.0)
        return np.array([alive, none])

    def distribution(self, summary: pd.DataFrame, horizon: float, most: int = 20) -> pd.DataFrame:
        """Return the chances of 0, 1, … `most` purchases of each customer in the next `horizon`.

        Returns
        -------
        DataFrame
            Columns 0 … `most`; what is missing to 1 lies above `most`.
        """
        horizon = _check_horizon(horizon)
        self._check_fitted()
        rows, inverse = read_rows(summary).grouped()
        chances = self._alive(rows)[:, None] * self._distribution_if_alive(rows, horizon, most)
        chances[:, 0] += self._gone(rows)
        return pd.DataFrame(chances[inverse], index=summary.index)

    def discounted_purchases(self, summary: pd.DataFrame, horizon: float, force: float) -> pd.Series:
        """Return the expected purchases in the next `horizon`, each discounted to now.

        Parameters
        ----------
        summary : DataFrame
            The histories.
        horizon : float
            In the model's time unit.
        force : float
            Continuous discount rate per time unit: ``ln(1 + annual rate)`` divided by the units in a year.
        """
        horizon = _check_horizon(horizon)
        return self._answer(
            summary, lambda rows: self._alive(rows) * self._discounted_if_alive(rows, horizon, force)
        )

    def discounted_residual(self, summary: pd.DataFrame, force: float) -> pd.Series:
        """Return the expected purchases of each customer for ever, each discounted to now (DERT).

        Raises
        ------
        InputError
            When there is no discounting: without dropout the sum has no end.
        """
        check_positive(force, what="the force of interest")
        return self._answer(
            summary, lambda rows: self._alive(rows) * self._discounted_if_alive(rows, np.inf, force)
        )

    def score(self, summary: pd.DataFrame, y: Any = None, sample_weight: ArrayLike | None = None) -> float:
        """Return the log-likelihood per customer of other histories, in the model's time unit."""
        self._check_fitted()
        rows, _ = read_rows(summary, sample_weight).grouped()
        self._check(rows)
        return self._total(self._parts(rows), self.theta).value / float(rows.count.sum())

    def diagnostics(
        self, summary: pd.DataFrame, future: pd.Series | None = None, horizon: float | None = None
    ) -> Result:
        """Return observed against expected; see :func:`crm_ml.models.clv.diagnostics.diagnostics`."""
        from crm_ml.models.clv.diagnostics import diagnostics

        return diagnostics(self, summary, future=future, horizon=horizon)

    def expected_purchases_new(self, horizon: float) -> float:
        """Return the expected number of repeat purchases of a new customer in the first `horizon`."""
        return float(self.expected_purchases(_NEW, horizon).iloc[0])

    def distribution_new(self, horizon: float, most: int = 20) -> pd.Series:
        """Return the chances of 0, 1, … `most` repeat purchases of a new customer in the first `horizon`."""
        chances: pd.Series = self.distribution(_NEW, horizon, most).iloc[0]
        return chances

    def to_dict(self) -> dict[str, Any]:
        """Return settings, parameters and covariance as plain JSON values."""
        return {**super().to_dict(), "from_penalty": self.from_penalty_}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Return the fitted model of :meth:`to_dict`."""
        model = super().from_dict(stored)
        model.from_penalty_ = bool(stored.get("from_penalty", False))
        return model

    def _expected_within(self, rows: Rows, times: Array) -> Iterator[Array]:
        """Yield the expected purchases of those who are alive within each of some times."""
        return (self._expected_if_alive(rows, float(time)) for time in times)

    def _discounted_if_alive(self, rows: Rows, horizon: float, force: float) -> Array:
        times, factors = self._present_value(rows, horizon, force)
        return _weighted(factors, self._expected_within(rows, times))

    def _present_value(self, rows: Rows, horizon: float, force: float) -> tuple[Array, Array]:
        return present_value(float(np.mean(rows.T)), horizon, force)

    def _answer(self, summary: pd.DataFrame, function: Callable[[Rows], Array]) -> pd.Series:
        """Compute once a distinct history and hand it to every customer who has it."""
        self._check_fitted()
        rows, inverse = read_rows(summary).grouped()
        return pd.Series(function(rows)[inverse], index=summary.index)

    @abstractmethod
    def _starts(self, rows: Rows) -> list[Array]:
        """Return starting values, the usual one first."""

    @abstractmethod
    def _evaluate(self, theta: Array, rows: Rows) -> Evaluation:
        """Return the log-likelihood with its derivatives."""

    @abstractmethod
    def _alive(self, rows: Rows) -> Array:
        """Return the probability of being alive."""

    @abstractmethod
    def _gone(self, rows: Rows) -> Array:
        """Return the probability of having dropped out, to full relative precision."""

    @abstractmethod
    def _expected_if_alive(self, rows: Rows, horizon: float) -> Array:
        """Return the expected purchases of those who are alive."""

    @abstractmethod
    def _none_if_alive(self, rows: Rows, horizon: float) -> Array:
        """Return the probability of no purchase of those who are alive."""

    @abstractmethod
    def _distribution_if_alive(self, rows: Rows, horizon: float, most: int) -> Array:
        """Return the chances of 0 … `most` purchases of those who are alive."""


def rate_starts(rows: Rows, *more: float) -> list[Array]:
    """Return starts ``(r, alpha, *more)`` around the mean rate of the data, for a few shapes r."""
    # A plain sum: the threads of a dot product of many rows cost more than they save.
    exposure, repeats = np.sum(rows.count * rows.T), np.sum(rows.count * rows.x)
    rate = (float(repeats) + 0.5) / (float(exposure) + 1.0)
    return [np.array([shape, shape / rate, *more]) for shape in (0.8, 0.1, 10.0)]


def _weighted(factors: Array, columns: Iterable[Array]) -> Array:
    """Add up column after column: they are many and long, and need not be in memory together."""
    terms = (factor * one for factor, one in zip(factors, columns, strict=True))
    return reduce(np.add, terms)


def _check_horizon(horizon: float) -> float:
    if not 0 <= horizon < np.inf:
        raise InputError("the horizon must be a finite number, 0 or more", got=repr(horizon))
    return float(horizon)
