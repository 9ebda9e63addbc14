"""How a customer base is analysed: every option of the themes, with its default."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

__all__ = ["AnalysisSettings"]


@dataclass(frozen=True)
class AnalysisSettings:
    """How the customer base is analysed; every value has a default.

    Parameters
    ----------
    period_days : int
        Length of the period that is compared with the one before it.
    group : str
        Column of the accounts table by which bridges and profiles are divided.
    margin_rate : float, optional
        Margin as a share of revenue where no cost is known; without it profit analyses say what is missing.
    discount_rate : float
        Yearly.
    growth : float
        Wished growth of revenue.
    pyramid_cuts : tuple of float
        Cumulative shares of the active customers where top, large and medium end.
    abc_cuts : tuple of float
        Cumulative shares of revenue where A and B end.
    abc_named : bool
        Call A, B and C flourishing, interesting and tiring in totals.
    key_cut : float
        Rating from which an account can be a key account.
    profit_hurdle : float
        Profit that a customer must reach.
    order_cost : float, optional
        Cost of handling an order.
    acquisition_cost : float, optional
        Cost of winning a customer.
    margin_gains : tuple of float
        Rise of the margin in the coming years that an investment would bring; gives the investment headroom.
    required_return : float
        What an investment must bring on top.
    hours : float, optional
        Hours of account management to divide over customers.
    min_purchases : tuple of int
        Eligibilities for decay net of chance.
    cohort_days : int
        Length of a period of tenure.
    forecast_days : int
        Length of a period of the forecast.
    fiscal_month : int
        First month of the fiscal year.
    wanted : str
        Column of accounts with true for the customers that prospects should look like.
    attributes : tuple of str
        Columns of accounts and prospects by which prospects are known.
    survey_scale : int
        Highest score of a survey whose table does not say it: 5 (1–5) or 10 (1–10).
    loyalty_cut : float, optional
        Loyalty from which a customer is loyal; empty: the median of the own `group`.
    complaint_days : int
        Days within which a complaint should be resolved.
    complaint_spread : float
        People that one dissatisfied customer tells; an assumption.
    silent_per_complaint : float
        Dissatisfied customers without a complaint for each one with; an assumption.
    attribution_days : int
        A purchase belongs to the last contact in so many days before it.
    quiet_days : int
        Without an own contact for longer than this a customer lacks attention.
    risk_cut : float
        Probability from which a customer counts as at risk.
    response_hours : float
        Hours within which the helpdesk should answer.
    advice_cut : float
        Need for advice (0–5) from which it is much.
    programme_cost : float, optional
        Cost of the loyalty programme per member and period.
    seed : int
        Of everything random.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}

    period_days: int = 365
    group: str = "segment"
    margin_rate: float | None = None
    discount_rate: float = 0.10
    growth: float = 0.10
    pyramid_cuts: tuple[float, float, float] = (0.01, 0.05, 0.20)
    abc_cuts: tuple[float, float] = (0.80, 0.95)
    abc_named: bool = False
    key_cut: float = 8.0
    profit_hurdle: float = 0.0
    order_cost: float | None = None
    acquisition_cost: float | None = None
    margin_gains: tuple[float, ...] = ()
    required_return: float = 0.20
    hours: float | None = None
    min_purchases: tuple[int, ...] = (1, 3, 5)
    cohort_days: int = 91
    forecast_days: int = 91
    fiscal_month: int = 1
    wanted: str = ""
    attributes: tuple[str, ...] = ()
    survey_scale: int = 5
    loyalty_cut: float | None = 0.60
    complaint_days: int = 14
    complaint_spread: float = 20.0
    silent_per_complaint: float = 26.0
    attribution_days: int = 14
    quiet_days: int = 180
    risk_cut: float = 0.5
    response_hours: float = 24.0
    advice_cut: float = 3.0
    programme_cost: float | None = None
    seed: int = 0
