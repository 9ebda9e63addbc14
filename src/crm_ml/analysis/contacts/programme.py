"""What a loyalty programme does: members beside non-members who bought as much before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.dated import day_numbers
from crm_ml.analysis.results import empty_result, finished, not_computed
from crm_ml.analysis.tables import customer_table, numeric
from crm_ml.analysis.totals import customer_totals, window_pair
from crm_ml.analysis.words import note
from crm_ml.data.schema import MONEY_SCALE
from crm_ml.data.windows import is_before

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result
    from crm_ml.data.transactions import Transactions
    from crm_ml.data.windows import DateLike, Window

__all__ = ["programme_effect"]

_Z = 1.959964


def programme_effect(
    tx: Transactions,
    accounts: IntoFrame | None,
    *,
    cost_per_member: float | None = None,
    groups: int = 5,
    as_of: DateLike | None = None,
    period_days: int = 365,
) -> Result:
    """Compare members with non-members who bought as much and as often in the period before.

    Customers active in the earlier period are divided into `groups` × `groups` cells by their revenue and by
    their purchase days then; within a cell members and non-members are compared in the later period, and the
    differences are averaged by the number of members. This takes away what the past shows, not why somebody
    became a member: the result carries that warning.

    Parameters
    ----------
    tx : Transactions
        The log.
    accounts : table, optional
        ``customer_id, programme_member`` (true or false); ``member_since`` (who joined after the later period
        began is left out); ``wallet`` (all that the customer spends a period) for share of wallet.
    cost_per_member : float, optional
        Cost of the programme per member and period.
    groups : int
        Cells per criterion.
    as_of, period_days
        The later period and its length.

    Returns
    -------
    Result
        A row an outcome (``kept``, ``revenue``, ``margin``, ``orders``, ``share_of_wallet``): ``members,
        matched`` (means), ``difference, low, high`` (95 %), ``naive_difference`` (without matching).
        Figures: ``members``, ``unmatched_members``, ``net_effect`` = difference in margin (or revenue) ×
        members − cost.
    """
    if accounts is None:
        return not_computed("programme_effect", "accounts")
    earlier, later = window_pair(tx, as_of, period_days)
    raw = customer_table(accounts, "programme_member", name="accounts")
    table = _outcomes(tx, raw, earlier, later)
    table, late = _members(table, raw, later)
    if table["member"].nunique() < 2:
        return empty_result("programme_effect", note("members_and_others"))
    table["cell"] = _cells(table, groups)
    matched = table[table.groupby("cell")["member"].transform("nunique") == 2]
    alone = int((table["member"] & ~table.index.isin(matched.index)).sum())
    outcomes = [name for name in ("kept", "revenue", "margin", "orders", "share_of_wallet") if name in table]
    found = pd.DataFrame([{"outcome": name, **_effect(matched, table, name)} for name in outcomes])
    members = int(matched["member"].sum())
    return finished(
        "programme_effect",
        found,
        source="DOMAIN 83 (matching: own); S3 l.33–39; Cochran (1968), Biometrics 24: 295",
        parameters={
            "groups": groups,
            "cost_per_member": cost_per_member,
            "from": str(later.cutoff),
            "until": str(later.end),
            "currency": tx.currency,
        },
        basis=(tx.basis or "revenue") if tx.has_money else "orders",
        n=len(matched),
        warnings=(
            note("self_selection"),
            *((note("unmatched_members", customers=alone),) if alone else ()),
            *((note("joined_late", customers=late),) if late else ()),
        ),
        figures={
            "members": float(members),
            "unmatched_members": float(alone),
            "net_effect": _net(found, members, cost_per_member),
        },
        plotter=charts.bars("outcome", "difference", "naive_difference"),
    )


def _outcomes(tx: Transactions, raw: pd.DataFrame, earlier: Window, later: Window) -> pd.DataFrame:
    before, after = customer_totals(tx, earlier), customer_totals(tx, later)
    before = before[before["purchase_days"] > 0]
    was = before["revenue"] if "revenue" in before else before["orders"]
    table = pd.DataFrame({"was": was, "days": before["purchase_days"]})
    later_days = after["purchase_days"].reindex(table.index, fill_value=0)
    table["kept"] = (later_days > 0).astype("float64")
    for name in ("revenue", "margin"):
        if name in after:
            table[name] = after[name].reindex(table.index, fill_value=0) / MONEY_SCALE
    table["orders"] = after["orders"].reindex(table.index, fill_value=0).astype("float64")
    if "wallet" in raw and "revenue" in table:
        wallet = numeric(raw, "wallet", name="accounts", minimum=0).reindex(table.index)
        table["share_of_wallet"] = (table["revenue"] / wallet.where(wallet > 0)).clip(upper=1)
    return table


def _members(table: pd.DataFrame, raw: pd.DataFrame, later: Window) -> tuple[pd.DataFrame, int]:
    """Mark the members; leave out who joined too late to be measured."""
    member = raw["programme_member"].fillna(False).astype(bool)
    late = pd.Series(False, index=raw.index)
    if "member_since" in raw:
        since = day_numbers(raw, "member_since", name="accounts")
        late = member & since.notna() & ~is_before(since, later.cutoff_day + 1)
    known = table.index.intersection(raw.index[~late])
    return table.loc[known].assign(member=member.reindex(known)), int(
        late.reindex(table.index).eq(True).sum()
    )


def _cells(table: pd.DataFrame, groups: int) -> pd.Series[int]:
    def group(name: str) -> pd.Series[int]:
        # Average ranks keep customers with the same past in one cell.
        place = (table[name].rank(method="average", pct=True) * groups).apply(np.ceil)
        return place.clip(1, groups).astype("int64")

    return group("was") * (groups + 1) + group("days")


def _effect(matched: pd.DataFrame, everybody: pd.DataFrame, outcome: str) -> dict[str, float]:
    rows = matched.dropna(subset=[outcome])
    ours, others = (
        rows[rows["member"] == is_member].groupby("cell")[outcome].agg(["mean", "size", "var"])
        for is_member in (True, False)
    )
    cells = ours.index.intersection(others.index)
    ours, others = ours.loc[cells], others.loc[cells]
    weight = ours["size"] / ours["size"].sum()
    usual = rows[outcome].var()  # a single customer in a cell says nothing about spread
    error = weight**2 * sum(one["var"].fillna(usual) / one["size"] for one in (ours, others))
    half = _Z * float(np.sqrt(error.sum()))
    mean, matched_mean = (float((weight * one["mean"]).sum()) for one in (ours, others))
    naive = everybody.groupby("member")[outcome].mean()
    return {
        "members": mean,
        "matched": matched_mean,
        "difference": mean - matched_mean,
        "low": mean - matched_mean - half,
        "high": mean - matched_mean + half,
        "naive_difference": float(naive[True] - naive[False]),
    }


def _net(found: pd.DataFrame, members: int, cost: float | None) -> float:
    gained = found.set_index("outcome")["difference"]
    money = next((name for name in ("margin", "revenue") if name in gained), None)
    return float("nan") if cost is None or money is None else float(gained[money] * members - cost * members)
