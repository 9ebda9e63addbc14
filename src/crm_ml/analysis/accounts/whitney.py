"""Whitney's qualification: strategic × significant × profitable, with eight recommended actions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.results import finished, not_computed
from crm_ml.analysis.tables import customer_table
from crm_ml.analysis.words import note
from crm_ml.base.exceptions import InputError

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result

__all__ = ["ACTIONS", "ENDS_INVESTMENT", "NAMED_ACTIONS", "whitney", "whitney_action"]

# (strategic, significant, profitable) → action; the words stand in the texts, in both languages.
ACTIONS: dict[tuple[bool, bool, bool], str] = {
    (True, True, True): "keep_and_invest",
    (True, True, False): "improve_profitability",
    (True, False, True): "raise_volume",
    (True, False, False): "raise_profit_and_volume",
    (False, True, True): "invest_elsewhere",
    (False, True, False): "size_is_not_enough",
    (False, False, True): "contribution_too_small",
    (False, False, False): "hand_over",
}
_FLAGS = ("strategic", "significant", "profitable")
_NEUTRAL = {"hand_over": "reconsider_service"}
#: The actions in the words that may stand beside a named customer.
NAMED_ACTIONS = tuple(_NEUTRAL.get(action, action) for action in ACTIONS.values())
#: Those that end or lower an investment in somebody: a person decides about them.
ENDS_INVESTMENT = frozenset(
    _NEUTRAL.get(action, action) for (strategic, _, _), action in ACTIONS.items() if not strategic
)


def whitney_action(strategic: bool, significant: bool, profitable: bool) -> str:
    """Return the name of the action for a customer.

    Examples
    --------
    >>> whitney_action(strategic=True, significant=True, profitable=False)
    'improve_profitability'
    """
    return ACTIONS[(bool(strategic), bool(significant), bool(profitable))]


def whitney(customers: IntoFrame | None) -> Result:
    """Give each customer one of the eight actions.

    Parameters
    ----------
    customers : table, optional
        ``customer_id`` and the flags ``strategic, significant, profitable``; where known ``revenue``.

    Returns
    -------
    Result
        A row an action: the flags, ``customers, revenue``; ``tables["customers"]``: ``customer_id``, the
        flags, ``whitney_action`` in neutral words and ``human_review_required`` (every action that ends or
        lowers an investment in a person). Customers with an unknown flag are counted and left out.

    Examples
    --------
    >>> customers = pd.DataFrame({"customer_id": ["a"], "strategic": [False], "significant": [False],
    ...                           "profitable": [False]})
    >>> whitney(customers).tables["customers"].iloc[:, -2:].to_numpy().tolist()
    [['reconsider_service', True]]
    """
    if customers is None:
        return not_computed("whitney", "accounts")
    raw = customer_table(customers, *_FLAGS, name="customers")
    known = raw[list(_FLAGS)].notna().all(axis=1)
    table = _flags(raw[known])
    table["whitney_action"] = [ACTIONS[key] for key in zip(*(table[flag] for flag in _FLAGS), strict=True)]
    if "revenue" in raw.columns:
        table["revenue"] = pd.to_numeric(raw.loc[known, "revenue"])
    rows = [(*key, action, int((table["whitney_action"] == action).sum())) for key, action in ACTIONS.items()]
    found = pd.DataFrame(rows, columns=[*_FLAGS, "whitney_action", "customers"])
    if "revenue" in table.columns:
        found["revenue"] = (
            found["whitney_action"].map(table.groupby("whitney_action")["revenue"].sum()).fillna(0.0)
        )
    unknown = int((~known).sum())
    return finished(
        "whitney",
        found,
        basis="revenue" if "revenue" in found else "",
        source="DOMAIN 15 and §0; S4 s34; Whitney (1996), Harvard Business Review, Jul–Aug; row 4 restored",
        n=len(table),
        warnings=(note("flag_unknown", customers=unknown),) if unknown else (),
        tables={"customers": _beside_names(table)},
        plotter=charts.bars("whitney_action", "customers"),
    )


def _flags(raw: pd.DataFrame) -> pd.DataFrame:
    wrong = [flag for flag in _FLAGS if not raw[flag].isin([True, False]).all()]
    if wrong:
        raise InputError(
            "the flags must be true or false",
            got=f"other values in {', '.join(wrong)}",
            do="correct these columns",
        )
    return raw[list(_FLAGS)].astype("bool")


def _beside_names(table: pd.DataFrame) -> pd.DataFrame:
    # Beside a named customer stand neutral words, and a person decides before anything is ended.
    shown = table.reset_index()
    shown["whitney_action"] = shown["whitney_action"].replace(_NEUTRAL)
    shown["human_review_required"] = shown["whitney_action"].isin(ENDS_INVESTMENT)
    return shown
