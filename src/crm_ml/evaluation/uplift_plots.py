"""The pictures of a judged campaign."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_ml.base.formats import format_number, format_share
from crm_ml.base.plotting import COLOURS, new_figure
from crm_ml.base.texts import has_text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from crm_ml.base.result import Result

__all__ = ["plot_budgets", "plot_curves"]

_SOFT = "#5b6b7a"
_RANDOM = "random"


def plot_curves(result: Result, language: str) -> Figure:
    """Draw the Qini curves beside what each tenth of the first ranking really did."""
    figure, (left, right) = new_figure(9.0, 3.8, columns=2)
    for place, (name, curve) in enumerate(result.tables["curve"].groupby("ranking", sort=False)):
        colour, style = (_SOFT, ":") if name == _RANDOM else (_colour(place), "-")
        left.plot(curve["share"], curve["gain"], style, color=colour, label=_named(name, language))
    _titled(left, language, "curves", "share_axis", "gain_axis")
    left.xaxis.set_major_formatter(lambda value, _: format_share(value, language))
    left.legend(frameon=False, fontsize=8, loc="upper left")
    tenths = result.tables["tenths"]
    reach = [tenths["effect"] - tenths["low"], tenths["high"] - tenths["effect"]]
    measured = text("uplift_notes.measured", language)
    right.errorbar(tenths["tenth"], tenths["effect"], yerr=reach, fmt="o", color=COLOURS[0], label=measured)
    forecast = text("uplift_notes.forecast", language)
    right.plot(tenths["tenth"], tenths["forecast"], "_", color=COLOURS[1], markersize=14, label=forecast)
    right.axhline(0, color=_SOFT, linewidth=0.8)
    _titled(right, language, "tenths", "tenth_axis", "effect_axis")
    right.set_xticks(range(1, 11))
    right.legend(frameon=False, fontsize=8)
    for axes in (left, right):
        axes.yaxis.set_major_formatter(lambda value, _: format_number(value, language))
    return figure


def plot_budgets(result: Result, language: str) -> Figure:
    """Draw what every ranking earns at every size of the campaign, with intervals."""
    figure, (axes,) = new_figure(7.0, 3.8)
    groups = list(result.table.groupby("ranking", sort=False))
    for place, (name, rows) in enumerate(groups):
        colour = _SOFT if name == _RANDOM else _colour(place)
        reach = [rows["gain"] - rows["low"], rows["high"] - rows["gain"]]
        beside = (place - (len(groups) - 1) / 2) * 0.008  # intervals that lie on each other tell nothing
        axes.errorbar(
            rows["share"] + beside,
            rows["gain"],
            yerr=reach,
            fmt="o-",
            color=colour,
            markersize=4,
            linewidth=1,
            label=_named(name, language),
        )
    axes.axhline(0, color=_SOFT, linewidth=0.8)
    _titled(axes, language, "budgets", "share_axis", "earned_axis")
    axes.xaxis.set_major_formatter(lambda value, _: format_share(value, language))
    axes.yaxis.set_major_formatter(lambda value, _: format_number(value, language))
    axes.legend(frameon=False, fontsize=8)
    return figure


def _colour(place: int) -> str:
    return COLOURS[place % len(COLOURS)]


def _named(ranking: Any, language: str) -> str:
    key = f"uplift.{ranking}"
    return text(key, language) if has_text(key) else str(ranking)


def _titled(axes: Any, language: str, title: str, x: str, y: str) -> None:
    axes.set_title(text(f"uplift_notes.{title}", language), loc="left", fontsize=10, fontweight="bold")
    axes.set_xlabel(text(f"uplift_notes.{x}", language), fontsize=9)
    axes.set_ylabel(text(f"uplift_notes.{y}", language), fontsize=9)
    axes.tick_params(labelsize=9)
