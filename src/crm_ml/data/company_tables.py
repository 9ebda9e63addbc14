"""The optional tables about accounts, people, money and plans: one schema each."""

from __future__ import annotations

from collections.abc import Mapping

from crm_ml.data.table_schema import TableColumn, TableSchema

__all__ = ["COMPANY_SCHEMAS"]

_WHO = TableColumn("customer_id", "text", "customer", True)


def _effect(name: str, meaning: str) -> TableColumn:
    return TableColumn(name, "number", meaning, low=0, high=5)


_ACCOUNTS = TableSchema(
    "accounts",
    "a row a customer; further columns can be attributes or groups",
    (
        _WHO,
        TableColumn("name", "text", "name to show"),
        TableColumn("segment", "text", "group by which bridges and profiles are divided"),
        TableColumn("owner", "text", "account manager"),
        TableColumn("status", "text", "suspect, lead, prospect or customer"),
        TableColumn("wallet", "number", "what the customer spends on our products anywhere, a year", low=0),
        TableColumn("potential", "number", "revenue that the customer could bring, a year", low=0),
        _effect("co_operation", "willingness to co-operate, 0–5"),
        _effect("direct", "strategic: direct long-term result, 0–5"),
        _effect("learning", "strategic: what is learnt, 0–5"),
        _effect("reputation", "strategic: reputation, 0–5"),
        _effect("bridgehead", "strategic: bridgehead to other customers, 0–5"),
        _effect("network", "strategic: network, 0–5"),
        _effect("ambassador", "strategic: recommends us, 0–5"),
        _effect("advice_need", "need for advice, 0–5"),
        TableColumn("channel", "text", "through which the customer was won"),
        TableColumn("referred_by", "text", "customer who referred this one"),
        TableColumn("programme_member", "flag", "whether in the loyalty programme"),
        TableColumn("member_since", "day", "day of joining it"),
        TableColumn("as_of", "day", "day from which the row was known; training classes needs it"),
    ),
    key=("customer_id",),
)
_COSTS = TableSchema(
    "costs",
    "a row an activity and customer; see costs_template.xlsx",
    (
        TableColumn("activity", "text", "what is done for customers", True),
        TableColumn("customer_id", "text", "for whom; empty: a pool without driver", True, may_be_empty=True),
        TableColumn("driver_quantity", "number", "how often", True, may_be_empty=True, low=0),
        TableColumn(
            "pool_cost", "number", "what the activity costs in all, the same on all its rows", True, low=0
        ),
    ),
)
_SCORES = TableSchema(
    "scores",
    "a row a customer: the risk list",
    (
        _WHO,
        TableColumn("p_stopped", "number", "chance of stopping", low=0, high=1),
        TableColumn("p_at_risk", "number", "chance of stopping or drying up", low=0, high=1),
        TableColumn("usual_spend", "number", "own normal of the horizon"),
        TableColumn("expected_loss", "number", "money that threatens to leave"),
        TableColumn("expected_purchases", "number", "purchases that are expected"),
        TableColumn("clv", "number", "lifetime value"),
    ),
    key=("customer_id",),
)
_CLV_BEFORE = TableSchema(
    "clv_before",
    "a row a customer at an earlier date",
    (_WHO, TableColumn("clv", "number", "lifetime value then", True, may_be_empty=True)),
    key=("customer_id",),
)
_PRODUCTS = TableSchema(
    "products",
    "a row a product",
    (
        TableColumn("product_id", "text", "product of the transactions", True),
        TableColumn("category", "text", "group of the product"),
        TableColumn("tier", "number", "from basic (1) upwards within its category"),
    ),
)
_TARGETS = TableSchema(
    "targets",
    "a row a customer",
    (
        _WHO,
        TableColumn("target_revenue", "number", "planned revenue of the period", True, may_be_empty=True),
        TableColumn("target_quantity", "number", "planned units"),
    ),
    key=("customer_id",),
)
_CATEGORY_TARGETS = TableSchema(
    "category_targets",
    "a row a category, as planned for the period",
    (
        TableColumn("category", "text", "category of the transactions", True),
        TableColumn("revenue", "number", "planned revenue", True, may_be_empty=True),
        TableColumn("quantity", "number", "planned units", True, may_be_empty=True),
    ),
)
_EMPLOYEES = TableSchema(
    "employees",
    "a row an employee",
    (
        TableColumn("employee", "text", "who", True),
        TableColumn("gross_salary", "number", "gross salary a year", True, low=0),
    ),
)
_INVESTMENTS = TableSchema(
    "investments",
    "a row a customer in whom is invested up front",
    (
        _WHO,
        TableColumn("investment", "number", "spent up front", True),
        TableColumn("yearly_margin", "number", "margin a year that it brings", True),
        TableColumn("retention", "number", "chance of keeping the customer a year; empty: 1", low=0, high=1),
    ),
    key=("customer_id",),
)
_PERIODS = TableSchema(
    "periods",
    "a row a period",
    (
        TableColumn("period", "text", "such as 2024", True),
        TableColumn("margin", "number", "margin of the period", True),
        TableColumn("marketing_cost", "number", "spent on marketing"),
        TableColumn("sales_hours", "number", "hours of selling"),
        TableColumn("service_cost", "number", "spent on service"),
        TableColumn("active_customers", "number", "customers who bought"),
    ),
)
_PROSPECTS = TableSchema(
    "prospects", "a row a prospect, with the attributes of accounts", (_WHO,), key=("customer_id",)
)
_QUOTES = TableSchema(
    "quotes",
    "a row a quote",
    (
        TableColumn("owner", "text", "who made it; empty: unknown", True, may_be_empty=True),
        TableColumn("won", "flag", "whether it became an order", True, may_be_empty=True),
        TableColumn("customer_id", "text", "for whom"),
        TableColumn("date", "day", "day of the quote"),
    ),
)
_REGRESSORS = TableSchema(
    "regressors",
    "a row a day, with figures from outside such as degrees",
    (TableColumn("date", "day", "the day", True),),
)
COMPANY_SCHEMAS: Mapping[str, TableSchema] = {
    schema.name: schema
    for schema in (
        _ACCOUNTS, _COSTS, _SCORES, _CLV_BEFORE, _PRODUCTS, _TARGETS, _CATEGORY_TARGETS, _EMPLOYEES,
        _INVESTMENTS, _PERIODS, _PROSPECTS, _QUOTES, _REGRESSORS,
    )
}  # fmt: skip
