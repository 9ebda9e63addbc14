"""What simulated customers put into their baskets, and what comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crm_ml.data.simulated_customers import CAMPAIGN_EVERY, CATEGORIES, Customers, decline, in_campaign

if TYPE_CHECKING:
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]

__all__ = ["draw_lines", "with_returns"]

_CAMPAIGN_DISCOUNT = 0.2


def draw_lines(
    rng: np.random.Generator, people: Customers, who: Ints, when: Ints, *, start: int, n_products: int
) -> dict[str, Any]:
    """Return the columns of all order lines."""
    size = 1 + rng.poisson(1.2, len(who))
    order = np.repeat(np.arange(len(who)), size)
    customer, day = who[order], when[order]
    category = np.arange(n_products) % len(CATEGORIES)
    price = np.round(rng.lognormal(2.0, 0.7, n_products), 2)
    cost_share = rng.uniform(0.45, 0.75, n_products)
    # Products by popularity (Zipf), half of the lines within the favourite category.
    popularity = 1.0 / np.arange(1, n_products + 1)
    product = rng.choice(n_products, len(order), p=popularity / popularity.sum())
    loyal = rng.random(len(order)) < 0.5
    steps = np.mod(people.favourite[customer] - category[product], len(CATEGORIES))
    product = np.where(loyal & (product + steps < n_products), product + steps, product)
    after = day - people.onset[customer]
    shrink = np.where(
        (people.fate[customer] == 2) & (after >= 0), np.sqrt(decline(people, customer, after)), 1.0
    )
    quantity = np.maximum(1, rng.poisson(2.0 * people.basket[customer] * shrink))
    seeks = people.price_buyer[customer] & (rng.random(len(order)) < 0.5)
    discount = np.where(in_campaign(day), _CAMPAIGN_DISCOUNT, np.where(seeks, 0.1, 0.0))
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
        "campaign": np.where(in_campaign(day), 1 + day // CAMPAIGN_EVERY, 0),
        "promised": start + day + 2,
        "delivered": start + day + 1 + rng.geometric(0.7, len(order)),
    }


def with_returns(rng: np.random.Generator, lines: dict[str, Any], share: float, end: int) -> dict[str, Any]:
    """Append lines that come back, booked on the day of the return, which may lie beyond the data."""
    back = np.flatnonzero(rng.random(len(lines["day"])) < share)
    returned = {name: values[back] for name, values in lines.items()}
    returned["day"] = returned["day"] + 3 + rng.poisson(7, len(back))
    for name in ("quantity", "list_price", "amount", "cost"):
        returned[name] = -returned[name]
    seen = returned["day"] < end
    return {name: np.concatenate([lines[name], returned[name][seen]]) for name in lines}
