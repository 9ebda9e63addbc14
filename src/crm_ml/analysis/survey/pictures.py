"""Pictures of the priority matrix and of satisfaction × loyalty."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crm_ml.analysis.words import word
from crm_ml.base.plotting import COLOURS, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from crm_ml.base.result import Result

__all__ = ["draw_loyalty", "draw_priorities"]

_SMALLEST, _LARGEST = 12.0, 400.0  # area of a dot, in points


def draw_priorities(result: Result, language: str) -> Figure:
    """Draw each aspect by its gap (or experience) and weight, with its name and the quadrants' borders."""
    table = result.table
    measure = "gap" if table["gap"].notna().any() else "experience"
    figure, axes = _started(result, language, measure, "weight")
    for number, (name, part) in enumerate(table.groupby("quadrant")):
        axes.scatter(
            part[measure], part["weight"], s=40, color=COLOURS[number], label=word(str(name), language)
        )
    for _, row in table.dropna(subset=[measure, "weight"]).iterrows():
        place = (row[measure], row["weight"])
        axes.annotate(
            word(row["aspect"], language), place, textcoords="offset points", xytext=(6, 4), fontsize=8
        )
    _border(axes, 0.0 if measure == "gap" else table[measure].mean(), table["weight"].mean())
    axes.margins(0.18)
    axes.legend(frameon=False, fontsize=8, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return figure


def draw_loyalty(result: Result, language: str) -> Figure:
    """Draw customers by satisfaction and loyalty; a dot grows with the customers on the same place."""
    figure, axes = _started(result, language, "satisfaction_score", "loyalty")
    names = ["satisfaction_score", "loyalty"]
    customers = result.tables["customers"].round({"loyalty": 2})
    most = int(customers.groupby(names).size().max())
    for number, (name, part) in enumerate(customers.groupby("loyalty_group")):
        counts = part.groupby(names).size().reset_index(name="n")
        areas = _SMALLEST + (_LARGEST - _SMALLEST) * np.maximum(counts["n"] - 1, 0) / max(most - 1, 1)
        label = word(str(name), language)
        axes.scatter(
            counts[names[0]], counts[names[1]], s=areas, alpha=0.6, color=COLOURS[number], label=label
        )
    cut = result.parameters["cut"]
    _border(axes, result.parameters["satisfied"] - 0.5, cut if isinstance(cut, float) else None)
    axes.legend(frameon=False, fontsize=8, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return figure


def _started(result: Result, language: str, x: str, y: str) -> tuple[Figure, Axes]:
    figure, (axes,) = new_figure(8.0, 4.4)
    axes.set_title(word(result.name, language), loc="left")
    axes.set_xlabel(word(x, language))
    axes.set_ylabel(word(y, language))
    return figure, axes


def _border(axes: Axes, x: float, y: float | None) -> None:
    axes.axvline(x, color=COLOURS[-1], linewidth=0.8, linestyle=":")
    if y is not None:
        axes.axhline(y, color=COLOURS[-1], linewidth=0.8, linestyle=":")
