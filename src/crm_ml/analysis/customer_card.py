"""Everything that is known of one customer: what it bought, is, may do, said, and when we last spoke.

Words about a person are neutral: judgements on complaints and names of quadrants stay out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import narwhals as nw
import pandas as pd

from crm_ml.analysis.abc import abc
from crm_ml.analysis.company import Company
from crm_ml.analysis.customer_classes import customer_classes
from crm_ml.analysis.customer_view import customer_view
from crm_ml.analysis.dated import dated_table
from crm_ml.analysis.day_table import collect, first_days
from crm_ml.analysis.pyramid import pyramid
from crm_ml.analysis.results import attempt
from crm_ml.analysis.rfm import rfm
from crm_ml.analysis.survey.answers import read_answers
from crm_ml.analysis.tables import customer_table
from crm_ml.analysis.totals import last_window
from crm_ml.base.exceptions import InputError
from crm_ml.base.validation import nearest
from crm_ml.data.contact_tables import CONTACTS, HELPDESK
from crm_ml.data.optional_tables import COMPLAINTS
from crm_ml.data.schema import MONEY_SCALE
from crm_ml.data.table_schema import TableSchema
from crm_ml.data.windows import Window, as_date, before

if TYPE_CHECKING:
    from crm_ml.base.result import Result

__all__ = ["CustomerCard", "known_of_customer"]

_QUARTER_DAYS, _QUARTERS = 91, 12
_PRODUCTS, _LATEST = 8, 5
_SCORES = (
    "expected_loss", "p_stopped", "p_drying_up", "p_at_risk", "usual_spend", "expected_spend",
    "expected_purchases", "clv", "clv_low", "clv_high",
)  # fmt: skip
_SAID = ("threat", "risk_band", "advice", "rule", "score_basis")
_REASONS = ("reason_1", "reason_2", "reason_3")
_ACCOUNT = ("name", "status", "segment", "sector", "owner", "channel", "referred_by", "programme_member")


@dataclass(frozen=True)
class CustomerCard:
    """What is known of one customer; a part that nothing is known of is empty.

    Parameters
    ----------
    customer_id : str
        The customer.
    as_of : date
        First day that is not seen.
    period : Window
        The period of revenue, margin and classes.
    basis, currency : str
        What money is.
    account : mapping
        Name, segment, account manager and the like.
    buying : mapping
        First and last purchase, days since, orders, revenue, margin, profit of the period.
    classes : mapping
        Pyramid, ABC, RFM, rating, account class and recommended action.
    scores : mapping
        Chances, expected loss and lifetime value with its interval.
    said : mapping
        Threat, advice and rule of the risk list.
    reasons : tuple of str
        Why the risk list thinks so.
    history : DataFrame
        ``period`` (last day of a quarter of 91 days), ``revenue, orders``, oldest first.
    products : DataFrame
        What it buys most: ``product_id, revenue, quantity``.
    contacts, complaints, requests, opinions : DataFrame
        The latest of each; opinions with ``question, aspect, score``.
    """

    customer_id: str
    as_of: dt.date
    period: Window
    basis: str = ""
    currency: str = ""
    account: Mapping[str, Any] = field(default_factory=dict)
    buying: Mapping[str, Any] = field(default_factory=dict)
    classes: Mapping[str, Any] = field(default_factory=dict)
    scores: Mapping[str, float] = field(default_factory=dict)
    said: Mapping[str, str] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()
    history: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)
    products: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)
    contacts: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)
    complaints: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)
    requests: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)
    opinions: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)


def known_of_customer(company: Company, customer_id: str) -> CustomerCard:
    """Collect what transactions and optional tables say of one customer.

    Parameters
    ----------
    company : Company
        What is known of all.
    customer_id : str
        The customer; a prospect of the accounts table has a card too.

    Raises
    ------
    InputError
        When nobody has that number.
    """
    window = last_window(company.tx, company.as_of, company.settings.period_days)
    account = _row(company, "accounts", customer_id)
    _check_known(company, window, customer_id, account)
    view = customer_view(company)
    scores = _row(company, "scores", customer_id)
    rows = before(company.tx.log, window.end).filter(nw.col("customer_id") == customer_id)
    history = _history(company, rows, window)
    return CustomerCard(
        customer_id,
        window.end,
        window,
        basis=company.tx.basis or "revenue",
        currency=company.tx.currency,
        account={name: account[name] for name in _ACCOUNT if _filled(account.get(name))},
        buying=_buying(company, view, window, customer_id),
        classes=_classes(company, view, customer_id),
        scores={name: float(scores[name]) for name in _SCORES if _filled(scores.get(name))},
        said={name: str(scores[name]) for name in _SAID if _filled(scores.get(name))},
        reasons=tuple(str(scores[name]) for name in _REASONS if _filled(scores.get(name))),
        history=history,
        products=_products(company, rows),
        contacts=_latest(company, CONTACTS, "date", window, customer_id),
        complaints=_latest(company, COMPLAINTS, "opened", window, customer_id),
        requests=_latest(company, HELPDESK, "opened", window, customer_id),
        opinions=_opinions(company, customer_id),
    )


def _check_known(company: Company, window: Window, customer_id: str, account: Mapping[str, Any]) -> None:
    known = first_days(company.tx, window.end_day).index
    if customer_id in known or account:
        return
    near = nearest(customer_id, map(str, known))
    do = f"did you mean {near[0]!r}?" if near else "check the number"
    raise InputError("unknown customer", got=repr(customer_id), do=do)


def _filled(value: Any) -> bool:
    return value is not None and not pd.isna(value) and str(value).strip() != ""


def _row(company: Company, table: str, customer_id: str) -> dict[str, Any]:
    """Return the row of a customer in a table of one row a customer; empty without one."""
    given = company.table(table, "customer_id")
    if given is None:
        return {}
    found = customer_table(given, name=table)
    return _as_row(found, customer_id)


def _buying(company: Company, view: pd.DataFrame, window: Window, customer_id: str) -> dict[str, Any]:
    first = first_days(company.tx, window.end_day)
    found: dict[str, Any] = {}
    if customer_id in first.index:
        found["first_purchase"] = as_date(int(first[customer_id]))
        scored = attempt("rfm", rfm, company.tx, company.as_of)
        since = _of(scored, customer_id).get("recency_days", float("nan"))
        if _filled(since):
            found["last_purchase"] = as_date(window.end_day - int(since))
            found["recency_days"] = int(since)
    seen = _as_row(view, customer_id)
    names = ("orders", "revenue", "margin", "cost_to_serve", "profit")
    return found | {name: float(seen[name]) for name in names if _filled(seen.get(name))}


def _classes(company: Company, view: pd.DataFrame, customer_id: str) -> dict[str, Any]:
    chosen = company.settings
    period: dict[str, Any] = {"as_of": company.as_of, "period_days": chosen.period_days}
    level = attempt("pyramid", pyramid, company.tx, cuts=chosen.pyramid_cuts, **period)
    letter = attempt(
        "abc", abc, company.tx, company.as_of, cuts=chosen.abc_cuts, period_days=chosen.period_days
    )
    scored = attempt("rfm", rfm, company.tx, company.as_of)
    found = {
        "pyramid_class": _of(level, customer_id).get("class"),
        "abc_class": _of(letter, customer_id).get("class"),
        "rfm_segment": _of(scored, customer_id).get("segment"),
        "rfm_score": _of(scored, customer_id).get("rfm_score"),
    }
    classes = customer_classes(company, view)
    found |= _as_row(classes, customer_id)
    return {name: value for name, value in found.items() if _filled(value)}


def _of(result: Result, customer_id: str) -> dict[str, Any]:
    if "customers" not in result.tables:
        return {}
    return _as_row(result.tables["customers"].set_index("customer_id"), customer_id)


def _as_row(table: pd.DataFrame, customer_id: str) -> dict[str, Any]:
    """Return the row of a customer by the names of its columns; empty without one."""
    if customer_id not in table.index:
        return {}
    return {str(name): value for name, value in table.loc[customer_id].to_dict().items()}


def _history(company: Company, rows: nw.LazyFrame[Any], window: Window) -> pd.DataFrame:
    money = [nw.col("amount").sum().cast(nw.Int64).alias("revenue")] if company.tx.has_money else []
    daily = rows.group_by("day").agg(*money, nw.col("is_purchase").max().alias("bought"))
    days = collect(company.tx, daily, "day")
    if days.empty:
        return days
    ago = (window.end_day - 1 - days["day"]) // _QUARTER_DAYS
    days = days.assign(ago=ago)[ago < _QUARTERS]
    grouped = days.groupby("ago")
    table = pd.DataFrame({"purchase_days": grouped["bought"].sum().astype("int64")})
    if company.tx.has_money:
        table.insert(0, "revenue", grouped["revenue"].sum() / MONEY_SCALE)
    oldest = int(min(_QUARTERS - 1, days["ago"].max())) if len(days) else 0
    table = table.reindex(range(oldest, -1, -1), fill_value=0)
    ends = [as_date(window.end_day - 1 - _QUARTER_DAYS * int(one)) for one in table.index]
    return table.assign(period=ends).reset_index(drop=True)


def _products(company: Company, rows: nw.LazyFrame[Any]) -> pd.DataFrame:
    if not company.tx.has("product_id", "amount"):
        return pd.DataFrame()
    sums = [nw.col("amount").sum().cast(nw.Int64).alias("revenue")]
    sums += [nw.col("quantity").sum().alias("quantity")] if company.tx.has("quantity") else []
    bought = collect(company.tx, rows.group_by("product_id").agg(*sums), "product_id")
    bought["revenue"] = bought["revenue"] / MONEY_SCALE
    return (
        bought.sort_values("revenue", ascending=False, kind="stable").head(_PRODUCTS).reset_index(drop=True)
    )


def _latest(
    company: Company, schema: TableSchema, date: str, window: Window, customer_id: str
) -> pd.DataFrame:
    """Return the latest rows of a customer in a dated table, newest first, without judgements."""
    given = company.table(schema.name, "customer_id", date)
    if given is None:
        return pd.DataFrame()
    rows = dated_table(given, schema, date=date, window=Window(0, window.end_day))
    own = rows[rows["customer_id"] == customer_id].sort_values("day", ascending=False, kind="stable")
    shown = own.head(_LATEST).drop(columns=["customer_id", "day"]).reset_index(drop=True)
    if schema is COMPLAINTS:
        shown = shown.drop(columns="kind", errors="ignore")
    for column in schema.columns:
        if column.kind == "day" and column.name in shown:
            shown[column.name] = [None if pd.isna(one) else as_date(int(one)) for one in shown[column.name]]
    return shown


def _opinions(company: Company, customer_id: str) -> pd.DataFrame:
    survey = company.table("survey")
    if survey is None:
        return pd.DataFrame()
    answers = read_answers(survey, scale=company.settings.survey_scale, as_of=company.as_of).frame
    own = answers[(answers["customer_id"] == customer_id) & (answers["kind"] != "staff_estimate")]
    return own[["kind", "aspect", "score", "scale"]].reset_index(drop=True)
