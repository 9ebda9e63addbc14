"""Which theme of behaviour a feature belongs to, so that reasons agree with the model.

A model spreads one behaviour over many features (recency, overdue ratio, t_x …); only the sum over a theme
says whether that behaviour raises or lowers the risk.
"""

from __future__ import annotations

__all__ = ["feature_themes"]

_OF_GROUP = {
    "rfm": "spend",
    "btyd": "rhythm",
    "rhythm": "rhythm",
    "trend": "spend",
    "basket": "basket",
    "returns": "returns",
    "price": "price",
    "season": "season",
    "tenure": "tenure",
    "delivery": "delivery",
}
# Features that tell about another theme than the rest of their group.
_OF_FEATURE = {
    "recency_days": "rhythm",
    "purchase_days": "orders",
    "orders": "orders",
    "frequency": "orders",
    "monetary_value": "spend",
    "first_value": "spend",
    "activity_trend": "orders",
    "repeat_rate": "orders",
    "active_quarter_share": "orders",
    "days_to_second": "rhythm",
    "falling_quarters": "trend",
    "spend_slope": "trend",
}


# What a purchase-process model expects follows from the rhythm of buying, and its money from the spend.
_OF_BTYD = {
    "btyd_p_no_purchase": "rhythm",
    "btyd_p_alive": "rhythm",
    "btyd_expected_purchases": "rhythm",
    "btyd_expected_value": "spend",
}


def feature_themes() -> dict[str, str]:
    """Return the theme of every feature of the catalogue.

    Examples
    --------
    >>> themes = feature_themes()
    >>> themes["overdue_ratio"], themes["orders_90d"], themes["revenue_90d"]
    ('rhythm', 'orders', 'spend')
    """
    from crm_ml.features.catalogue import catalogue

    found = {spec.name: _theme(spec.name, spec.group) for spec in catalogue()}
    return found | _OF_BTYD


def _theme(name: str, group: str) -> str:
    if name in _OF_FEATURE:
        return _OF_FEATURE[name]
    return "orders" if name.startswith("orders_") else _OF_GROUP[group]
