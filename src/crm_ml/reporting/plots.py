"""The pictures of the report: they draw columns of the list and of comparisons, and compute no verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crm_ml.base.formats import format_money, format_number
from crm_ml.base.plotting import COLOURS, new_figure
from crm_ml.base.texts import text
from crm_ml.prediction.columns import RISK_BANDS, THREATS, value_label

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["gain", "heat_map", "lorenz", "loss_by_band", "loss_curve", "reliability", "whiskers"]

_INK, _SOFT, _GRID = "#1b2a38", "#5b6b7a", "#d9e0e6"
_THREAT_COLOURS = {"stops": COLOURS[1], "buys less": COLOURS[4], "none": "#b9c4ce"}
_ROLE_COLOURS = {"model": COLOURS[0], "baseline": _SOFT, "chance": "#b9c4ce"}


def loss_by_band(table: pd.DataFrame, language: str, currency: str) -> Figure:
    """Draw expected loss by risk band, split by what threatens."""
    figure, axes = _started(text("report.loss_by_band", language), 5.0, 2.5)
    sums = table.pivot_table("expected_loss", "risk_band", "threat", "sum", fill_value=0.0, observed=True)
    bands = list(reversed(RISK_BANDS))
    left = np.zeros(len(bands))
    for threat in THREATS:
        if threat in sums.columns:
            widths = sums[threat].reindex(bands, fill_value=0.0).to_numpy(dtype="float64")
            label = value_label("threat", threat, language)
            axes.barh(bands, widths, left=left, color=_THREAT_COLOURS[threat], label=label, height=0.6)
            left += widths
    axes.set_yticks(range(len(bands)), [value_label("risk_band", band, language) for band in bands])
    _money_ticks(axes, language, currency)
    figure.legend(loc="outside lower center", ncols=len(THREATS), frameon=False, fontsize=9)
    return figure


def loss_curve(losses: pd.Series, language: str) -> Figure:
    """Draw which share of the expected loss the first customers hold."""
    figure, axes = _started(text("report.loss_curve", language), 5.0, 2.5)
    ordered = np.sort(losses.to_numpy(dtype="float64"))[::-1]
    share = np.concatenate([[0.0], np.cumsum(ordered) / max(ordered.sum(), np.finfo(float).tiny)])
    axes.plot(_thinned(np.arange(len(share))), _thinned(share), color=COLOURS[1])
    half = int(np.searchsorted(share, 0.5))
    axes.plot([half, half, 0], [0, 0.5, 0.5], color=_SOFT, linewidth=0.8, linestyle=":")
    axes.set(xlabel=text("report.loss_curve_x", language), ylabel=text("report.loss_curve_y", language))
    axes.set(xlim=(0, None), ylim=(0, 1.02))
    _percent(axes.yaxis)
    axes.xaxis.set_major_formatter(lambda value, _: format_number(value, language))
    return figure


def heat_map(scores: pd.Series, language: str) -> Figure:
    """Draw how many customers have each pair of recency and frequency score: the first two digits."""
    figure, axes = _started(text("report.heat_map", language), 4.6, 3.6)
    counts = np.zeros((5, 5))
    for score in scores.astype("str"):
        counts[int(score[0]) - 1, int(score[1]) - 1] += 1
    shade = np.sqrt(counts)
    # Rectangles, not a picture of pixels: sharp on paper.
    axes.pcolormesh(
        shade, cmap="Blues", vmin=0, vmax=1.25 * max(shade.max(), 1), edgecolors="white", linewidth=1
    )
    for (row, column), count in np.ndenumerate(counts):
        dark = shade[row, column] > 0.85 * shade.max()
        axes.text(
            column + 0.5,
            row + 0.5,
            format_number(float(count), language),
            ha="center",
            va="center",
            color="white" if dark else _INK,
            fontsize=9,
        )
    axes.set_xticks(np.arange(5) + 0.5, list("12345"))
    axes.set_yticks(np.arange(5) + 0.5, list("12345"))
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.grid(visible=False)
    axes.set(xlabel=text("report.heat_x", language), ylabel=text("report.heat_y", language))
    return figure


def lorenz(money: pd.Series, language: str) -> Figure:
    """Draw which share of the revenue the best customers bring in."""
    figure, axes = _started(text("report.lorenz", language), 4.6, 3.6)
    ordered = np.sort(money.clip(lower=0).to_numpy(dtype="float64"))[::-1]
    share = np.concatenate([[0.0], np.cumsum(ordered) / max(ordered.sum(), np.finfo(float).tiny)])
    customers = np.linspace(0, 1, len(share))
    axes.plot(_thinned(customers), _thinned(share), color=COLOURS[0])
    axes.plot([0, 1], [0, 1], color=_SOFT, linewidth=0.8, linestyle=":", label=text("report.equal", language))
    best = float(np.interp(0.2, customers, share))
    axes.plot([0.2, 0.2, 0], [0, best, best], color=_SOFT, linewidth=0.8)
    axes.set(xlim=(0, 1), ylim=(0, 1.02))
    axes.set(xlabel=text("report.lorenz_x", language), ylabel=text("report.lorenz_y", language))
    _percent(axes.xaxis)
    _percent(axes.yaxis)
    axes.legend(frameon=False, fontsize=9, loc="lower right")
    return figure


def reliability(curve: pd.DataFrame, language: str) -> Figure:
    """Draw what happened against the chance that was given, with intervals."""
    figure, axes = _started(text("report.reliability", language), 4.6, 3.6)
    axes.plot([0, 1], [0, 1], color=_SOFT, linewidth=0.8, linestyle=":")
    observed = curve["observed"].to_numpy(dtype="float64")
    reach = np.abs(np.vstack([observed - curve["low"], curve["high"] - observed]))
    axes.errorbar(
        curve["forecast"], observed, yerr=reach, fmt="o-", color=COLOURS[0], markersize=4, linewidth=1
    )
    axes.set(xlim=(0, 1), ylim=(0, 1.02))
    axes.set(xlabel=text("report.reliability_x", language), ylabel=text("report.reliability_y", language))
    _percent(axes.xaxis)
    _percent(axes.yaxis)
    return figure


def gain(curve: pd.DataFrame, language: str) -> Figure:
    """Draw which share of all cases the likeliest customers hold, from groups of equal forecasts.

    Parameters
    ----------
    curve : DataFrame
        Columns ``forecast, observed, n`` of one model.
    language : {"nl", "en"}
        Language of the labels.
    """
    figure, axes = _started(text("report.gain", language), 4.6, 3.6)
    ordered = curve.sort_values("forecast", ascending=False, kind="stable")
    size = ordered["n"].to_numpy(dtype="float64")
    cases = size * ordered["observed"].to_numpy(dtype="float64")
    shares = [
        np.concatenate([[0.0], np.cumsum(one) / max(one.sum(), np.finfo(float).tiny)])
        for one in (size, cases)
    ]
    axes.plot(
        [0, 1], [0, 1], color=_SOFT, linewidth=0.8, linestyle=":", label=text("report.chance_line", language)
    )
    axes.plot(*shares, "o-", color=COLOURS[0], markersize=4, linewidth=1)
    axes.set(xlim=(0, 1), ylim=(0, 1.02))
    axes.set(xlabel=text("report.gain_x", language), ylabel=text("report.gain_y", language))
    _percent(axes.xaxis)
    _percent(axes.yaxis)
    axes.legend(frameon=False, fontsize=9, loc="lower right")
    return figure


def whiskers(table: pd.DataFrame, figure_name: str, language: str) -> Figure:
    """Draw a figure of every model with its interval, best at the top."""
    rows = table.dropna(subset=[figure_name]).sort_values(figure_name, kind="stable")
    figure, axes = _started(text(f"report.{figure_name}_plot", language), 5.4, 0.9 + 0.3 * len(rows))
    for place, row in enumerate(rows.to_dict("records")):
        colour = _ROLE_COLOURS[row["role"]]
        axes.plot(row[figure_name], place, "o", color=colour, markersize=5)
        axes.plot([row[f"{figure_name}_low"], row[f"{figure_name}_high"]], [place, place], color=colour)
    axes.set_yticks(range(len(rows)), [value_label("model", name, language) for name in rows["model"]])
    axes.set_ylim(-0.6, len(rows) - 0.4)
    axes.xaxis.set_major_formatter(lambda value, _: format_number(value, language, decimals=2))
    return figure


def _started(title: str, width: float, height: float) -> tuple[Figure, Axes]:
    figure, (axes,) = new_figure(width, height)
    axes.set_title(title, loc="left", fontsize=10, fontweight="bold", color=_INK)
    axes.tick_params(labelsize=9, colors=_INK)
    axes.xaxis.label.set_fontsize(9)
    axes.yaxis.label.set_fontsize(9)
    axes.spines[["left", "bottom"]].set_color(_GRID)
    axes.grid(color=_GRID, linewidth=0.5)
    axes.set_axisbelow(True)
    return figure, axes


def _percent(axis: Any) -> None:
    axis.set_major_formatter(lambda value, _: f"{100 * value:.0f}%")


def _money_ticks(axes: Axes, language: str, currency: str) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.xaxis.set_major_formatter(lambda value, _: format_money(value, currency, language, decimals=0))


def _thinned(values: Any) -> Any:
    """Keep at most 400 points: a page of a million points opens nowhere."""
    if len(values) <= 400:
        return values
    return values[np.unique(np.linspace(0, len(values) - 1, 400).astype(int))]
