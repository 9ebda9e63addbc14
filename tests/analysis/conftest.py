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
        ("grower", "2020-01-05", 100.0),
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
    order = generator.integers(0, 2500, n)
    # A planted pair: who buys p00 in an order mostly takes p01 along.
    product[order % 4 == 0] = np.arange((order % 4 == 0).sum()) % 2
    customer = np.where(order % 4 == 0, order % 300, customer)
    price = 2.0 + product
    discount = generator.choice([0.0, 0.0, 0.1, 0.2], n)
    amount = np.round(quantity * price * (1 - discount), 2)
    table = pd.DataFrame(
        {
            "customer": [f"c{one:03d}" for one in customer],
            "day": pd.Timestamp("2020-01-01") + pd.to_timedelta(generator.integers(0, 730, n), unit="D"),
            "amount": amount,
            "order": [f"o{one}" for one in order],
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


def opinion_tables(ids):
    """Survey, complaints, market, prices and exit interviews that fit the shop."""
    generator = np.random.default_rng(13)
    asked = ids[:200]
    n = len(asked)
    level = generator.integers(1, 6, n)
    parts = [
        ("overall", "", level),
        ("recommend", "", np.clip(2 * level, 0, 10)),
        ("repurchase", "", level),
        ("trust", "", np.clip(level, 2, 5)),
        ("staff_estimate", "", np.clip(level + 1, 1, 5)),
    ]
    for aspect in ("product", "logistics", "price"):
        parts += [
            ("expectation", aspect, generator.integers(3, 6, n)),
            ("experience", aspect, generator.integers(1, 6, n)),
            ("importance", aspect, generator.integers(1, 6, n)),
        ]
    value = ("result", "individualisation", "process_quality", "price_paid", "cost_of_obtaining")
    parts += [("value", aspect, generator.integers(1, 6, n)) for aspect in value]
    survey = pd.concat(
        [
            pd.DataFrame({"customer_id": asked, "kind": kind, "aspect": aspect, "score": score})
            for kind, aspect, score in parts
        ]
    ).assign(date="2020-11-15")
    opened = pd.Timestamp("2020-02-01") + pd.to_timedelta(generator.integers(0, 600, 150), unit="D")
    complaints = pd.DataFrame(
        {
            "customer_id": generator.choice(ids, 150),
            "opened": opened,
            "closed": opened + pd.to_timedelta(generator.integers(1, 40, 150), unit="D"),
            "kind": generator.choice(["founded", "goodwill", "doubtful", "vexatious", "ignorance"], 150),
            "category": generator.choice(["food", "sport"], 150),
            "cause": generator.choice(["sector", "home"], 150, p=[0.8, 0.2]),
            "cost": generator.uniform(5, 50, 150),
        }
    )
    market = pd.DataFrame({"product_group": [f"k{one}" for one in range(5)], "group_revenue": 1e6})
    market = market.assign(period="2021", outlets=800, own_outlets=200, own_outlets_revenue=4e5)
    exits = pd.DataFrame(
        {"customer_id": ids[:60], "reason": ["indifference", "price", "moved"] * 20, "date": "2021-06-01"}
    )
    return {
        "survey": survey,
        "complaints": complaints,
        "market": market.assign(buyers=9000, own_buyers_revenue=3e5),
        "exit_interviews": exits,
        "prices": pd.DataFrame({"item": ["k0"], "price": [9.0], "unit_cost": [5.0], "fixed_cost": [3.0]}),
        "quality_costs": pd.DataFrame(
            {"level": ["a", "b", "c"], "prevention_cost": [1, 2, 4], "repair_cost": [9, 4, 3]}
        ),
    }


@pytest.fixture(scope="session")
def company(shop):
    """The shop with every optional table, consistent with its transactions."""
    from crm_ml.analysis.company import Company
    from crm_ml.analysis.settings import AnalysisSettings

    generator = np.random.default_rng(11)
    ids = [f"c{one:03d}" for one in range(300)]
    n = len(ids)
    accounts = pd.DataFrame(
        {
            "customer_id": ids,
            "segment": generator.choice(["retail", "trade"], n),
            "owner": generator.choice(["Ann", "Bob", "Cas"], n),
            "sector": generator.choice(["food", "sport", "home"], n),
            "employees": generator.integers(1, 200, n),
            "status": "customer",
            "wallet": generator.uniform(10, 50_000, n).round(2),
            "potential": generator.uniform(0, 1000, n),
            "co_operation": generator.integers(0, 6, n),
            "learning": generator.integers(0, 6, n),
            "network": generator.integers(0, 6, n),
            "large_buyer": generator.random(n) < 0.3,
            "advice_need": generator.integers(0, 6, n),
            "channel": generator.choice(["fair", "web"], n),
            "referred_by": np.where(generator.random(n) < 0.2, "c001", ""),
            "programme_member": generator.random(n) < 0.4,
        }
    )
    scores = pd.DataFrame(
        {
            "customer_id": ids,
            "p_stopped": generator.uniform(0, 1, n),
            "usual_spend": generator.uniform(1, 100, n),
            "clv": generator.gamma(2, 50, n),
            "expected_purchases": generator.uniform(0, 5, n),
        }
    )
    scores["expected_loss"] = scores["p_stopped"] * scores["usual_spend"]
    contacts = pd.DataFrame(
        {
            "customer_id": generator.choice(ids, 900),
            "minutes": generator.integers(1, 90, 900),
            "cost": generator.uniform(1, 50, 900),
            "answered": generator.random(900) < 0.6,
            "date": pd.Timestamp("2020-01-01") + pd.to_timedelta(generator.integers(0, 730, 900), unit="D"),
            "channel": generator.choice(["visit", "mail"], 900),
            "stage": generator.choice(["attract", "sell", "serve"], 900),
            "kind": generator.choice(["offer", "question"], 900),
            "initiative": generator.choice(["us", "customer"], 900),
            "role": generator.choice(["buyer", "user"], 900),
        }
    )
    costs = pd.DataFrame(
        {
            "activity": np.repeat(["visits", "orders"], n),
            "customer_id": [*ids, *ids],
            "driver_quantity": generator.integers(0, 20, 2 * n),
            "pool_cost": np.repeat([4000.0, 2500.55], n),
        }
    )
    products = pd.DataFrame({"product_id": [f"p{one:02d}" for one in range(40)]})
    products["category"] = [f"k{one % 5}" for one in range(40)]
    products["tier"] = [one // 14 for one in range(40)]
    tables = {
        "accounts": accounts,
        "scores": scores,
        "contacts": contacts,
        "costs": costs,
        "products": products,
        "clv_before": scores[["customer_id", "clv"]].assign(clv=lambda table: table["clv"] * 0.9),
        "employees": pd.DataFrame({"employee": ["Ann", "Bob"], "gross_salary": [50_000, 42_000]}),
        "investments": pd.DataFrame(
            {"customer_id": ids[:5], "investment": 100.0, "yearly_margin": [10, 40, 60, 0, 5]}
        ),
        "periods": pd.DataFrame(
            {"period": ["2020", "2021"], "margin": [90.0, 120.0], "marketing_cost": [9.0, 10.0]}
        ),
        "prospects": accounts[["sector", "employees"]]
        .head(30)
        .assign(customer_id=[f"x{one}" for one in range(30)]),
        "quotes": pd.DataFrame(
            {"owner": ["Ann", "Ann", "Bob"], "won": [True, False, True], "customer_id": ["c001", "x1", "x1"]}
        ),
        "helpdesk": pd.DataFrame(
            {
                "customer_id": ids[:40],
                "opened": "2021-05-01 09:00",
                "first_response": "2021-05-01 15:00",
                "closed": ["2021-05-03 09:00", ""] * 20,
                "transfers": 1,
                "category": ["delivery", "invoice"] * 20,
                "status": ["closed", "open"] * 20,
            }
        ),
        "marketing": pd.DataFrame(
            {
                "date": ["2021-02-01", "2021-03-01"],
                "purpose": ["acquisition", "retention"],
                "cost": [900.0, 300.0],
                "channel": ["fair", "web"],
            }
        ),
        "traffic": pd.DataFrame(
            {"channel": ["mail"], "impressions": [900], "clicks": [30], "visits": [80], "orders": [4]}
        ).assign(date="2021-02-01"),
        "roles": pd.DataFrame({"customer_id": ids, "role": "buyer"}),
        "deliveries": pd.DataFrame(
            {
                "ordered": ["2021-03-01", "2021-03-02", "2021-04-01"],
                "promised": ["2021-03-03", "2021-03-04", "2021-04-02"],
                "delivered": ["2021-03-03", "2021-03-09", ""],
                "as_described": [True, False, None],
            }
        ),
        "category_targets": pd.DataFrame(
            {"category": [f"k{one}" for one in range(5)], "revenue": 9000.0, "quantity": 800.0}
        ),
        "regressors": pd.DataFrame(
            {"date": pd.date_range("2020-01-01", "2021-12-31"), "degrees": generator.normal(10, 5, 731)}
        ),
        "targets": pd.DataFrame({"customer_id": ids[:50], "target_revenue": 120.0, "target_quantity": 10.0}),
        **opinion_tables(ids),
    }
    settings = AnalysisSettings(
        hours=400.0,
        order_cost=2.5,
        acquisition_cost=30.0,
        margin_gains=(100.0, 120.0),
        wanted="large_buyer",
        attributes=("sector", "employees"),
    )
    return Company(shop, tables, settings=settings)


@pytest.fixture(scope="session")
def themed(company):
    """Every result of every theme on the whole company."""
    from crm_ml.analysis.themes import analyse_themes

    return dict(analyse_themes(company))
