"""The table of contents of an analysis as a table, and the files that its results become."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from crm_ml.analysis.words import translated, word
from crm_ml.base.result import Result
from crm_ml.reporting.blocks import result_title
from crm_ml.reporting.cycle import by_step, step_title
from crm_ml.reporting.facts import result_facts

__all__ = ["contents_table", "result_files"]


def contents_table(themes: Mapping[str, Sequence[Result]], language: str) -> pd.DataFrame:
    """Return one row a result in the order of the cycle, with what its numbers are and where they stand.

    Returns
    -------
    DataFrame
        ``step, theme, title, name, basis, count, period, notes, files``; ``name`` is the stable name, files
        are those of :func:`result_files`.

    Examples
    --------
    >>> found = Result("abc", pd.DataFrame({"class": ["A"]}), basis="revenue", n=7)
    >>> contents_table({"abc": [found]}, "nl")[["step", "title", "count", "files"]].to_numpy().tolist()
    [['1. Klantenanalyse', 'ABC-analyse', '7', 'abc.parquet']]
    """
    rows = []
    for theme, results in by_step(themes).items():
        for result in results:
            facts = result_facts(translated(result, language), language)
            rows.append(
                {
                    "step": step_title(theme, language),
                    "theme": word(theme, language),
                    "title": result_title(result, language),
                    "name": result.name,
                    **{name: facts.get(name, "") for name in ("basis", "count", "period")},
                    "notes": "\n".join(map(str, translated(result, language).warnings)),
                    "files": ", ".join(result_files(result)),
                }
            )
    return pd.DataFrame(rows)


def result_files(result: Result) -> dict[str, pd.DataFrame]:
    """Return the tables of a result that have rows, by the name of their file."""
    tables = {"": result.table, **{f"_{name}": table for name, table in result.tables.items()}}
    return {f"{result.name}{suffix}.parquet": table for suffix, table in tables.items() if len(table)}
