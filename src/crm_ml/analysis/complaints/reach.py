"""How far complaints travel: an estimate from two assumptions, and never an observation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from crm_ml.analysis.checked import period_of
from crm_ml.analysis.complaints.records import read_complaints
from crm_ml.analysis.results import empty_result, finished, not_computed
from crm_ml.analysis.words import note
from crm_ml.base.exceptions import InputError
from crm_ml.data.windows import DateLike

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result

__all__ = ["complaint_reach"]


def complaint_reach(
    complaints: IntoFrame | None,
    *,
    spread: float = 20.0,
    silent: float = 26.0,
    as_of: DateLike | None = None,
) -> Result:
    """Estimate how many people hear of complaints, and how many dissatisfied customers stay silent.

    Parameters
    ----------
    complaints, as_of
        See :func:`~crm_ml.analysis.complaints.records.read_complaints`.
    spread : float
        People that a dissatisfied customer tells: 20 in the source; TARP, as quoted, found 9 or 10, and more
        than 20 for 13 % of them.
    silent : float
        Dissatisfied customers who do not complain, for each complaint: 26 in TARP, as quoted.

    Returns
    -------
    Result
        ``line, amount``: ``complaints`` (observed), ``people_told`` = complaints × spread,
        ``silent_dissatisfied`` = complaints × silent, ``told_by_silent`` = the two multiplied.

    Examples
    --------
    >>> table = pd.DataFrame({"customer_id": ["a", "b", "c"], "opened": "2024-01-01"})
    >>> complaint_reach(table).table["amount"].tolist()
    [3.0, 60.0, 78.0, 1560.0]
    """
    if min(spread, silent) < 0:
        raise InputError("spread and silent must be 0 or more", got=(spread, silent))
    if complaints is None:
        return not_computed("complaint_reach", "complaints")
    rows, notes = read_complaints(complaints, as_of=as_of)
    if rows.empty:
        return empty_result("complaint_reach", note("no_complaints"), *notes)
    made = float(len(rows))
    lines = {
        "complaints": made,
        "people_told": made * spread,
        "silent_dissatisfied": made * silent,
        "told_by_silent": made * silent * spread,
    }
    return finished(
        "complaint_reach",
        pd.DataFrame({"line": list(lines), "amount": list(lines.values())}),
        source="DOMAIN 80; S4 s87; TARP (1979) as quoted",
        parameters={"spread": spread, "silent": silent, **period_of(rows["opened"])},
        n=len(rows),
        warnings=(note("assumed_spread", spread=f"{spread:g}", silent=f"{silent:g}"), *notes),
    )
