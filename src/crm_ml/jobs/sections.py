"""The groups of options that the configs of several jobs share.

Options that one room uses are that room's settings dataclass (`DataRules`, `LabelSettings`,
`EngineSettings`); here stand the ones that jobs themselves need.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from crm_ml.data.rules import DataRules
from crm_ml.prediction.list_options import ReasonsFor

__all__ = [
    "AccountsTable",
    "AuditTable",
    "CardSection",
    "ClvSection",
    "ContactSection",
    "DataSection",
    "ExtraTable",
    "IdMapTable",
    "ListSection",
    "PrivacySection",
    "Section",
    "SqlSection",
    "SuppressionTable",
    "TableSection",
    "TrackingSection",
    "WindowsSection",
]

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[int, Field(gt=0)]


class Section(BaseModel):
    """A group of options: frozen, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class SqlSection(Section):
    """A query on a database, through SQLAlchemy."""

    url: SecretStr = Field(description="SQLAlchemy address; take it from ${NAME}, it holds a password")
    query: str = Field(description="one SELECT whose columns the mapping names")


class TableSection(Section):
    """A table of a database that takes the list, through SQLAlchemy (PostgreSQL or SQLite)."""

    url: SecretStr = Field(description="SQLAlchemy address; take it from ${NAME}, it holds a password")
    name: str = Field("risk_list", min_length=1, description="table, or schema.table; its rows are replaced")


class AccountsTable(Section):
    """Names, owners and permissions of customers (CSV or Parquet)."""

    path: str = Field(description="the table")
    customer_id: str = Field("customer_id", description="column with the customer's id")
    name: str = Field("", description="column with the name; empty: none")
    owner: str = Field("", description="column with the account manager; empty: none")
    may_contact: str = Field("", description="column with yes or no; empty: none")
    key_account: str = Field("", description="column with yes for customers never held out; empty: none")


class ExtraTable(Section):
    """Own columns a customer, each row known from its as-of date."""

    path: str = Field(description="the table")
    customer_id: str = Field("customer_id", description="column with the customer's id")
    as_of: str = Field("as_of", description="column with the day from which the row was known")
    columns: tuple[str, ...] = Field((), description="columns to use; empty: all others")


class SuppressionTable(Section):
    """Customers who must stand on no list."""

    path: str = Field(description="the table")
    customer_id: str = Field("customer_id", description="column with the customer's id")


class AuditTable(Section):
    """Protected attributes of customers, for the audit only: no model sees them."""

    path: str = Field(description="the table")
    customer_id: str = Field("customer_id", description="column with the customer's id")
    columns: tuple[str, ...] = Field((), description="protected attributes; empty: all other columns")


class IdMapTable(Section):
    """Ids that are one customer: merged customers, households."""

    path: str = Field(description="the table")
    old: str = Field("old", description="column with the id in the transactions")
    new: str = Field("new", description="column with the id to count it under")


class DataSection(Section):
    """Where the transactions are and which column plays which role."""

    path: str = Field("", description="file, glob or folder: CSV, gzipped CSV or Parquet")
    dataset: Literal["", "cdnow", "cdnow_sample", "company"] = Field(
        "", description="real data that is installed with us, or a simulated company with every table"
    )
    sql: SqlSection | None = Field(None, description="a database instead of a file")

    customer_id: str = Field("customer_id", description="who bought")
    timestamp: str = Field("timestamp", description="when")
    amount: str = Field("", description="money of the line, a column or an expression; empty: counts only")
    order_id: str = Field("", description="order, invoice or basket; empty: one order a customer a day")
    quantity: str = Field("", description="units")
    product_id: str = Field("", description="what was bought")
    category: str = Field("", description="group of the product")
    cost: str = Field("", description="cost of the line")
    profit: str = Field("", description="profit of the line, where the source states it instead of a cost")
    discount: str = Field("", description="discount as a share of the list price")
    list_price: str = Field("", description="list price of the line")
    promised: str = Field("", description="day on which delivery was promised")
    delivered: str = Field("", description="day of delivery")
    sector: str = Field("", description="sector or segment of the customer, for a market index of its own")

    currency: str = Field("", description="such as EUR")
    basis: str = Field("", description="what money is: revenue, margin or profit, with or without VAT")
    rules: DataRules = Field(default_factory=DataRules, description="cleaning rules")
    quarantine: str = Field("", description="where rejected rows go; empty: beside the output")
    id_map: IdMapTable | None = Field(None, description="merged customers and households")
    accounts: AccountsTable | None = Field(None, description="names, owners, permissions")
    extra: ExtraTable | None = Field(None, description="own columns with an as-of date")
    suppression: SuppressionTable | None = Field(None, description="customers on no list")

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        given = [name for name in ("path", "dataset", "sql") if getattr(self, name)]
        if len(given) > 1:
            raise ValueError(f"name one of path, dataset and sql, not {' and '.join(given)}")
        return self

    @property
    def has_source(self) -> bool:
        """Whether the section says where the transactions are."""
        return bool(self.path or self.dataset or self.sql)


