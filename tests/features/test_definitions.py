"""Every feature against its definition, written a second time in plain Python, one customer at a time."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from itertools import pairwise

import pandas as pd
import pytest

from crm_ml.data.windows import as_date
from crm_ml.features.build import build_features
from crm_ml.features.catalogue import catalogue


def by_hand(rows: list[dict], cutoff: int) -> dict[str, float | None]:
    """All features of one customer from the raw rows before the cutoff, as their documentation says."""
    bought = [row for row in rows if row["is_purchase"]]
    returned = [row for row in rows if not row["is_purchase"]]
    spend, lines, order_day = defaultdict(float), defaultdict(int), {}
    for row in bought:
        spend[row["day"]] += row["amount"]
        lines[row["day"]] += 1
        order = row["order_id"] or ("loose", row["day"])
        order_day[order] = min(order_day.get(order, row["day"]), row["day"])
    days = sorted(spend)
    gaps = [after - before for before, after in pairwise(days)]
    life, recency = cutoff - days[0], cutoff - days[-1]

    def orders(low, high=math.inf):
        return sum(low <= cutoff - day <= high for day in order_day.values())

    def money(low, high=math.inf):
        return sum(worth for day, worth in spend.items() if low <= cutoff - day <= high)

    def revenue(low, high=math.inf):
        return sum(row["amount"] for row in rows if low <= cutoff - row["day"] <= high)

    def aged(low, high=math.inf):
        return [row for row in bought if low <= cutoff - row["day"] <= high]

    def ratio(part, whole):
        return part / whole if part is not None and whole not in (0, None) else None

    def change(now, before):
        return None if now is None or before is None or not now + before else (now - before) / (now + before)

    def discount(lines):
        known = [row["discount"] for row in lines if row["discount"] is not None]
        return sum(known) / len(known) if known else None

    def units(lines):
        return sum(row["quantity"] for row in lines)

    products, categories = {}, defaultdict(float)
    for row in sorted(bought, key=lambda row: row["day"]):
        if row["product_id"] is not None:
            products.setdefault(row["product_id"], row["day"])
        if row["category"] is not None:
            categories[row["category"]] += row["amount"]
    promises = []
    for row in bought:
        if row["promised_day"] is not None:
            kept = row["delivered_day"] is not None and row["delivered_day"] <= row["promised_day"]
            known_on = row["delivered_day"] if kept else row["promised_day"] + 1
            promises += [kept] if known_on < cutoff else []
    waits = [
        row["delivered_day"] - row["day"] for row in bought if (row["delivered_day"] or math.inf) < cutoff
    ]
    total, n = sum(spend.values()), len(days)
    margin = sum(row["amount"] - row["cost"] for row in rows)
    discounts = [row["discount"] for row in bought if row["discount"] is not None]
    quarters = [money(1 + 91 * k, 91 * (k + 1)) for k in range(5)]
    falls = [round(now, 4) < round(before, 4) for now, before in pairwise(quarters)]
    seasons = [sum((cutoff - day - 1) % 364 // 91 == which for day in days) for which in range(4)]
    centre = statistics.fmean(days)
    spread = sum((day - centre) ** 2 for day in days)
    return {
        "recency_days": recency,
        "purchase_days": n,
        "orders": orders(1),
        "revenue": revenue(1),
        "order_value_mean": total / orders(1),
        "spend_median": statistics.median(spend.values()),
        "spend_max": max(spend.values()),
        "margin": margin,
        "margin_rate": ratio(margin, round(revenue(1), 4)),
        "frequency": n - 1,
        "t_x": days[-1] - days[0],
        "T": life,
        "monetary_value": statistics.fmean(spend[day] for day in days[1:]) if n > 1 else 0.0,
        "first_value": spend[days[0]],
        "gap_mean": statistics.fmean(gaps) if gaps else None,
        "gap_median": statistics.median(gaps) if gaps else None,
        "gap_std": statistics.stdev(gaps) if n > 2 else None,
        "gap_cv": statistics.stdev(gaps) / statistics.fmean(gaps) if n > 2 else None,
        "gap_max": max(gaps) if gaps else None,
        "gap_last": gaps[-1] if gaps else None,
        "overdue_ratio": recency / statistics.median(gaps) if gaps else None,
        "regularity": 1 - 3 * statistics.fmean(((g - p) / (g + p)) ** 2 for p, g in pairwise(gaps))
        if n > 2
        else None,
        "orders_30d": orders(1, 30),
        "orders_90d": orders(1, 90),
        "orders_180d": orders(1, 180),
        "orders_12m": orders(1, 365),
        "revenue_30d": revenue(1, 30),
        "revenue_90d": revenue(1, 90),
        "revenue_180d": revenue(1, 180),
        "revenue_12m": revenue(1, 365),
        "revenue_prev_12m": revenue(366, 730),
        "orders_change_quarter": change(orders(1, 91), orders(92, 182)),
        "spend_change_quarter": change(money(1, 91), money(92, 182)),
        "last_quarter_share": ratio(money(1, 91), money(1, 364)),
        "spend_slope": 365 * sum((day - centre) * spend[day] for day in days) / spread if n > 1 else None,
        "activity_trend": (statistics.fmean(day - days[0] for day in days[1:]) - life / 2)
        / (life / math.sqrt(12 * (n - 1)))
        if n > 1
        else None,
        "falling_quarters": [*falls, False].index(False),
        "order_value_trend": change(ratio(money(1, 182), orders(1, 182)), ratio(money(183), orders(183))),
        "units_per_order": units(bought) / orders(1),
        "multi_item_share": sum(several > 1 for several in lines.values()) / n,
        "distinct_products": len(products),
        "new_product_share": ratio(sum(cutoff - day <= 180 for day in products.values()), len(products)),
        "distinct_categories": len(categories),
        "favourite_category_share": ratio(max(categories.values(), default=0), sum(categories.values())),
        "return_money_share": ratio(-sum(row["amount"] for row in returned), total),
        "return_line_share": len(returned) / len(rows),
        "days_since_return": cutoff - max(row["day"] for row in returned) if returned else None,
        "discount_mean": discount(bought),
        "discounted_share": ratio(sum(one > 0 for one in discounts), len(discounts)),
        "discount_trend": discount(aged(1, 182)) - discount(aged(183))
        if discount(aged(1, 182)) is not None and discount(aged(183)) is not None
        else None,
        "unit_price_trend": change(
            ratio(money(1, 182), units(aged(1, 182))), ratio(money(183), units(aged(183)))
        ),
        "weekend_share": sum(as_date(day).weekday() >= 5 for day in days) / n,
        "season_peak_share": max(seasons) / n if life >= 364 else None,
        "season_ahead_share": ratio(money(274, 364), money(1, 364)) if life >= 364 else None,
        "spend_yoy_quarter": change(money(1, 91), money(365, 455)) if life >= 455 else None,
        "tenure_days": life,
        "repeat_rate": 365 * (n - 1) / life,
        "days_to_second": gaps[0] if gaps else None,
        "active_quarter_share": len({(cutoff - day - 1) // 91 for day in days}) / math.ceil(life / 91),
        "on_time_share": sum(promises) / len(promises) if promises else None,
        "delivery_days_mean": statistics.fmean(waits) if waits else None,
    }


@pytest.fixture(scope="module", params=[1000, 700])
def both(request, messy, put):
    cutoff = request.param
    table = messy.to_pylist()
    rows = defaultdict(list)
    for row in table:
        if row["day"] < cutoff:
            money = {name: row[name] / 10_000 for name in ("amount", "cost")}
            rows[row["customer_id"]].append(row | money)
    known = {one: lines for one, lines in rows.items() if any(row["is_purchase"] for row in lines)}
    expected = pd.DataFrame({one: by_hand(lines, cutoff) for one, lines in known.items()}).T.sort_index()
    return build_features(put(messy), cutoff), expected.astype(float)


@pytest.mark.parametrize("name", [spec.name for spec in catalogue()])
def test_feature_is_what_its_definition_says(both, name):
    X, expected = both
    pd.testing.assert_series_equal(
        X[name].astype(float), expected[name], check_names=False, check_index_type=False, rtol=1e-9, atol=1e-9
    )
