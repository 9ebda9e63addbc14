"""A simulated base in which it is known who stopped, who dried up, and who was merely unlucky.

Purchases are a Poisson process a customer, thinned by season, campaigns and the customer's fate; about half
of the customers buy regularly (every second event of a process twice as fast: Erlang gaps of shape 2). Own
proposal: a test bed for detection, not a model of any real shop.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from crm_ml.base.exceptions import InputError
from crm_ml.base.validation import check_fraction, check_positive
from crm_ml.data.windows import DateLike, as_day

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

    Floats = npt.NDArray[np.float64]
    Ints = npt.NDArray[np.int64]

__all__ = ["FATES", "make_transactions"]

FATES = ("stays", "stops", "dries_up", "unlucky")
_CATEGORIES = ("bread", "dairy", "drinks", "fruit", "household", "meat", "snacks", "vegetables")
_PEAK = 2.2  # the highest season × campaign factor; candidates are drawn at this rate and thinned
_CAMPAIGN_EVERY, _CAMPAIGN_DAYS, _CAMPAIGN_LIFT, _CAMPAIGN_DISCOUNT = 75, 7, 1.5, 0.2


@dataclass(frozen=True)
class _Customers:
    """One entry a customer; days count from the first day of the data."""

    first: Floats
    rate: Floats
    regular: npt.NDArray[np.bool_]
    fate: Ints
    onset: Floats
    half_life: Floats
    silence: Floats
    basket: Floats
    price_buyer: npt.NDArray[np.bool_]
    favourite: Ints


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
    people = _customers(rng, n_customers, days, mean_gap_days, shares)
    who, when = _orders(rng, people, days, as_day(start), season)
    lines = _lines(rng, people, who, when, start=as_day(start), n_products=n_products)
    lines = _with_returns(rng, lines, return_share, as_day(start) + days)
    return _tables(lines, people, who, as_day(start), seed)


def _customers(
    rng: np.random.Generator, n: int, days: int, mean_gap: float, shares: list[float]
) -> _Customers:
    # Half of the customers were there before the data begin, the others come in the first two thirds.
    first = np.where(rng.random(n) < 0.5, 0.0, rng.uniform(0, days * 2 / 3, n))
    rate = rng.gamma(2.0, 0.5 / mean_gap, n)
    fate = rng.choice(4, n, p=[1 - sum(shares), *shares])
    onset = first + rng.uniform(0.25, 0.95, n) * (days - first)
    return _Customers(
        first=first,
        rate=rate,
        regular=rng.random(n) < 0.5,
        fate=fate,
        onset=onset,
        half_life=rng.uniform(30, 90, n),
        silence=rng.uniform(2.5, 4.0, n) / rate,
        basket=rng.lognormal(0.0, 0.5, n),
        price_buyer=rng.random(n) < 0.2,
        favourite=rng.integers(0, len(_CATEGORIES), n),
    )


def _orders(
    rng: np.random.Generator, people: _Customers, days: int, start: int, season: float
) -> tuple[Ints, Ints]:
    """Return customer and day of every order, sorted by both."""
    speed = np.where(people.regular, 2.0, 1.0) * people.rate * _PEAK
    counts = rng.poisson(speed * (days - people.first))
    who = np.repeat(np.arange(len(counts)), counts)
    when = rng.uniform(people.first[who], days)
    kept = rng.random(len(who)) * _PEAK < _season(when, start, season) * _campaign_lift(when)
    who, when = who[kept], when[kept]
    order = np.lexsort((when, who))
    who, when = who[order], when[order]
    # Regular customers: every second event of a process that is twice as fast.
    place = np.arange(len(who)) - np.searchsorted(who, who)
    kept = (place % 2 == 0) | ~people.regular[who]
    who, when = who[kept], when[kept]
    kept = rng.random(len(who)) < _survival(people, who, when)
    return who[kept], np.floor(when[kept]).astype(np.int64)


def _season(when: Floats, start: int, season: float) -> Floats:
    year = 2 * np.pi * (when + start) / 365.25
    december = np.mod(when + start, 365.25) > 335
    return np.minimum(1.0 + 0.5 * season * np.sin(year) + season * december, _PEAK / _CAMPAIGN_LIFT)


def _campaign_lift(when: Floats) -> Floats:
    return np.where(_in_campaign(when), _CAMPAIGN_LIFT, 1.0)


def _in_campaign(when: Any) -> npt.NDArray[np.bool_]:
    return np.asarray(np.mod(when, _CAMPAIGN_EVERY) >= _CAMPAIGN_EVERY - _CAMPAIGN_DAYS)


def _survival(people: _Customers, who: Ints, when: Floats) -> Floats:
    """Return the factor by which a customer's fate thins the purchases."""
    after = when - people.onset[who]
    fate = people.fate[who]
    stopped = (fate == 1) & (after >= 0)
    silent = (fate == 3) & (after >= 0) & (after < people.silence[who])
    factor = np.where(stopped | silent, 0.0, 1.0)
    fading = (fate == 2) & (after >= 0)
    # Frequency and basket share the decline: each falls with its square root.
    return np.where(fading, np.sqrt(_decline(people, who, after)), factor)


