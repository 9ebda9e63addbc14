"""The optional tables of asked opinions, complaints, the market and prices: one schema each.

Every table may be absent; an analysis that needs it then says so by name.
"""

from __future__ import annotations

from collections.abc import Mapping

from crm_ml.data.table_schema import TableColumn, TableSchema

__all__ = [
    "COMPLAINTS",
    "COMPLAINT_KINDS",
    "EXIT_INTERVIEWS",
    "MARKET",
    "PRICES",
    "QUALITY_COSTS",
    "SCHEMAS",
    "SURVEY",
    "SURVEY_KINDS",
    "VALUE_ASPECTS",
]

SURVEY_KINDS = (
    "expectation",
    "experience",
    "importance",
    "overall",
    "recommend",
    "repurchase",
    "trust",
    "value",
    "staff_estimate",
)
# Aspects of the kind "value": what a customer gets, and what it costs to get it (DOMAIN 78).
VALUE_ASPECTS = ("result", "individualisation", "process_quality", "price_paid", "cost_of_obtaining")
COMPLAINT_KINDS = ("founded", "goodwill", "doubtful", "vexatious", "ignorance")

SURVEY = TableSchema(
    "survey",
    "a row a score",
    (
        TableColumn("customer_id", "text", "who answered; empty: anonymous", True, may_be_empty=True),
        TableColumn("kind", "choice", "what was asked", True, choices=SURVEY_KINDS),
        TableColumn("score", "number", "the answer, on the scale of its row", True, low=0, high=10),
        TableColumn("aspect", "text", "what it is about; empty for overall, recommend, repurchase, trust"),
        TableColumn("date", "day", "day of the answer; of several the latest counts"),
        TableColumn("scale", "number", "highest score: 5 (1–5) or 10 (1–10; recommend 0–10)", low=5, high=10),
        TableColumn("response_id", "text", "one filled-in questionnaire; pairs anonymous answers"),
    ),
)
COMPLAINTS = TableSchema(
    "complaints",
    "a row a complaint",
    (
        TableColumn("customer_id", "text", "who complained; empty: unknown", True, may_be_empty=True),
        TableColumn("opened", "day", "day on which it came in", True),
        TableColumn("closed", "day", "day on which it was resolved; empty: still open"),
        TableColumn("kind", "choice", "judgement of the complaint", choices=COMPLAINT_KINDS),
        TableColumn("category", "text", "what it is about"),
        TableColumn("cause", "text", "why it could happen"),
        TableColumn("cost", "number", "cost of resolving it, currency units", low=0),
    ),
)
MARKET = TableSchema(
    "market",
    "a row a product group (and period)",
    (
        TableColumn("product_group", "text", "the group; a category of the transactions", True),
        TableColumn("group_revenue", "number", "revenue of the group by all suppliers", True, low=0),
        TableColumn("period", "text", "which period, such as 2024; the last one counts"),
        TableColumn("own_revenue", "number", "our revenue in the group; empty: from the transactions", low=0),
        TableColumn("outlets", "number", "outlets that sell the group", low=0),
        TableColumn("own_outlets", "number", "of these, outlets that sell us", low=0),
        TableColumn("own_outlets_revenue", "number", "revenue of the whole group in our outlets", low=0),
        TableColumn("buyers", "number", "buyers of the group", low=0),
        TableColumn("own_buyers", "number", "of these, our customers; empty: from the transactions", low=0),
        TableColumn("own_buyers_revenue", "number", "spend of our buyers on the group, anywhere", low=0),
    ),
)
EXIT_INTERVIEWS = TableSchema(
    "exit_interviews",
    "a row a customer and reason; a customer may give several reasons",
    (
        TableColumn("customer_id", "text", "who left", True),
        TableColumn("reason", "text", "why; our own words are translated, yours are kept", True),
        TableColumn("date", "day", "day of the interview or of leaving"),
        TableColumn("lost_value", "number", "value a year lost; empty: revenue of the last year", low=0),
    ),
)
PRICES = TableSchema(
    "prices",
    "a row an item",
    (
        TableColumn("item", "text", "product, product group or price list", True),
        TableColumn("price", "number", "selling price of a unit", True, low=0),
        TableColumn("unit_cost", "number", "variable cost of a unit", True, low=0),
        TableColumn("fixed_cost", "number", "other cost a unit at the present volume", low=0),
        TableColumn("rise", "number", "planned rise as a share of the price; empty: 1 %", low=0),
    ),
)
QUALITY_COSTS = TableSchema(
    "quality_costs",
    "a row an observed level of prevention (a period, a site)",
    (
        TableColumn("level", "text", "name of the level", True),
        TableColumn("prevention_cost", "number", "spent on preventing errors", True, low=0),
        TableColumn("repair_cost", "number", "spent on errors and their repair", True, low=0),
        TableColumn("volume", "number", "units or orders behind both; makes levels comparable", low=0),
    ),
)
SCHEMAS: Mapping[str, TableSchema] = {
    schema.name: schema for schema in (SURVEY, COMPLAINTS, MARKET, EXIT_INTERVIEWS, PRICES, QUALITY_COSTS)
}
