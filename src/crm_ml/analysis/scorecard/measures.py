"""The measures of the scorecard: where each stands in the cycle, and how it is read."""

from __future__ import annotations

from dataclasses import dataclass

from crm_ml.analysis.scorecard import from_log as log
from crm_ml.analysis.scorecard import from_tables as tables
from crm_ml.analysis.scorecard.reading import Read

__all__ = ["MEASURES", "Measure"]


@dataclass(frozen=True)
class Measure:
    """A measure of the scorecard.

    Parameters
    ----------
    name : str
        Key of its words, and its name in the table of targets.
    step : int
        Step of the cycle, from 1.
    question : str
        Which of the four questions it helps to answer: right, kept, earned or unprofitable.
    column : str
        Column of S4 s104: process, satisfaction, loyalty or value.
    unit : str
        What the figure is: share, money, number, days or points.
    better : int
        1 when more is better, −1 when less is, 0 when it depends.
    needs : str
        Table or column without which it is not computed.
    read : callable
        Reads it for a period.
    """

    name: str
    step: int
    question: str
    column: str
    unit: str
    better: int
    needs: str
    read: Read


# fmt: off
_ROWS: tuple[tuple[str, int, str, str, str, int, str, Read], ...] = (
    ("active_customers", 1, "right", "value", "number", 1, "purchase_in_period", log.active_customers),
    ("share_new_customers", 1, "right", "value", "share", 1, "history", log.new_customer_share),
    ("risen", 2, "right", "loyalty", "number", 1, "history", log.risen),
    ("fallen", 2, "right", "loyalty", "number", -1, "history", log.fallen),
    ("gross_margin_share", 3, "earned", "value", "share", 1, "cost", log.gross_margin),
    ("share_loss_customers", 3, "unprofitable", "value", "share", -1, "costs", tables.loss_customers),
    ("revenue", 4, "earned", "value", "money", 1, "amount", log.revenue),
    ("cost_of_new_customer", 5, "unprofitable", "process", "money", -1, "marketing", tables.acquisition_cost),
    ("cost_per_contact", 5, "unprofitable", "process", "money", -1, "contacts", tables.cost_per_contact),
    ("revenue_per_contact", 5, "earned", "process", "money", 1, "contacts", tables.revenue_per_contact),
    ("on_time_share", 6, "kept", "process", "share", 1, "deliveries", tables.on_time),
    ("median_days", 6, "kept", "process", "days", -1, "deliveries", tables.delivery_days),
    ("share_in_time", 6, "kept", "process", "share", 1, "helpdesk", tables.helpdesk_in_time),
    ("products_per_customer", 6, "earned", "loyalty", "number", 1, "product_id", log.products_per_customer),
    ("complaints_per_100", 7, "kept", "process", "number", -1, "complaints", tables.complaints_per_100),
    ("complaint_days", 7, "kept", "process", "days", -1, "complaints", tables.complaint_days),
    ("mean_satisfaction", 7, "kept", "satisfaction", "number", 1, "survey", tables.mean_satisfaction),
    ("nps", 7, "kept", "satisfaction", "points", 1, "survey", tables.nps),
    ("repurchase_intention", 7, "kept", "satisfaction", "share", 1, "survey", tables.repurchase),
    ("retention", 8, "kept", "loyalty", "share", 1, "history", log.retention),
    ("customer_growth", 8, "kept", "loyalty", "share", 1, "history", log.customer_growth),
    ("share_of_wallet", 8, "kept", "loyalty", "share", 1, "wallet", tables.wallet_share),
    ("expected_loss", 8, "kept", "loyalty", "money", -1, "scores", tables.threatened_revenue),
    ("customer_equity", 9, "earned", "value", "money", 1, "scores", tables.customer_equity),
    ("market_share", 9, "earned", "value", "share", 1, "market", tables.market_share),
)
# fmt: on
MEASURES: tuple[Measure, ...] = tuple(Measure(*row) for row in _ROWS)
