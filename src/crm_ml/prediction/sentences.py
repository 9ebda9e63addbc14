"""What can be said about a customer's own behaviour, and when it is true.

A sentence is a text of ``base/languages/reasons.yaml`` with the facts it shows and a condition that
must hold for the customer; :mod:`crm_ml.prediction.reasons` chooses among the true ones. Facts are features,
those derived from them, normals of other customers, and columns of further tables that the caller joins:
``complaints_12m, complaints_open, days_since_contact``.
"""

from __future__ import annotations

from crm_ml.prediction.conditions import above, at_least, at_most, below, fallen, longer, risen
from crm_ml.prediction.sentence import Sentence

__all__ = ["SENTENCES"]

_once = at_most("purchase_days", 1)
_twice = at_least("purchase_days", 2) & at_most("purchase_days", 2)
_regular = at_least("purchase_days", 3)
# A normal must not hold the first purchase, or every fresh customer seems to fall (DOMAIN §4).
_a_year = _regular & at_least("tenure_days", 366)
_half_a_year = _regular & at_least("tenure_days", 181) & at_most("tenure_days", 365)

# Someone who buys in bursts has a short median gap that says nothing about the next purchase.
_steady = below("gap_mean", "gap_median", times=2)

# Nothing in a quarter says something only about somebody who buys every quarter.
_within_quarters = at_most("gap_median", 90)

_recency = {"recency": ("recency_days", "day")}
_spent = {"spent": ("revenue_90d", "money")}
_bought = {"bought": ("purchase_days", "day")}

_RHYTHM = (
    Sentence("once", "rhythm", "own", _once & at_least("recency_days", 31), _recency),
    Sentence("new_customer", "rhythm", "own", _once & at_most("recency_days", 30), _recency),
    Sentence(
        "twice",
        "rhythm",
        "raises",
        longer("recency_days", "gap_last") & _twice,
        {"gap": ("gap_last", "day"), **_recency},
    ),
    Sentence(
        "overdue",
        "rhythm",
        "raises",
        longer("recency_days", "gap_median") & _regular & _steady,
        {"gap": ("gap_median", "every_day"), **_recency},
    ),
    Sentence(
        "longer_than_ever",
        "rhythm",
        "raises",
        above("recency_days", "gap_max") & _regular & at_least("recency_days", 14),
        {"longest": ("gap_max", "day"), **_recency},
    ),
    Sentence(
        "slower",
        "rhythm",
        "raises",
        longer("gap_last", "gap_median") & at_least("purchase_days", 4),
        {"last": ("gap_last", "day"), "gap": ("gap_median", "day")},
    ),
    Sentence(
        "on_rhythm",
        "rhythm",
        "lowers",
        below("recency_days", "gap_median") & _regular,
        {"gap": ("gap_median", "day"), **_recency},
    ),
    Sentence(
        "slower_than_peers",
        "rhythm",
        "raises",
        longer("recency_days", "peer_gap") & _regular,
        {"peers": ("peer_gap", "every_day"), **_recency},
    ),
)

_SPEND = (
    Sentence(
        "spend_fallen",
        "spend",
        "raises",
        fallen("revenue_90d", "usual_revenue_90d") & _a_year & _within_quarters,
        {**_spent, "usual": ("usual_revenue_90d", "money")},
    ),
    Sentence(
        "nothing_spent",
        "spend",
        "raises",
        above("usual_revenue_90d", "orders_90d") & at_most("orders_90d", 0) & _a_year & _within_quarters,
        {"usual": ("usual_revenue_90d", "money")},
    ),
    Sentence(
        "spend_below_before",
        "spend",
        "raises",
        fallen("revenue_90d", "revenue_before_90d") & _half_a_year,
        {**_spent, "before": ("revenue_before_90d", "money")},
    ),
    Sentence(
        "spend_year_fallen",
        "spend",
        "raises",
        fallen("revenue_12m", "revenue_prev_12m") & _regular & at_least("tenure_days", 731),
        {"spent": ("revenue_12m", "money"), "before": ("revenue_prev_12m", "money")},
    ),
    Sentence(
        "falling_quarters",
        "trend",
        "raises",
        at_least("falling_quarters", 2) & _regular & at_least("tenure_days", 456),
        {"quarters": ("falling_quarters", "quarter")},
    ),
    Sentence(
        "spend_risen",
        "spend",
        "lowers",
        risen("revenue_90d", "usual_revenue_90d") & _a_year,
        {**_spent, "usual": ("usual_revenue_90d", "money")},
    ),
    Sentence(
        "spend_year_risen",
        "spend",
        "lowers",
        risen("revenue_12m", "revenue_prev_12m") & _regular & at_least("tenure_days", 731),
        {"spent": ("revenue_12m", "money"), "before": ("revenue_prev_12m", "money")},
    ),
)