def _decline(people: _Customers, who: Ints, after: Floats) -> Floats:
    return np.maximum(0.1, 0.5 ** (np.maximum(after, 0.0) / people.half_life[who]))


def _lines(
    rng: np.random.Generator, people: _Customers, who: Ints, when: Ints, *, start: int, n_products: int
) -> dict[str, Any]:
    """Return the columns of all order lines."""
    size = 1 + rng.poisson(1.2, len(who))
    order = np.repeat(np.arange(len(who)), size)
    customer, day = who[order], when[order]
    category = np.arange(n_products) % len(_CATEGORIES)
    price = np.round(rng.lognormal(2.0, 0.7, n_products), 2)
    cost_share = rng.uniform(0.45, 0.75, n_products)
    # Products by popularity (Zipf), half of the lines within the favourite category.
    popularity = 1.0 / np.arange(1, n_products + 1)
    product = rng.choice(n_products, len(order), p=popularity / popularity.sum())
    loyal = rng.random(len(order)) < 0.5
    steps = np.mod(people.favourite[customer] - category[product], len(_CATEGORIES))
    product = np.where(loyal & (product + steps < n_products), product + steps, product)
    after = day - people.onset[customer]
    shrink = np.where(
        (people.fate[customer] == 2) & (after >= 0), np.sqrt(_decline(people, customer, after)), 1.0
    )
    quantity = np.maximum(1, rng.poisson(2.0 * people.basket[customer] * shrink))
    seeks = people.price_buyer[customer] & (rng.random(len(order)) < 0.5)
    discount = np.where(_in_campaign(day), _CAMPAIGN_DISCOUNT, np.where(seeks, 0.1, 0.0))
    listed = np.round(quantity * price[product], 2)
    return {
        "customer": customer,
        "order": order,
        "day": start + day,
        "product": product,
        "category": category[product],
        "quantity": quantity,
        "list_price": listed,
        "discount": discount,
        "amount": np.round(listed * (1 - discount), 2),
        "cost": np.round(listed * cost_share[product], 2),
        "campaign": np.where(_in_campaign(day), 1 + day // _CAMPAIGN_EVERY, 0),
        "promised": start + day + 2,
        "delivered": start + day + 1 + rng.geometric(0.7, len(order)),
    }


def _with_returns(rng: np.random.Generator, lines: dict[str, Any], share: float, end: int) -> dict[str, Any]:
    """Append lines that come back, booked on the day of the return, which may lie beyond the data."""
    back = np.flatnonzero(rng.random(len(lines["day"])) < share)
    returned = {name: values[back] for name, values in lines.items()}
    returned["day"] = returned["day"] + 3 + rng.poisson(7, len(back))
    for name in ("quantity", "list_price", "amount", "cost"):
        returned[name] = -returned[name]
    seen = returned["day"] < end
    return {name: np.concatenate([lines[name], returned[name][seen]]) for name in lines}


def _tables(
    lines: dict[str, Any], people: _Customers, who: Ints, start: int, seed: int
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
            "category": np.asarray(_CATEGORIES)[at["category"]],
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
