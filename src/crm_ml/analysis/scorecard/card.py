"""The scorecard: level, trend, budget and target of every measure, on one page to be repeated every month."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crm_ml.analysis.company import Company
from crm_ml.analysis.results import finished
from crm_ml.analysis.scorecard.from_log import seen_before
from crm_ml.analysis.scorecard.measures import MEASURES, Measure
from crm_ml.analysis.scorecard.picture import draw_changes
from crm_ml.analysis.scorecard.steps import COLUMNS, QUESTION_THEMES, STEPS
from crm_ml.analysis.tables import plain_table
from crm_ml.analysis.totals import last_window, previous
from crm_ml.analysis.words import Note, WordList, note
from crm_ml.base.exceptions import InputError
from crm_ml.base.validation import nearest
from crm_ml.data.contact_tables import SCORECARD_TARGETS
from crm_ml.data.table_schema import check_table

if TYPE_CHECKING:
    from crm_ml.base.result import Result

__all__ = ["scorecard"]

_SAME = 0.005  # a change of less than half a per cent is no trend


def scorecard(company: Company) -> Result:
    """Read every measure for the last period and the one before, beside budget and target.

    Parameters
    ----------
    company : Company
        Transactions, optional tables (``scorecard_targets``: ``measure, target, budget``) and settings; the
        period is ``settings.period_days``.

    Returns
    -------
    Result
        In the order of the nine steps: ``step, measure, level, previous, trend`` (better, worse, same),
        ``budget, target, on_target`` (true or false), ``unit, n``. ``tables["questions"]`` is the same by the
        four questions, ``tables["columns"]`` by process, satisfaction, loyalty and value. What a company has
        no table for is named in a warning and left out.

    Raises
    ------
    InputError
        When a target names an unknown measure.
    """
    window = last_window(company.tx, company.as_of, company.settings.period_days)
    targets = _targets(company)
    compared = seen_before(company, window)
    rows, missing = [], []
    for measure in MEASURES:
        found = measure.read(company, window)
        if found is None or np.isnan(found.value):
            missing.append(measure)
            continue
        earlier = measure.read(company, previous(window)) if compared else None
        before = float("nan") if earlier is None else earlier.value
        rows.append(_row(measure, found.value, found.n, before, targets))
    table = pd.DataFrame(rows).astype({"on_target": "boolean"})
    order = ["measure", "level", "previous", "trend", "budget", "target", "on_target", "unit", "n"]
    return finished(
        "scorecard",
        table[["step", *order]],
        source="DOMAIN 108–109; S4 s104; S2 s22; S1 l.15–24, l.97–98, l.120–122",
        parameters={"from": str(window.cutoff), "until": str(window.end), "currency": company.tx.currency},
        basis=company.tx.basis or "revenue",
        n=int(rows[0]["n"]) if rows else 0,
        warnings=(*_not_compared(company, compared), *_missing(missing)),
        tables={
            "questions": _grouped(table, "question", [f"question_{one}" for one in QUESTION_THEMES], order),
            "columns": _grouped(table, "column", COLUMNS, order),
        },
        plotter=draw_changes if table["previous"].notna().any() else None,
    )


def _row(measure: Measure, value: float, n: int, before: float, targets: pd.DataFrame) -> dict[str, Any]:
    target, budget = (
        float(targets[name].get(measure.name, np.nan)) if name in targets else float("nan")
        for name in ("target", "budget")
    )
    goal = target if not np.isnan(target) else budget
    reached = None if np.isnan(goal) or not measure.better else bool((value - goal) * measure.better >= 0)
    return {
        "step": STEPS[measure.step - 1].name,
        "question": f"question_{measure.question}",
        "column": measure.column,
        "measure": measure.name,
        "level": value,
        "previous": before,
        "trend": _trend(value, before, measure.better),
        "budget": budget,
        "target": target,
        "on_target": pd.NA if reached is None else reached,
        "unit": measure.unit,
        "n": n,
    }


def _trend(value: float, before: float, better: int) -> str:
    """Return better, worse or same; empty without a period before.

    Examples
    --------
    >>> _trend(0.8, 0.7, 1), _trend(12.0, 10.0, -1), _trend(1000.0, 1001.0, 1), _trend(1.0, float("nan"), 1)
    ('better', 'worse', 'same', '')
    """
    if np.isnan(before):
        return ""
    if abs(value - before) <= _SAME * max(abs(value), abs(before)):
        return "same"
    return "better" if (value - before) * better > 0 else "worse"


def _targets(company: Company) -> pd.DataFrame:
    given = company.table("scorecard_targets", *SCORECARD_TARGETS.needs)
    if given is None:
        return pd.DataFrame(columns=["target", "budget"])
    table = check_table(plain_table(given, name="scorecard_targets"), SCORECARD_TARGETS)
    known = [measure.name for measure in MEASURES]
    for name in table["measure"]:
        if name not in known:
            near = nearest(name, known)
            do = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
            raise InputError("a target names an unknown measure", got=repr(name), do=do)
    return table.drop_duplicates("measure", keep="last").set_index("measure")


def _grouped(table: pd.DataFrame, column: str, names: Sequence[str], order: list[str]) -> pd.DataFrame:
    """Return the rows by another division, each division in the order of the steps."""
    place = table[column].map(list(names).index)
    return table.iloc[np.argsort(place, kind="stable")][[column, *order]].reset_index(drop=True)


def _not_compared(company: Company, compared: bool) -> tuple[Note, ...]:
    """Say it when the data do not cover the period before: half a year beside a whole one is no trend."""
    return () if compared else (note("not_compared", first=str(company.tx.first_day)),)


def _missing(measures: list[Measure]) -> tuple[Note, ...]:
    """Return one note a table that is missing, with the measures that wait for it."""
    by_need: dict[str, list[str]] = {}
    for measure in measures:
        by_need.setdefault(measure.needs, []).append(measure.name)
    return tuple(
        note("measures_missing", table=Note(f"analysis_missing.{need}"), measures=WordList(names))
        for need, names in by_need.items()
    )
