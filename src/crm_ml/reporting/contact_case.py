"""What contacting the call list is worth under three save rates, and from which rate on it pays.

The save rate is an assumption until a hold-out has measured it, so it never stands alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from crm_ml.base.formats import counted, format_money, format_share
from crm_ml.base.texts import text
from crm_ml.reporting.summary import called

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["contact_case", "contact_sentences"]

_RATES = ("save_rate_low", "save_rate", "save_rate_high")


def contact_case(
    parts: Iterable[pd.DataFrame], meta: Mapping[str, Any], capacity: int | None = None
) -> dict[str, float]:
    """Return number of calls, their worth at each save rate, and the rate at which they pay for themselves.

    Parameters
    ----------
    parts : iterable of DataFrame
        The risk list, in one or more parts.
    meta : mapping
        ``save_rate_low, save_rate, save_rate_high, contact_cost`` behind the column ``contact_value``.
    capacity : int, optional
        How many customers an owner can call.

    Returns
    -------
    dict
        ``calls``, the worth in money under the name of each save rate, and ``break_even``; NaN where nothing
        can be saved. Empty when the list does not say what it assumed.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"contact_group": ["contact", "holdout"], "contact_value": [8.0, 9.0]})
    >>> table = table.assign(threat="stops", risk_band="high", expected_loss=9.0, may_contact=True, owner="")
    >>> meta = {"save_rate_low": 0.05, "save_rate": 0.1, "save_rate_high": 0.2, "contact_cost": 2.0}
    >>> contact_case([table], meta)
    {'calls': 1, 'save_rate_low': 3.0, 'save_rate': 8.0, 'save_rate_high': 18.0, 'break_even': 0.02}
    """
    if any(name not in meta for name in (*_RATES, "contact_cost")) or not meta["save_rate"]:
        return {}
    worth = [part["contact_value"].to_numpy(dtype=float) for part in called(parts, capacity)]
    values = np.concatenate(worth) if worth else np.zeros(0)
    values = values[np.isfinite(values)]
    cost = float(meta["contact_cost"]) * len(values)
    stake = (float(values.sum()) + cost) / float(meta["save_rate"])
    case = {name: round(stake * float(meta[name]) - cost, 6) for name in _RATES}
    break_even = round(cost / stake, 9) if stake > 0 else float("nan")
    return {"calls": len(values), **case, "break_even": break_even}


def contact_sentences(
    parts: Iterable[pd.DataFrame], meta: Mapping[str, Any], language: str, capacity: int | None = None
) -> list[str]:
    """Return the same in a sentence, none where nobody is to be called or nothing is known."""
    case = contact_case(parts, meta, capacity)
    if not case or not case["calls"]:
        return []
    rates = {f"{name}_rate": format_share(float(meta[name]), language) for name in _RATES}
    worth = {name: format_money(case[name], str(meta["currency"]), language, decimals=0) for name in _RATES}
    calls = counted(case["calls"], "customer", language)
    said = text("totals.contact_case", language, calls=calls, **rates, **worth)
    if not case["break_even"] > 0:
        return [said]
    return [
        said,
        text("totals.break_even", language, rate=format_share(case["break_even"], language, decimals=1)),
    ]
