"""The optional tables of contacts, service, marketing, traffic and deliveries: one schema each."""

from __future__ import annotations

from collections.abc import Mapping

from crm_ml.data.table_schema import TableColumn, TableSchema

__all__ = [
    "CONTACTS",
    "CONTACT_SCHEMAS",
    "CONTACT_STAGES",
    "DELIVERIES",
    "HELPDESK",
    "INITIATIVES",
    "MARKETING",
    "PURPOSES",
    "ROLES_KNOWN",
    "SCORECARD_TARGETS",
    "TRAFFIC",
]

# From winning a customer to extending the relationship, the stages of S2 s18.
CONTACT_STAGES = ("attract", "inform", "sell", "serve", "build")
INITIATIVES = ("us", "customer")
PURPOSES = ("acquisition", "retention")

CONTACTS = TableSchema(
    "contacts",
    "a row a contact",
    (
        TableColumn("customer_id", "text", "with whom", True),
        TableColumn("date", "day", "day of the contact"),
        TableColumn("channel", "text", "visit, telephone, e-mail, web …"),
        TableColumn("stage", "choice", "stage of the relationship", choices=CONTACT_STAGES),
        TableColumn("kind", "text", "kind of contact, such as offer or question"),
        TableColumn("initiative", "choice", "who took the initiative", choices=INITIATIVES),
        TableColumn("role", "text", "role in the buying group of the person spoken to"),
        TableColumn("employee", "text", "who of us"),
        TableColumn("answered", "flag", "whether the customer answered"),
        TableColumn("minutes", "number", "time spent, minutes", low=0),
        TableColumn("cost", "number", "cost, currency units", low=0),
    ),
)
HELPDESK = TableSchema(
    "helpdesk",
    "a row a request",
    (
        TableColumn("customer_id", "text", "who asked; empty: unknown", True, may_be_empty=True),
        TableColumn("opened", "text", "moment at which it came in", True),
        TableColumn("first_response", "text", "moment of the first answer; empty: none yet"),
        TableColumn("closed", "text", "moment at which it was solved; empty: still open"),
        TableColumn("transfers", "number", "how often it was passed on", low=0),
        TableColumn("category", "text", "what it is about"),
        TableColumn("status", "text", "where it stands"),
    ),
)
MARKETING = TableSchema(
    "marketing",
    "a row an expense",
    (
        TableColumn("date", "day", "day of the expense", True),
        TableColumn("purpose", "choice", "to win customers or to keep them", True, choices=PURPOSES),
        TableColumn("cost", "number", "currency units", True, low=0),
        TableColumn("channel", "text", "through which; the names of accounts.channel"),
    ),
)
TRAFFIC = TableSchema(
    "traffic",
    "a row a channel and period",
    (
        TableColumn("channel", "text", "site, mailing, advertisement …"),
        TableColumn("date", "day", "first day of the period"),
        TableColumn("impressions", "number", "times shown", low=0),
        TableColumn("clicks", "number", "of these, clicked", low=0),
        TableColumn("visits", "number", "visits", low=0),
        TableColumn("orders", "number", "of these, with an order", low=0),
    ),
)
ROLES_KNOWN = TableSchema(
    "roles",
    "a row a known member of a buying group (DMU)",
    (
        TableColumn("customer_id", "text", "customer", True),
        TableColumn("role", "text", "user, influencer, buyer, decider, gatekeeper …", True),
    ),
)
DELIVERIES = TableSchema(
    "deliveries",
    "a row a delivery line",
    (
        TableColumn("ordered", "day", "day of the order", True),
        TableColumn("delivered", "day", "day of delivery; empty: not yet", True, may_be_empty=True),
        TableColumn("customer_id", "text", "for whom"),
        TableColumn("promised", "day", "day that was promised"),
        TableColumn("as_described", "flag", "false where it came back as not as described"),
    ),
)
SCORECARD_TARGETS = TableSchema(
    "scorecard_targets",
    "a row a measure of the scorecard",
    (
        TableColumn("measure", "text", "name of the measure, such as retention", True),
        TableColumn("target", "number", "what it should be"),
        TableColumn("budget", "number", "what was budgeted for the period"),
    ),
)
CONTACT_SCHEMAS: Mapping[str, TableSchema] = {
    schema.name: schema
    for schema in (CONTACTS, HELPDESK, MARKETING, TRAFFIC, ROLES_KNOWN, DELIVERIES, SCORECARD_TARGETS)
}
