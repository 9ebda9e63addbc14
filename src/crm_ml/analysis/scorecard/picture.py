"""The picture of the scorecard: how much each measure changed, and whether that is better."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crm_ml.analysis.words import word
from crm_ml.base.plotting import COLOURS, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from crm_ml.base.result import Result

__all__ = ["draw_changes"]

_COLOURS = {"better": COLOURS[2], "worse": COLOURS[1], "same": COLOURS[0]}
_FARTHEST = 1.0  # a change of more than 100 % would hide the others


def draw_changes(result: Result, language: str) -> Figure:
    """Draw the relative change of each measure since the period before as a bar."""
    from matplotlib.ticker import PercentFormatter

    table = result.table
    # A percentage of points, or of what can be below nothing, says nothing.
    relative = (table["previous"] > 0) & (table["level"] >= 0) & (table["unit"] != "points")
    data = table[relative].iloc[::-1]
    figure, (axes,) = new_figure(7.0, max(2.0, 0.28 * len(data) + 0.8))
    change = (data["level"] - data["previous"]) / data["previous"]
    colours = [_COLOURS.get(trend, COLOURS[0]) for trend in data["trend"]]
    axes.barh(np.arange(len(data)), change.clip(-_FARTHEST, _FARTHEST), color=colours)
    axes.set_yticks(np.arange(len(data)), [word(name, language) for name in data["measure"]])
    axes.axvline(0, color=COLOURS[-1], linewidth=0.8)
    axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axes.set_xlabel(word("change_since_before", language))
    axes.set_title(word("scorecard", language).capitalize(), loc="left")
    return figure