class WindowsSection(Section):
    """Which snapshots models learn from."""

    n: Positive = Field(6, description="training snapshots at most; fewer when the history is short")
    stride_days: Positive | None = Field(
        None, description="days between cutoffs; empty: a third of the horizon"
    )
    min_history_days: Positive | None = Field(
        None, description="days before the first cutoff; empty: two horizons, at most 180 days"
    )


class ClvSection(Section):
    """Customer lifetime value."""

    model: Literal["ParetoNBD", "BGNBD", "MBGNBD"] = Field(
        "ParetoNBD", description="model of the purchases; Pareto/NBD was best on later CDNOW data"
    )
    horizon_days: Positive = Field(1095, description="how far value counts (36 months; our own default)")
    discount_rate: Annotated[float, Field(ge=0)] = Field(0.10, description="a year")
    margin: Share = Field(1.0, description="share of revenue that is margin; 1.0 makes it revenue CLV")
    interval: Annotated[float, Field(gt=0, lt=1)] = Field(0.90, description="coverage of clv_low … clv_high")


class ContactSection(Section):
    """What a contact is worth; the save rate is an assumption and is shown as one."""

    save_rate: Share = Field(0.10, description="share of contacted leavers who stay")
    save_rate_low: Share = Field(0.05, description="pessimistic")
    save_rate_high: Share = Field(0.20, description="optimistic")
    cost: Annotated[float, Field(ge=0)] = Field(0.0, description="of one contact, in the currency")
    exempt_top: Annotated[int, Field(ge=0)] = Field(
        0, description="so many largest customers are never held out"
    )


class ListSection(Section):
    """The risk list that marketing gets."""

    campaign: str = Field("", description="names this round; each draws its own hold-out; empty: as_of")
    holdout_share: Share = Field(0.10, description="share of customers not contacted, to measure the effect")
    secret_env: str = Field("CRM_ML_SECRET", description="environment variable with the key of that draw")
    key_accounts: tuple[str, ...] = Field((), description="ids that are never held out")
    capacity: Positive | None = Field(None, description="calls an owner can make; empty: all")
    language: Literal["en", "nl"] = Field("en", description="of reasons, advice, workbook and report")
    reasons: ReasonsFor = Field(
        "threatened", description="whose reasons are written; everybody's cost many times the prediction"
    )
    locale: Literal["en", "nl"] = Field("en", description="of CSV: nl has semicolons and decimal commas")
    contact: ContactSection = Field(default_factory=ContactSection, description="worth of a contact")


class CardSection(Section):
    """Who answers for the model; goes into the model card and the bundle."""

    owner: str = Field("", description="who answers for it")
    purpose: str = Field("", description="what it may be used for")
    legal_basis: str = Field("", description="why these data may be used")
    retention: dt.date | None = Field(None, description="day on which it must be gone")
    owner_required: bool = Field(False, description="refuse a bundle without owner")


class PrivacySection(Section):
    """Attributes that no model may judge people on."""

    extra_forbidden: tuple[str, ...] = Field((), description="names forbidden beside the built-in ones")
    allow: tuple[str, ...] = Field((), description="built-in names that are harmless here")


class TrackingSection(Section):
    """Where runs are kept."""

    enabled: bool = Field(True, description="keep runs in MLflow")
    experiment: str = Field("crm", description="name of the experiment")
    store: str = Field(
        "", description="SQLite file, or the address of a tracking server; empty: mlflow.db in out"
    )
