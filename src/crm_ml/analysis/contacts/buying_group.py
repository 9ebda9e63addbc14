"""Whom of the group that decides on a purchase (the DMU) we speak to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.dated import dated_table
from crm_ml.analysis.results import empty_result, finished, not_computed
from crm_ml.analysis.words import note
from crm_ml.data.contact_tables import CONTACTS, ROLES_KNOWN

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result
    from crm_ml.data.windows import Window

__all__ = ["buying_group_coverage"]


def buying_group_coverage(
    roles: IntoFrame | None, contacts: IntoFrame | None, *, window: Window | None = None
) -> Result:
    """Compute which part of the known roles in each buying group we had contact with.

    Parameters
    ----------
    roles : table, optional
        ``customer_id, role``: a row a known member of the decision-making unit (user, buyer, decider …).
    contacts : table, optional
        ``customer_id, role``: with whom; ``date``. A role met but not listed counts as known.
    window : Window, optional
        Contacts in this period only.

    Returns
    -------
    Result
        A row a role: ``role, known, contacted, coverage``; ``tables["customers"]``: ``customer_id,
        roles_known, roles_contacted, coverage, not_contacted``, least covered first. Figures: ``coverage``
        (all roles) and ``share_covered`` (customers of whom every role was met).

    Examples
    --------
    >>> roles = pd.DataFrame({"customer_id": ["a", "a", "b"], "role": ["buyer", "user", "buyer"]})
    >>> calls = pd.DataFrame({"customer_id": ["a"], "role": ["buyer"]})
    >>> buying_group_coverage(roles, calls).table.to_numpy().tolist()
    [['buyer', 2, 1, 0.5], ['user', 1, 0, 0.0]]
    """
    missing = [name for name, table in (("roles", roles), ("contacts", contacts)) if table is None]
    if roles is None or contacts is None:
        return not_computed("buying_group_coverage", *missing)
    listed = dated_table(roles, ROLES_KNOWN)
    met = dated_table(contacts, CONTACTS, "role", window=window).dropna(subset=["role"])
    pairs = ["customer_id", "role"]
    known = pd.concat([listed[pairs], met[pairs]]).astype("str").drop_duplicates()
    if known.empty:
        return empty_result("buying_group_coverage", note("no_contacts"))
    known = known.merge(met[pairs].astype("str").drop_duplicates().assign(contacted=True), "left", on=pairs)
    known["contacted"] = known["contacted"].eq(True)
    by_role = known.groupby("role")["contacted"].agg(["size", "sum", "mean"]).reset_index()
    by_role.columns = pd.Index(["role", "known", "contacted", "coverage"])
    customers = _customers(known)
    return finished(
        "buying_group_coverage",
        by_role,
        source="DOMAIN 63; S0 l.108; S4 s70",
        parameters={} if window is None else {"from": str(window.cutoff), "until": str(window.end)},
        n=len(customers),
        tables={"customers": customers},
        figures={
            "coverage": float(known["contacted"].mean()),
            "share_covered": float((customers["coverage"] == 1).mean()),
        },
        plotter=charts.bars("role", "known", "contacted"),
    )


def _customers(known: pd.DataFrame) -> pd.DataFrame:
    grouped = known.groupby("customer_id")["contacted"].agg(["size", "sum", "mean"])
    grouped.columns = pd.Index(["roles_known", "roles_contacted", "coverage"])
    open_roles = known[~known["contacted"]].groupby("customer_id")["role"].agg(", ".join)
    grouped["not_contacted"] = open_roles.reindex(grouped.index, fill_value="")
    return grouped.sort_values(
        ["coverage", "roles_known"], ascending=[True, False], kind="stable"
    ).reset_index()
