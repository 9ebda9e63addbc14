"""Small logs whose analyses can be checked by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crm_ml.data.reading import read_transactions


def read(rows, **extra):
    """A log of (customer, day, amount, …) rows."""
    names = ["customer", "day", "amount", *extra]
    table = pd.DataFrame(rows, columns=names[: len(rows[0])])
    mapping = {role: role for role in names[3:]}
    return read_transactions(
        table,
        customer_id="customer",
        timestamp="day",
        amount="amount",
        currency="EUR",
        basis="revenue",
        **mapping,
    )


@pytest.fixture(scope="session")
def two_years():
    """Six customers, one for each thing that can happen between 2020 and 2021."""
    rows = [
        ("old", "2019-03-01", 10.0),  # reactivated: bought in 2019, not in 2020, again in 2021
        ("old", "2021-04-01", 12.5),
        ("grower", "2020-01-01", 100.0),
        ("grower", "2021-01-10", 150.01),
        ("shrinker", "2020-02-01", 80.0),
        ("shrinker", "2021-02-01", 30.02),
        ("stopper", "2020-05-01", 60.0),
        ("same", "2020-06-01", 5.0),
        ("same", "2021-06-01", 5.0),
        ("new", "2021-12-31", 40.4),
    ]
    return read(rows)


@pytest.fixture(scope="session")
def shop():
    """A reproducible shop of 300 customers over two years, with every optional column."""
    generator = np.random.default_rng(7)
    n = 4000
    customer = generator.zipf(1.6, n) % 300
    quantity = generator.integers(1, 9, n)
    product = generator.integers(0, 40, n)
    price = 2.0 + product
    discount = generator.choice([0.0, 0.0, 0.1, 0.2], n)
    amount = np.round(quantity * price * (1 - discount), 2)
    table = pd.DataFrame(
        {
            "customer": [f"c{one:03d}" for one in customer],
            "day": pd.Timestamp("2020-01-01") + pd.to_timedelta(generator.integers(0, 730, n), unit="D"),
            "amount": amount,
            "order": [f"o{one}" for one in generator.integers(0, 2500, n)],
            "quantity": quantity,
            "product": [f"p{one:02d}" for one in product],
            "category": [f"k{one % 5}" for one in product],
            "cost": np.round(amount * generator.uniform(0.5, 1.2, n), 2),
            "discount": discount,
        }
    )
    return read_transactions(
        table,
        customer_id="customer",
        timestamp="day",
        amount="amount",
        order_id="order",
        quantity="quantity",
        product_id="product",
        category="category",
        cost="cost",
        discount="discount",
        currency="EUR",
        basis="revenue",
    )
