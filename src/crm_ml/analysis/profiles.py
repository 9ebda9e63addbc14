"""What the customers of a class look like, beside all customers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.results import finished
from crm_ml.analysis.tables import customer_table
from crm_ml.base.exceptions import InputError
from crm_ml.classes.ranking import names_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result

__all__ = ["class_profiles"]

_MOST_LEVELS = 10


def class_profiles(
    customers: IntoFrame,
    classes: IntoFrame,
    *,
    name: str = "segment",
    attributes: Sequence[str] | None = None,
) -> Result:
    """Describe each class by its attributes: figures by mean and median, texts by their most frequent values.

    Parameters
    ----------
    customers : table
        ``customer_id`` and attributes, such as the feature table.
    classes : table
        ``customer_id`` and the column `name`.
    name : str
        Column that holds the class.
    attributes : sequence of str, optional
        Columns to describe; all by default.

    Returns
    -------
    Result
        A row a class and attribute: ``customers, mean, median, overall_mean, difference`` (in standard
        deviations; what sets the class apart comes first); ``tables["texts"]``: share of each frequent value
        in the class and overall, with the ratio of both.

    Examples
    --------
    >>> customers = pd.DataFrame({"customer_id": list("abcd"), "orders": [9, 7, 1, 3],
    ...     "region": list("nnss")})
    >>> classes = pd.DataFrame({"customer_id": list("abcd"), "segment": ["loyal", "loyal", "new", "new"]})
    >>> class_profiles(customers, classes).table[["segment", "attribute", "mean", "overall_mean"]]
      segment attribute  mean  overall_mean
    0   loyal    orders   8.0           5.0
    1     new    orders   2.0           5.0
    """
    table = customer_table(customers, *(attributes or ()), name="customers")
    classed = customer_table(classes, name, name="classes")[name]
    table = table[list(attributes)] if attributes is not None else table.drop(columns=[name], errors="ignore")
    codes, levels = pd.factorize(classed.reindex(table.index))
    table = table[codes >= 0]
    label = pd.Series(names_at(codes[codes >= 0], map(str, levels)), index=table.index, name=name)
    if table.empty:
        raise InputError(
            "no customer of the table has a class", do="check that both tables use the same customer_id"
        )
    numbers = [
        column
        for column in table
        if pd.api.types.is_numeric_dtype(table[column]) and table[column].dtype != bool
    ]
    return finished(
        "class_profiles",
        _figures(table[numbers].astype("float64"), label, name),
        source="DOMAIN 2, 104; S2 s17, s19, s24",
        parameters={"name": name},
        n=len(table),
        tables={"texts": _texts(table.drop(columns=numbers), label, name)},
        plotter=charts.heat_map("attribute", name, "difference"),
    )


def _figures(table: pd.DataFrame, label: pd.Series[str], name: str) -> pd.DataFrame:
    spread = table.std(ddof=0)
    rows = []
    for level, part in table.groupby(label):
        for column in table.columns:
            mean, overall = float(part[column].mean()), float(table[column].mean())
            apart = (mean - overall) / spread[column] if spread[column] > 0 else 0.0
            rows.append((level, column, len(part), mean, float(part[column].median()), overall, apart))
    columns = [name, "attribute", "customers", "mean", "median", "overall_mean", "difference"]
    found = pd.DataFrame(rows, columns=columns)
    order = np.lexsort([-found["difference"].abs(), found[name]])
    return found.iloc[order].reset_index(drop=True)


def _texts(table: pd.DataFrame, label: pd.Series[str], name: str) -> pd.DataFrame:
    rows = []
    for column in table.columns:
        text = table[column].astype("object").where(table[column].notna(), None).astype("str")
        overall = text.value_counts(normalize=True).head(_MOST_LEVELS)
        for level, part in text.groupby(label):
            inside = part.value_counts(normalize=True)
            rows += [
                (
                    level,
                    column,
                    value,
                    float(inside.get(value, 0.0)),
                    float(usual),
                    float(inside.get(value, 0.0)) / usual,
                )
                for value, usual in overall.items()
            ]
    return pd.DataFrame(rows, columns=[name, "attribute", "value", "share", "overall_share", "ratio"])
