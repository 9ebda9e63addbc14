"""Customers in the growth–share matrix of the Boston Consulting Group."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_ml.analysis import charts
from crm_ml.analysis.results import empty_result, finished
from crm_ml.analysis.retention.bridge import customer_changes
from crm_ml.analysis.tables import customer_table, numeric
from crm_ml.analysis.totals import measure_of, units, window_pair
from crm_ml.analysis.values import first_rule
from crm_ml.analysis.words import note
from crm_ml.data.windows import DateLike, as_day

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result
    from crm_ml.data.transactions import Transactions

__all__ = ["customer_portfolio"]

# Beside named customers "modest" stands for the dog of the matrix.
_CLASSES = ("star", "cash_cow", "question_mark", "modest")


def customer_portfolio(
    tx: Transactions,
    wallets: IntoFrame | None = None,
    *,
    growth_cut: float | None = None,
    share_cut: float | None = None,
    as_of: DateLike | None = None,
    period_days: int = 365,
) -> Result:
    """Place customers by growth and by our share of them; an own version, the source only names the matrix.

    Parameters
    ----------
    tx : Transactions
        The log.
    wallets : table, optional
        ``customer_id, wallet``: all that the customer spends in our categories. Without it the share is that
        of the customer in our revenue, relative to the largest customer.
    growth_cut, share_cut : float, optional
        Where high begins; by default the growth of all these customers together, and the median share.
    as_of, period_days
        The last period and its length.

    Returns
    -------
    Result
        ``class, customers, before, after``; ``tables["customers"]`` with ``growth`` and ``share``. Customers
        new in the last period have no growth and are left out.
    """
    measure = measure_of(tx)
    earlier, later = window_pair(tx, as_of, period_days)
    changes = customer_changes(tx, earlier, later, measure)
    table = changes[(changes["before"] > 0) & (changes["after"] > 0)][["before", "after"]] / units(measure)
    if table.empty:
        return empty_result("customer_portfolio", note("no_customers"))
    table["growth"] = table["after"] / table["before"] - 1
    if wallets is None:
        table["share"] = table["after"] / table["after"].max()
    else:
        raw = customer_table(wallets, "wallet", name="wallets")
        wallet = numeric(raw, "wallet", name="wallets", minimum=0).reindex(table.index)
        table["share"] = (table["after"] / wallet).where(wallet >= table["after"])
        table = table.dropna(subset=["share"])
    overall = float(table["after"].sum() / table["before"].sum() - 1)
    cut = overall if growth_cut is None else growth_cut
    at = float(table["share"].median()) if share_cut is None else share_cut
    grows, large = table["growth"] > cut, table["share"] >= at
    table["class"] = first_rule({"star": grows & large, "cash_cow": large, "question_mark": grows}, "modest")
    grouped = table.groupby("class")
    sums = grouped[["before", "after"]].sum()
    sums.insert(0, "customers", grouped.size())
    short = as_day(tx.first_day) > earlier.cutoff_day
    return finished(
        "customer_portfolio",
        sums.reindex(list(_CLASSES), fill_value=0).reset_index(),
        source="DOMAIN 6 (own version); S0 l.83; Henderson (1970), The Product Portfolio",
        parameters={
            "growth_cut": cut,
            "share_cut": at,
            "wallets": wallets is not None,
            "currency": tx.currency,
        },
        basis=(tx.basis or "revenue") if measure == "revenue" else measure,
        n=len(table),
        warnings=(note("period_before_data", first=tx.first_day),) if short else (),
        tables={
            "customers": table.sort_values("after", ascending=False, kind="stable").reset_index(
                names="customer_id"
            )
        },
        figures={"growth": overall, "median_share": float(table["share"].median())},
        plotter=charts.scatter("share", "growth", "class", table="customers", growth=True),
    )
