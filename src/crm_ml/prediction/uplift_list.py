"""The list of a campaign: whom to contact, whom to hold out, whom to leave alone, best contact first.

It names what it shares with the risk list alike (``contact_group``, ``contact_value``, ``as_of`` …), so that
it can be the campaign that the next model learns from.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from crm_ml.base.texts import has_text, text
from crm_ml.prediction.accounts import key_accounts, of_customers
from crm_ml.prediction.columns import ListColumn, column_names
from crm_ml.prediction.contact import ContactSettings, contact_groups

__all__ = ["UPLIFT_LIST", "column_text", "uplift_list"]

UPLIFT_LIST: tuple[ListColumn, ...] = (
    ListColumn("rank", "int"),
    ListColumn("customer_id", "text"),
    ListColumn("name", "text"),
    ListColumn("owner", "text"),
    ListColumn("contact_group", "code"),
    ListColumn("contact_value", "number"),
    ListColumn("effect", "number"),
    ListColumn("tenth", "int"),
    ListColumn("measured", "number"),
    ListColumn("measured_low", "number"),
    ListColumn("measured_high", "number"),
    ListColumn("may_contact", "bool"),
    ListColumn("ranking", "code"),
    ListColumn("basis", "code", technical=True),
    ListColumn("currency", "text", technical=True),
    ListColumn("as_of", "date", technical=True),
    ListColumn("horizon_days", "int", technical=True),
    ListColumn("campaign", "text", technical=True),
)
_SCORED = ("contact_value", "effect", "tenth", "measured", "measured_low", "measured_high")
_DECIMALS = 6


def uplift_list(
    scores: pd.DataFrame,
    contact: ContactSettings,
    constants: Mapping[str, Any],
    *,
    accounts: pd.DataFrame | None = None,
    suppressed: Collection[str] = (),
    budget: float | None = None,
    capacity: int | None = None,
) -> pd.DataFrame:
    """Return every customer that may be listed, the best contact first.

    Parameters
    ----------
    scores : DataFrame
        By customer: ``contact_value`` (what the contact is expected to bring after its cost), and where it is
        known ``effect`` (outcomes that it adds), ``tenth`` of the campaign with such a score, and what was
        ``measured, measured_low, measured_high`` there on average.
    contact : ContactSettings
        Draw of the control group.
    constants : mapping
        Columns that are the same for everybody: ranking, basis, currency, as_of, horizon_days.
    accounts : DataFrame, optional
        Names, owners, permissions.
    suppressed : collection of str
        Customers who must stand on no list.
    budget : float, optional
        Largest share of the listed customers that the campaign reaches.
    capacity : int, optional
        Contacts that one owner can make.

    Returns
    -------
    DataFrame
        The columns of :data:`UPLIFT_LIST`. ``contact_group`` is contact or holdout for whom the campaign
        reaches, and none for who is left alone: nothing to gain, may not be contacted, or no room.

    Examples
    --------
    >>> scores = pd.DataFrame({"contact_value": [5.0, -1.0, 9.0]}, index=["a", "b", "c"])
    >>> constants = {"ranking": "uplift", "as_of": "2024-01-01", "horizon_days": 14}
    >>> constants |= {"basis": "", "currency": ""}
    >>> made = uplift_list(scores, ContactSettings(holdout_share=0.0), constants)
    >>> made[["customer_id", "contact_group"]].to_numpy().tolist()
    [['c', 'contact'], ['a', 'contact'], ['b', 'none']]
    """
    rows = scores[~scores.index.isin(list(suppressed))].reindex(columns=[*_SCORED])
    rows = rows.join(of_customers(accounts, rows.index)).rename_axis("customer_id").reset_index()
    rows = rows.sort_values(["contact_value", "customer_id"], ascending=[False, True], kind="stable")
    rows = rows.reset_index(drop=True)
    group = contact_groups(rows["customer_id"], contact, exempt=key_accounts(accounts))
    rows["contact_group"] = np.where(_reached(rows, group, budget, capacity), group, "none")
    rows = rows.assign(**constants, campaign=contact.campaign, rank=np.arange(1, len(rows) + 1))
    floats = [name for name in _SCORED if name != "tenth"]
    rows[floats] = rows[floats].astype(float).round(_DECIMALS) + 0.0
    rows["tenth"] = rows["tenth"].astype("Int64")
    return rows[column_names(UPLIFT_LIST)]


def column_text(column: ListColumn, language: str, *, meaning: bool = False) -> str:
    """Return what a marketer calls a column, or what it tells.

    Examples
    --------
    >>> column_text(UPLIFT_LIST[0], "nl"), column_text(UPLIFT_LIST[7], "en")
    ('Nr.', 'Tenth')
    """
    name = f"{column.name}.meaning" if meaning else column.name
    own = f"uplift_list.{name}"
    return text(own if has_text(own) else f"risk_list.{name}", language)


def _reached(
    rows: pd.DataFrame, group: npt.NDArray[np.str_], budget: float | None, capacity: int | None
) -> npt.NDArray[np.bool_]:
    """Return whom the campaign reaches: worth it, allowed, within the budget and what an owner can do."""
    reached = (rows["contact_value"] > 0) & ~rows["may_contact"].eq(False).fillna(False)
    if budget is not None:
        reached &= reached.cumsum() <= round(budget * len(rows))
    if capacity is not None:
        contacts = (reached & (group == "contact")).astype(int)
        # Held out in the same stretch of the ranking, so that both arms stay comparable.
        reached &= contacts.groupby(rows["owner"]).cumsum() - contacts < capacity
    return reached.to_numpy(dtype=bool)