_orders = {"orders": ("orders_90d", "order")}
_FREQUENCY = (
    Sentence(
        "orders_fallen",
        "orders",
        "raises",
        fallen("orders_90d", "usual_orders_90d") & _a_year & at_least("usual_orders_90d", 2),
        {**_orders, "usual": ("usual_orders_90d", "about")},
    ),
    Sentence(
        "orders_below_before",
        "orders",
        "raises",
        fallen("orders_90d", "orders_before_90d") & _half_a_year,
        {**_orders, "before": ("orders_before_90d", "plain")},
    ),
    Sentence(
        "orders_risen",
        "orders",
        "lowers",
        risen("orders_90d", "usual_orders_90d") & _a_year & at_least("usual_orders_90d", 1),
        {**_orders, "usual": ("usual_orders_90d", "about")},
    ),
)

_BASKET = (
    Sentence(
        "smaller_orders",
        "basket",
        "raises",
        at_least("order_value_drop", 0.25) & at_least("purchase_days", 4),
        {"drop": ("order_value_drop", "share")},
    ),
    Sentence(
        "nothing_new",
        "basket",
        "raises",
        at_most("new_products", 0) & at_least("distinct_products", 5) & at_least("tenure_days", 365),
        {"products": ("distinct_products", "product")},
    ),
    Sentence(
        "tries_new",
        "basket",
        "lowers",
        at_least("new_products", 1) & at_least("tenure_days", 365),
        {"products": ("new_products", "product")},
    ),
)

_SERVICE = (
    Sentence(
        "returned_lately",
        "returns",
        "raises",
        at_most("days_since_return", 90),
        {"days": ("days_since_return", "day")},
    ),
    Sentence(
        "returned_much",
        "returns",
        "raises",
        at_least("return_money_share", 0.2) & at_most("return_money_share", 1),
        {"share": ("return_money_share", "share")},
    ),
    Sentence(
        "waits_for_offers",
        "price",
        "raises",
        at_least("discounted_share", 0.8) & _regular,
        {"share": ("discounted_share", "share")},
    ),
    Sentence(
        "delivered_late",
        "delivery",
        "raises",
        at_least("late_share", 0.2),
        {"share": ("late_share", "share")},
    ),
    Sentence(
        "complaint_open",
        "complaints",
        "raises",
        at_least("complaints_open", 1),
        {"complaints": ("complaints_open", "complaint")},
    ),
    Sentence(
        "complained",
        "complaints",
        "raises",
        at_least("complaints_12m", 1),
        {"complaints": ("complaints_12m", "complaint")},
    ),
    Sentence(
        "no_contact",
        "contacts",
        "raises",
        at_least("days_since_contact", 90),
        {"days": ("days_since_contact", "day")},
    ),
)

_REST = (
    Sentence(
        "faithful",
        "tenure",
        "lowers",
        at_least("tenure_days", 365) & at_least("purchase_days", 5),
        {"tenure": ("tenure_days", "span"), **_bought},
    ),
    Sentence(
        "fact",
        "fact",
        "neutral",
        at_least("purchase_days", 2),
        {**_recency, **_bought},
    ),
)

SENTENCES: tuple[Sentence, ...] = (*_RHYTHM, *_SPEND, *_FREQUENCY, *_BASKET, *_SERVICE, *_REST)
