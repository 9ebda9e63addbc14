"""A simulated base in which it is known who stopped, who dried up, and who was merely unlucky.

Own proposal: a test bed for detection, not a model of any real shop.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crm_ml.base.exceptions import InputError
from crm_ml.base.validation import check_fraction, check_positive
from crm_ml.data.simulated_customers import CATEGORIES, FATES, Customers, draw_customers, draw_orders
from crm_ml.data.simulated_lines import draw_lines, with_returns
from crm_ml.data.windows import DateLike, as_day

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

    Ints = npt.NDArray[np.int64]

__all__ = ["FATES", "make_transactions"]


def make_transactions(
    n_customers: int = 1_000,
    *,
    start: DateLike = "2022-01-01",
    days: int = 730,
    mean_gap_days: float = 30.0,
    stop_share: float = 0.25,
    dry_up_share: float = 0.15,
    unlucky_share: float = 0.10,
    return_share: float = 0.03,
    season: float = 0.3,
    n_products: int = 200,
    seed: int = 0,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Simulate order lines and the truth behind them.

    Parameters
    ----------
    n_customers : int
        Customers; those who happen to buy nothing are left out.
    start : date-like
        First day of the data.
    days : int
        Length of the data.
    mean_gap_days : float
        Mean days between purchases over customers; rates are gamma distributed with shape 2.
    stop_share, dry_up_share, unlucky_share : float
        Share of customers who stop on a day, who buy ever less from a day on (money and frequency halve
        every 30 to 90 days, down to a tenth), and who just have one long silence by chance.
    return_share : float
        Share of lines that come back some days later.
    season : float
        Height of the yearly wave; December peaks by the same.
    n_products : int
        Products, in eight categories.
    seed : int
        Same seed, same bytes.

    Returns
    -------
    transactions : DataFrame
        One row a line: customer_id, order_id, date, product_id, category, quantity, list_price (of the line),
        discount (share), amount, cost, campaign, promised, delivered.
    truth : DataFrame
        One row a customer in the transactions: customer_id, fate, onset (NaT for who stays), first_day,
        orders_per_90_days (before the onset, without season), price_buyer.

    Examples
    --------
    >>> lines, truth = make_transactions(200, seed=1)
    >>> sorted(truth["fate"].unique())
    ['dries_up', 'stays', 'stops', 'unlucky']
    """
    check_positive(n_customers, what="n_customers")
    check_positive(days, what="days")
    check_positive(mean_gap_days, what="mean_gap_days")
    shares = [stop_share, dry_up_share, unlucky_share]
    for share in (*shares, return_share, season):
        check_fraction(share, what="share")
    if sum(shares) > 1:
        raise InputError("the shares of fates add up to more than 1", got=sum(shares))
    rng = np.random.default_rng(seed)
    people = draw_customers(rng, n_customers, days, mean_gap_days, shares)
    who, when = draw_orders(rng, people, days, as_day(start), season)
    lines = draw_lines(rng, people, who, when, start=as_day(start), n_products=n_products)
    lines = with_returns(rng, lines, return_share, as_day(start) + days)
    return _tables(lines, people, who, as_day(start), seed)


def _tables(
    lines: dict[str, Any], people: Customers, who: Ints, start: int, seed: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    import pandas as pd

    order = np.lexsort((lines["product"], lines["order"], lines["day"]))
    at = {name: values[order] for name, values in lines.items()}
    back = at["quantity"] < 0
    day = {
        name: at[name].astype("datetime64[D]").astype("datetime64[s]")
        for name in ("day", "promised", "delivered")
    }
    frame = pd.DataFrame(
        {
            "customer_id": _named("C", at["customer"], 7),
            "order_id": np.where(back, _named("R", at["order"], 9), _named("O", at["order"], 9)),
            "date": day["day"],
            "product_id": _named("P", at["product"], 4),
            "category": np.asarray(CATEGORIES)[at["category"]],
            **{name: at[name] for name in ("quantity", "list_price", "discount", "amount", "cost")},
            "campaign": np.where(at["campaign"] > 0, _named("campaign-", at["campaign"], 2), ""),
            "promised": day["promised"],
            "delivered": day["delivered"],
        }
    )
    known = np.unique(who)
    onset = (start + np.ceil(people.onset[known])).astype("datetime64[D]").astype("datetime64[s]")
    truth = pd.DataFrame(
        {
            "customer_id": _named("C", known, 7),
            "fate": np.asarray(FATES)[people.fate[known]],
            "onset": pd.Series(onset).mask(people.fate[known] == 0),
            "first_day": (start + np.floor(people.first[known]))
            .astype("datetime64[D]")
            .astype("datetime64[s]"),
            "orders_per_90_days": 90 * people.rate[known],
            "price_buyer": people.price_buyer[known],
        }
    )
    frame.attrs["seed"] = truth.attrs["seed"] = seed
    return frame, truth


def _named(prefix: str, numbers: Ints, width: int) -> npt.NDArray[Any]:
    """Return ids such as C0000012, made a distinct number and spread, since formatting is slow."""
    distinct, place = np.unique(numbers, return_inverse=True)
    return np.array([f"{prefix}{number:0{width}d}" for number in distinct])[place]
