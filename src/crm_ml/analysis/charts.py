"""The few kinds of picture that the analyses need, in the language of the reader.

Each function returns a plotter for :class:`~crm_ml.base.result.Result`; columns are named, labels come from
the words of the analyses.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pandas as pd

from crm_ml.analysis.words import WORDED, word
from crm_ml.base.plotting import COLOURS, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from crm_ml.base.result import Result

__all__ = ["Plotter", "bars", "curve", "heat_map", "scatter", "waterfall"]

Plotter: TypeAlias = "Callable[[Result, str], Figure]"
_MOST_BARS = 30
_LONGEST_NAME = 36
_DARK = 0.6


def bars(x: str, *ys: str, table: str = "", share: bool = False) -> Plotter:
    """Draw bars of the columns `ys`, one group a row of `x`; `share` writes the axis in per cent."""
    return partial(_bars, x=x, ys=ys, table=table, share=share)


def curve(x: str, *ys: str, table: str = "", share: bool = True, diagonal: bool = False) -> Plotter:
    """Draw lines of the columns `ys` over `x`, with a diagonal where equality would lie."""
    return partial(_curve, x=x, ys=ys, table=table, share=share, diagonal=diagonal)


def heat_map(row: str, column: str, value: str, table: str = "", *, upward: bool = False) -> Plotter:
    """Draw a long table as coloured cells; `upward` puts the last row on top, as on an axis."""
    return partial(_heat_map, row=row, column=column, value=value, table=table, upward=upward)


def scatter(x: str, y: str, colour: str, table: str = "", *, growth: bool = False) -> Plotter:
    """Draw one dot a row, coloured by a class; `growth` is written in per cent, its large values drawn in."""
    return partial(_scatter, x=x, y=y, colour=colour, table=table, growth=growth)


def waterfall(x: str, y: str, table: str = "") -> Plotter:
    """Draw a bridge: the first and last row stand on the axis, the others float between them."""
    return partial(_waterfall, x=x, y=y, table=table)


def _data(result: Result, table: str) -> pd.DataFrame:
    return result.tables[table] if table else result.table


def _started(result: Result, language: str, x: str, y: str, width: float = 7.0) -> tuple[Figure, Axes]:
    figure, (axes,) = new_figure(width)
    title = word(result.name, language)
    axes.set_title(title[:1].upper() + title[1:], loc="left")
    axes.set_xlabel(word(x, language))
    axes.set_ylabel(word(y, language))
    return figure, axes


def _percent(axes: Axes, *, both: bool = False) -> None:
    from matplotlib.ticker import PercentFormatter

    axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    if both:
        axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))


def _names(column: pd.Series[str], language: str) -> list[str]:
    """Return the labels of an axis: our words in the reader's language, names from the data as they are."""
    ours = str(column.name) in WORDED
    return [word(cell, language) if ours and isinstance(cell, str) else str(cell) for cell in column]


def _bars(result: Result, language: str, *, x: str, ys: Sequence[str], table: str, share: bool) -> Figure:
    data = _data(result, table).head(_MOST_BARS)
    names = _names(data[x], language)
    if len(ys) == 1 and max(map(len, names), default=0) > _LONGEST_NAME:
        return _lying_bars(result, language, names=names, y=ys[0], values=data[ys[0]], share=share)
    figure, axes = _started(
        result, language, x, ys[0] if len(ys) == 1 else "", width=max(7.0, len(data) * 0.4)
    )
    places, width = np.arange(len(data)), 0.8 / len(ys)
    for number, y in enumerate(ys):
        heights = pd.to_numeric(data[y]).to_numpy(dtype="float64", na_value=np.nan)
        axes.bar(places + (number - (len(ys) - 1) / 2) * width, heights, width, label=word(y, language))
    slanted = max((len(name) for name in names), default=0) * len(names) > 70
    axes.set_xticks(places, names, rotation=40 if slanted else 0, ha="right" if slanted else "center")
    if len(ys) > 1:
        axes.legend(frameon=False)
    if share:
        _percent(axes)
    return figure


