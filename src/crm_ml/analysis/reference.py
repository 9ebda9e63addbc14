"""The reference of all analyses, from the functions themselves."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from typing import Any

import crm_ml.analysis
from crm_ml.analysis.company import TABLES
from crm_ml.base.texts import keys, text

__all__ = ["analyses", "analysis_as_markdown", "tables_as_markdown"]


def analyses() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yield module and function of every analysis, by module.

    Examples
    --------
    >>> from itertools import islice
    >>> [function.__name__ for _, function in islice(analyses(), 2)]
    ['abc', 'account_classes']
    """
    named = {key.partition(".")[2] for key in keys("analysis_titles")}
    for found in pkgutil.walk_packages(crm_ml.analysis.__path__, "crm_ml.analysis."):
        module = importlib.import_module(found.name)
        for name in getattr(module, "__all__", ()):
            function = getattr(module, name)
            own = inspect.isfunction(function) and function.__module__ == found.name
            # A helper may bear the name of an analysis; only an analysis returns a result.
            if name in named and own and function.__annotations__.get("return") == "Result":
                yield found.name, function


def analysis_as_markdown() -> str:
    """Return one table: each analysis with its import, what it does and how it computes."""
    lines = [
        "| analysis | import from | what it does | how it computes | Nederlands |",
        "|---|---|---|---|---|",
    ]
    for module, function in analyses():
        name = function.__name__
        does = inspect.getdoc(function).splitlines()[0].rstrip(".")  # type: ignore[union-attr]
        formula, dutch = text(f"analysis_formulas.{name}", "en"), text(f"analysis_titles.{name}", "nl")
        cells = (f"`{name}`", f"`{module.removeprefix('crm_ml.')}`", does, formula, dutch)
        lines.append(f"| {' | '.join(cell.replace('|', '∣') for cell in cells)} |")
    return "\n".join(lines)


def tables_as_markdown() -> str:
    """Return one table: each optional table with its columns, what they hold, and which it cannot do without.

    Examples
    --------
    >>> next(line for line in tables_as_markdown().splitlines() if "survey" in line)
    '| `survey` (a row a score) | `customer_id` | text | yes, may be empty | who answered; empty: anonymous |'
    """
    lines = ["| table | column | kind | needed | meaning |", "|---|---|---|---|---|"]
    for schema in TABLES.values():
        for number, column in enumerate(schema.columns):
            table = f"`{schema.name}` ({schema.row})" if number == 0 else ""
            kind = ", ".join(column.choices) if column.kind == "choice" else column.kind
            needed = "yes, may be empty" if column.may_be_empty else "yes" if column.required else ""
            lines.append(f"| {table} | `{column.name}` | {kind} | {needed} | {column.meaning} |")
    return "\n".join(lines)
