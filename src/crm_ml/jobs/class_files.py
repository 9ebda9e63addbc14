"""The classes of customers in files: as they are, beside the risk list, and as they were."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from crm_ml.analysis.class_history import TRANSACTION_COLUMNS, class_history, classes_on
from crm_ml.analysis.customer_classes import customer_classes
from crm_ml.analysis.customer_view import customer_view
from crm_ml.analysis.tables import plain_table
from crm_ml.base.exceptions import CrmMlWarning, InputError
from crm_ml.data.windows import as_date, as_day
from crm_ml.reporting.tables import write_parquet

if TYPE_CHECKING:
    import pandas as pd

    from crm_ml.analysis.company import Company

__all__ = ["write_classes"]


def write_classes(company: Company, folder: Path, *, quarters: int = 0) -> None:
    """Write the classes of each customer.

    ``customer_classes.parquet`` holds a row a customer with ``as_of``, the last day seen; with a risk list
    ``risk_list_with_classes.parquet`` its columns as they are and the classes after them; with `quarters`
    ``class_history.parquet``, a table of own columns (``data.extra``) from which models learn.
    """
    end = as_day(company.tx.last_day) + 1 if company.as_of is None else as_day(company.as_of)
    classes = customer_classes(company, customer_view(company))
    classes = classes.join(classes_on(company, end), how="outer").rename_axis("customer_id").sort_index()
    dated = classes.reset_index().assign(as_of=as_date(end - 1).isoformat())
    write_parquet(dated, folder / "customer_classes.parquet")
    scores = company.table("scores", "customer_id")
    if scores is not None:
        write_parquet(
            _beside(plain_table(scores, name="scores"), classes), folder / "risk_list_with_classes.parquet"
        )
    if quarters:
        write_parquet(_history(company, quarters), folder / "class_history.parquet")


def _history(company: Company, quarters: int) -> pd.DataFrame:
    """Return the classes of earlier quarters, without those that undated scores would colour."""
    try:
        return class_history(company, quarters=quarters)
    except InputError as error:
        said = f"class_history.parquet holds no account classes: {error.message}"
        warnings.warn(said, CrmMlWarning, stacklevel=2)
        return class_history(company, quarters=quarters, wanted=TRANSACTION_COLUMNS)


def _beside(risk_list: pd.DataFrame, classes: pd.DataFrame) -> pd.DataFrame:
    """Return the list in its own order and columns, with the classes that it does not have after them."""
    fresh = classes[[name for name in classes if name not in risk_list.columns]]
    ids = risk_list["customer_id"].astype("str")
    return risk_list.join(fresh.reindex(ids).set_axis(risk_list.index))