def _lying_bars(
    result: Result, language: str, *, names: list[str], y: str, values: pd.Series[float], share: bool
) -> Figure:
    """Draw one bar a line, beside names that would take all the room below standing bars."""
    figure, axes = _started(result, language, y, "")
    places = np.arange(len(names))[::-1]
    axes.barh(places, pd.to_numeric(values).to_numpy(dtype="float64", na_value=np.nan))
    axes.set_yticks(places, [textwrap.fill(name, _LONGEST_NAME) for name in names])
    if share:
        from matplotlib.ticker import PercentFormatter

        axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    return figure


def _curve(
    result: Result, language: str, *, x: str, ys: Sequence[str], table: str, share: bool, diagonal: bool
) -> Figure:
    data = _data(result, table)
    figure, axes = _started(result, language, x, ys[0] if len(ys) == 1 else "")
    for y in ys:
        axes.plot(data[x], data[y], label=word(y, language), marker="o" if len(data) <= _MOST_BARS else None)
    if diagonal:
        axes.plot([0, 1], [0, 1], color=COLOURS[-1], linewidth=0.8, linestyle=":")
    if len(ys) > 1:
        axes.legend(frameon=False)
    if share:
        _percent(axes, both=diagonal)
    return figure


def _heat_map(
    result: Result, language: str, *, row: str, column: str, value: str, table: str, upward: bool
) -> Figure:
    data = _data(result, table)
    rows, columns = list(dict.fromkeys(data[row])), list(dict.fromkeys(data[column]))
    cells = data.pivot_table(index=row, columns=column, values=value, aggfunc="sum").reindex(
        rows, columns=columns
    )
    figure, axes = _started(result, language, column, row, width=max(6.0, 1.1 * len(columns)))
    numbers = cells.to_numpy(dtype="float64")
    image = axes.imshow(numbers, cmap="Blues", aspect="auto")
    highest = np.nanmax(np.where(np.isnan(numbers), -np.inf, numbers), initial=0)
    axes.set_xticks(range(len(columns)), [word(str(name), language) for name in columns])
    axes.set_yticks(range(len(rows)), [word(str(name), language) for name in rows])
    for (line, place), number in np.ndenumerate(numbers):
        if not np.isnan(number):
            ink = "white" if number > _DARK * highest else "black"
            axes.text(place, line, _short(number), ha="center", va="center", color=ink, fontsize=8)
    if upward:
        axes.invert_yaxis()
    figure.colorbar(image, ax=axes, label=word(value, language))
    return figure


def _short(number: float) -> str:
    return f"{number:,.0f}" if abs(number) >= 10 or number == int(number) else f"{number:.2f}"


def _scatter(
    result: Result, language: str, *, x: str, y: str, colour: str, table: str, growth: bool
) -> Figure:
    data = _data(result, table)
    figure, axes = _started(result, language, x, y)
    for name, part in data.groupby(colour, sort=True):
        axes.scatter(
            part[x], part[y], s=14, alpha=0.6, label=word(str(name), language), rasterized=len(part) > 2000
        )
    axes.legend(frameon=False, title=word(colour, language))
    if growth:
        # From −100 % to +100 % as it is, beyond that by powers of ten: a few grow a thousandfold.
        axes.set_yscale("symlog", linthresh=1.0)
        _percent(axes)
    return figure


def _waterfall(result: Result, language: str, *, x: str, y: str, table: str) -> Figure:
    data = _data(result, table)
    figure, axes = _started(result, language, "", y, width=8.0)
    steps = data[y].to_numpy(dtype="float64")
    ends = np.cumsum(steps[:-1])
    bottoms = np.concatenate([[0.0], ends[:-1], [0.0]])
    colours = [COLOURS[0], *(COLOURS[2] if step >= 0 else COLOURS[1] for step in steps[1:-1]), COLOURS[0]]
    axes.bar(range(len(steps)), steps, bottom=bottoms, color=colours)
    names = _names(data[x], language)
    axes.set_xticks(range(len(steps)), names, rotation=30, ha="right")
    axes.axhline(0, color=COLOURS[-1], linewidth=0.8)
    return figure
