"""What changed from one risk list to the next: who is new, gone or moved, and with how much money."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crm_ml.base.exceptions import ColumnError
from crm_ml.base.notes import Note
from crm_ml.base.result import Result

__all__ = ["list_changes"]

_NEEDED = ("customer_id", "risk_band", "expected_loss")
_BANDS = ("high", "middle", "low")
_MOST = 50


def list_changes(before: pd.DataFrame, now: pd.DataFrame, *, basis: str = "") -> Result:
    """Return the changes between two lists.

    Parameters
    ----------
    before, now : DataFrame
        Risk lists; ``customer_id, risk_band, expected_loss`` are used.
    basis : str
        What money is.

    Returns
    -------
    Result
        A row a kind of change (new, gone, risen, fallen, same): ``customers, loss_before, loss_now``. Tables:
        ``bands`` (customers by band before and now, with the new and the gone) and ``largest`` (the customers
        whose expected loss rose most). Figures: ``customers_before, customers_now``.

    Raises
    ------
    ColumnError
        When a table is no risk list.
    """
    for table in (before, now):
        missing = [name for name in _NEEDED if name not in table]
        if missing:
            got = f"no {', '.join(missing)}"
            raise ColumnError("a risk list lacks columns", got=got, do="give the list as it was exported")
    both = _slim(before).add_suffix("_before").join(_slim(now).add_suffix("_now"), how="outer")
    both["moved"] = _change(both)
    losses = both[["moved", "expected_loss_before", "expected_loss_now"]].fillna(
        {"expected_loss_before": 0.0, "expected_loss_now": 0.0}
    )
    groups = losses.groupby("moved")
    order = [one for one in ("new", "gone", "risen", "fallen", "same") if one in groups.groups]
    table = groups.agg(loss_before=("expected_loss_before", "sum"), loss_now=("expected_loss_now", "sum"))
    table.insert(0, "customers", groups.size())
    return Result(
        "list_changes",
        table.loc[order].rename_axis("moved").reset_index(),
        basis=basis,
        n=len(both),
        formula=Note("monitor_notes.changes_formula"),
        tables={"bands": _bands(both), "largest": _largest(both)},
        figures={"customers_before": len(before), "customers_now": len(now)},
    )


def _slim(table: pd.DataFrame) -> pd.DataFrame:
    slim = table[list(_NEEDED)].assign(customer_id=table["customer_id"].astype(str))
    return slim.drop_duplicates("customer_id").set_index("customer_id").astype({"risk_band": "object"})


def _change(both: pd.DataFrame) -> pd.Series:
    rank = {band: place for place, band in enumerate(reversed(_BANDS))}
    was, now = (both[f"risk_band_{when}"].map(rank).astype(float) for when in ("before", "now"))
    kinds = np.select(
        [was.isna(), now.isna(), now > was, now < was], ["new", "gone", "risen", "fallen"], "same"
    )
    return pd.Series(kinds, index=both.index)


def _bands(both: pd.DataFrame) -> pd.DataFrame:
    before = both["risk_band_before"].fillna("not_listed")
    now = both["risk_band_now"].fillna("not_listed")
    counts = pd.crosstab(before, now)
    names = [*_BANDS, "not_listed"]
    full = counts.reindex(index=names, columns=names, fill_value=0)
    return full.rename_axis("band_before").rename_axis(None, axis=1).reset_index()


def _largest(both: pd.DataFrame) -> pd.DataFrame:
    rise = both["expected_loss_now"].fillna(0.0) - both["expected_loss_before"].fillna(0.0)
    ordered = both.assign(rise=rise)[rise > 0].sort_values("rise", ascending=False, kind="stable").head(_MOST)
    columns = [
        "moved",
        "risk_band_before",
        "risk_band_now",
        "expected_loss_before",
        "expected_loss_now",
        "rise",
    ]
    return ordered[columns].fillna({"risk_band_before": "", "risk_band_now": ""}).reset_index()
