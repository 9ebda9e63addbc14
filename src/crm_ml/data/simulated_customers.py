"""Who the simulated customers are, and when they buy: rates, fates, season and campaigns.

Purchases are a Poisson process a customer, thinned by season, campaigns and the customer's fate; about half
of the customers buy regularly (every second event of a process twice as fast: Erlang gaps of shape 2).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Ints = npt.NDArray[np.int64]

__all__ = [
    "CAMPAIGN_EVERY",
    "CATEGORIES",
    "FATES",
    "Customers",
    "decline",
    "draw_customers",
    "draw_orders",
    "in_campaign",
]

FATES = ("stays", "stops", "dries_up", "unlucky")
CATEGORIES = ("bread", "dairy", "drinks", "fruit", "household", "meat", "snacks", "vegetables")
CAMPAIGN_EVERY = 75  # days
_CAMPAIGN_DAYS, _CAMPAIGN_LIFT = 7, 1.5
_PEAK = 2.2  # the highest season × campaign factor; candidates are drawn at this rate and thinned


@dataclass(frozen=True)
class Customers:
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


def draw_customers(
    rng: np.random.Generator, n: int, days: int, mean_gap: float, shares: list[float]
) -> Customers:
    """Draw the customers; `shares` are those of the fates after the first."""
    # Half of the customers were there before the data begin, the others come in the first two thirds.
    first = np.where(rng.random(n) < 0.5, 0.0, rng.uniform(0, days * 2 / 3, n))
    rate = rng.gamma(2.0, 0.5 / mean_gap, n)
    fate = rng.choice(4, n, p=[1 - sum(shares), *shares])
    onset = first + rng.uniform(0.25, 0.95, n) * (days - first)
    return Customers(
        first=first,
        rate=rate,
        regular=rng.random(n) < 0.5,
        fate=fate,
        onset=onset,
        half_life=rng.uniform(30, 90, n),
        silence=rng.uniform(2.5, 4.0, n) / rate,
        basket=rng.lognormal(0.0, 0.5, n),
        price_buyer=rng.random(n) < 0.2,
        favourite=rng.integers(0, len(CATEGORIES), n),
    )


def draw_orders(
    rng: np.random.Generator, people: Customers, days: int, start: int, season: float
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
    return np.where(in_campaign(when), _CAMPAIGN_LIFT, 1.0)


def in_campaign(when: Any) -> npt.NDArray[np.bool_]:
    """Tell which days lie in the last week of a campaign's period."""
    return np.asarray(np.mod(when, CAMPAIGN_EVERY) >= CAMPAIGN_EVERY - _CAMPAIGN_DAYS)


def _survival(people: Customers, who: Ints, when: Floats) -> Floats:
    """Return the factor by which a customer's fate thins the purchases."""
    after = when - people.onset[who]
    fate = people.fate[who]
    stopped = (fate == 1) & (after >= 0)
    silent = (fate == 3) & (after >= 0) & (after < people.silence[who])
    factor = np.where(stopped | silent, 0.0, 1.0)
    fading = (fate == 2) & (after >= 0)
    # Frequency and basket share the decline: each falls with its square root.
    return np.where(fading, np.sqrt(decline(people, who, after)), factor)


def decline(people: Customers, who: Ints, after: Floats) -> Floats:
    """Return the part that is left of spend, so many days after the onset."""
    return np.maximum(0.1, 0.5 ** (np.maximum(after, 0.0) / people.half_life[who]))
