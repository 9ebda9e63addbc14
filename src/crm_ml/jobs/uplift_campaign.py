"""A past campaign as it was: who was contacted, who was left alone on purpose, and what each of them did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from crm_ml.base.exceptions import ConfigError, InputError
from crm_ml.data.own_columns import read_table
from crm_ml.data.schema import MONEY_SCALE
from crm_ml.data.windows import Window
from crm_ml.evaluation.past_lists import comparable, window_of
from crm_ml.jobs.inputs import check_columns
from crm_ml.labels.outcome import outcome

if TYPE_CHECKING:
    from crm_ml.data.transactions import Transactions
    from crm_ml.jobs.uplift_config import CampaignTable

__all__ = ["Campaign", "outcome_in_log", "read_campaign", "read_numbers"]

_WORDS = {"yes": "1", "true": "1", "ja": "1", "no": "0", "false": "0", "nee": "0"}


@dataclass(frozen=True)
class Campaign:
    """The customers of both arms.

    Parameters
    ----------
    table : DataFrame
        Their rows, by ``customer_id``.
    contacted : ndarray of bool, shape (n,)
        Who was contacted.
    window : Window, optional
        Day of the contact and days in which the outcome counts, where they are known.
    randomised : bool
        Whether chance decided, as the config or the kind of table says.
    left_aside : int
        Rows of neither arm, or of a list of ours that could not be held out.
    """

    table: pd.DataFrame
    contacted: npt.NDArray[np.bool_]
    window: Window | None
    randomised: bool
    left_aside: int


def read_campaign(section: CampaignTable, exempt: set[str]) -> Campaign:
    """Read the campaign that a config names.

    Parameters
    ----------
    section : CampaignTable
        Table, arms, outcome.
    exempt : set of str
        Customers who could not be held out; they have no counterpart.

    Raises
    ------
    ColumnError
        When a column is missing.
    ConfigError
        When no table is named.
    InputError
        When an arm is empty or a customer stands in both.
    """
    if not section.path:
        raise ConfigError("no campaign is named", do="set campaign.path to the table of who was contacted")
    whole = read_table(section.path)
    ours = {section.arm, "as_of", "horizon_days", "customer_id"} <= set(whole.columns)
    table = comparable(whole, exempt) if ours and section.arm == "contact_group" else whole
    wanted = (section.customer_id, section.arm, section.outcome, section.contact_value, section.at_risk)
    check_columns(table, [name for name in (*wanted, *section.features) if name], section.path)
    ids = (
        table[section.customer_id].astype(str)
        if section.customer_id
        else pd.Series(np.arange(1, len(table) + 1).astype(str), index=table.index)
    )
    arm = table[section.arm].astype(str)
    kept = arm.isin([*section.contacted, *section.control]) & ~ids.isin(exempt)
    both = Campaign(
        table[kept].set_index(ids[kept].rename("customer_id").str.strip()),
        arm[kept].isin(section.contacted).to_numpy(dtype=bool),
        _window(section, table[kept], ours),
        section.randomised if section.randomised is not None else ours,
        len(whole) - int(kept.sum()),
    )
    _check_arms(both, section, arm)
    return both


def read_numbers(column: pd.Series, path: str) -> npt.NDArray[np.float64]:
    """Return a column of yes or no, or of numbers, as numbers.

    Raises
    ------
    InputError
        When a cell is neither: an outcome that nobody knows is not a no.
    """
    words = column.astype("string").str.strip().str.casefold().fillna("empty")
    numbers: pd.Series = pd.to_numeric(words.replace(_WORDS), errors="coerce")
    strange = sorted(set(words[numbers.isna()]))
    if strange:
        got = f"{int(numbers.isna().sum())} cells, such as {', '.join(map(repr, strange[:3]))}"
        raise InputError(f"{path}, column {column.name!r}: neither yes, no nor a number", got=got)
    return np.asarray(numbers, dtype=float)


def outcome_in_log(tx: Transactions, window: Window, measure: str, customers: pd.Index) -> pd.Series:
    """Return what customers did after the contact; NaN for who had never bought before it.

    Raises
    ------
    InputError
        When money is asked of a log without amounts.
    WindowError
        When the horizon has not passed.
    """
    if measure == "spent" and not tx.has_money:
        raise InputError("the transactions hold no amounts", got="measure: spent", do="use measure: bought")
    done = outcome(tx, window).reindex(customers)
    if measure == "spent":
        return done["value"].astype(float) / MONEY_SCALE
    return (done["purchases"] > 0).astype(float).where(done["purchases"].notna())


def _window(section: CampaignTable, table: pd.DataFrame, ours: bool) -> Window | None:
    listed = window_of(table) if ours and len(table) else None
    date = section.date or (listed.cutoff if listed else None)
    days = section.horizon_days or (listed.horizon_days if listed else None)
    return Window(date, days) if date is not None and days else None


def _check_arms(campaign: Campaign, section: CampaignTable, arm: pd.Series) -> None:
    twice = campaign.table.index[campaign.table.index.duplicated()].unique()
    if len(twice):
        got = ", ".join(map(str, twice[:5]))
        raise InputError(f"{section.path} names customers twice", got=got, do="keep one row each")
    if campaign.contacted.all() or not campaign.contacted.any():
        counts = arm.value_counts().head(10)
        got = ", ".join(f"{name} ({count:,})" for name, count in counts.items()) or "no rows"
        raise InputError(
            f"{section.path}: uplift needs customers with and without the contact",
            got=f"{section.arm}: {got}",
            do="name the values of both arms under campaign.contacted and campaign.control",
        )
