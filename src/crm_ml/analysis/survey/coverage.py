"""Who answered: not anonymous, a small sample, and how much of the base and of its revenue that covers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.checked import outside_notes
from crm_ml.analysis.results import finished, not_computed
from crm_ml.analysis.survey.answers import read_answers
from crm_ml.analysis.tables import customer_table
from crm_ml.analysis.words import note
from crm_ml.data.optional_tables import SURVEY
from crm_ml.data.windows import DateLike

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

    from crm_ml.base.result import Result

__all__ = ["survey_coverage"]

_Z = 1.959964


def survey_coverage(
    survey: IntoFrame | None,
    customers: IntoFrame,
    known: pd.Index[str] | None = None,
    *,
    group: str = "account_class",
    scale: int = 5,
    as_of: DateLike | None = None,
) -> Result:
    """Measure which part of the customers, and of their revenue, answered.

    Parameters
    ----------
    survey : table, optional
        See :data:`~crm_ml.data.optional_tables.SURVEY`.
    customers : table
        The active customers: ``customer_id``, and where known ``revenue`` and the column `group`.
    known : Index, optional
        Everybody in the transactions, to tell former customers from unknown ones.
    group : str
        Class of customers, such as key accounts.
    scale, as_of
        See :func:`~crm_ml.analysis.survey.answers.read_answers`.

    Returns
    -------
    Result
        The group, ``customers, answered, share_customers, share_revenue, margin_of_error_share`` (95 %, of a
        share, at its widest, corrected for the part of the base that answered); the last row is all. Figures:
        ``answers``, ``respondents``, ``anonymous``, ``unknown_customers``.

    Examples
    --------
    >>> survey = pd.DataFrame({"customer_id": ["a", "b", "x"], "kind": "overall", "score": [5, 4, 4]})
    >>> base = pd.DataFrame({"customer_id": list("abcd"), "revenue": [60.0, 20.0, 10.0, 10.0]})
    >>> survey_coverage(survey, base).table[["answered", "share_customers", "share_revenue"]]
       answered  share_customers  share_revenue
    0         2              0.5            0.8
    """
    if survey is None:
        return not_computed("survey_coverage", "survey")
    answers = read_answers(survey, scale=scale, as_of=as_of)
    base = customer_table(customers, name="customers")
    named = answers.frame["customer_id"].dropna()
    base["answered"] = base.index.isin(named)
    asked = answers.frame[answers.frame["kind"] != "staff_estimate"]
    anonymous = asked.loc[asked["customer_id"].isna(), "respondent"].nunique()
    outside = pd.Index(named.unique()).difference(base.index)
    strangers = outside if known is None else outside.difference(known)
    parts = [("all", base)]
    if group in base:
        names = base[group].astype("object").where(base[group].notna(), "unknown")
        parts = [*((str(name), part) for name, part in base.groupby(names.to_numpy())), *parts]
    rows = [{group: name, **_covered(part)} for name, part in parts]
    warnings = [note("anonymous_answers", n=anonymous)] if anonymous else []
    return finished(
        "survey_coverage",
        pd.DataFrame(rows),
        source="DOMAIN 73; S4 s85",
        parameters={"group": group, **answers.period},
        basis="revenue" if "revenue" in base else "",
        n=int(asked["respondent"].nunique()),
        warnings=(*warnings, *outside_notes(named, base.index, SURVEY, known), *answers.warnings),
        figures={
            "answers": float(len(asked)),
            "respondents": float(asked["respondent"].nunique()),
            "anonymous": float(anonymous),
            "unknown_customers": float(len(strangers)),
        },
        plotter=charts.bars(group, "share_customers", share=True),
    )


def _covered(part: pd.DataFrame) -> dict[str, float]:
    n, size = int(part["answered"].sum()), len(part)
    correction = np.sqrt((size - n) / (size - 1)) if size > 1 else 0.0
    money = part["revenue"].clip(lower=0) if "revenue" in part else pd.Series(dtype="float64")
    total = float(money.sum())
    return {
        "customers": size,
        "answered": n,
        "share_customers": n / size if size else float("nan"),
        "share_revenue": float(money[part["answered"]].sum()) / total if total > 0 else float("nan"),
        "margin_of_error_share": _Z * 0.5 / np.sqrt(n) * correction if n else float("nan"),
    }
