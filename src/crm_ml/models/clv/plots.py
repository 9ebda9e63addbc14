"""The plots that people expect of purchase models; each takes a model or a result and returns a figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crm_ml.base.plotting import COLOURS, new_figure
from crm_ml.base.result import Result
from crm_ml.models.clv.purchase_model import PurchaseModel
from crm_ml.models.clv.rows import Array

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matplotlib.figure import Figure

__all__ = [
    "plot_customer",
    "plot_expected_purchases",
    "plot_frequencies",
    "plot_probability_alive",
    "plot_tracking",
]


def plot_probability_alive(model: PurchaseModel, *, age: float, most: int = 20) -> Figure:
    """Draw the probability of being alive by number of purchases and age at the last one.

    Parameters
    ----------
    model : fitted PurchaseModel
    age : float
        Age of the customers at the cutoff, in the model's time unit.
    most : int
        Largest number of repeat purchases shown.
    """
    return _matrix(model.probability_alive, model, age, most, "probability of being alive")


def plot_expected_purchases(model: PurchaseModel, *, age: float, horizon: float, most: int = 20) -> Figure:
    """Draw the expected purchases in the horizon by number of purchases and age at the last one."""
    title = f"expected purchases in the next {horizon:g} {model.time_unit}s"
    return _matrix(lambda table: model.expected_purchases(table, horizon), model, age, most, title)


def plot_tracking(result: Result) -> Figure:
    """Draw actual and expected repeat purchases, cumulative and by period, of a `tracking` result."""
    figure, axes = new_figure(10.0, 4.0, columns=2)
    for axis, suffix, title in zip(axes, ("_cumulative", ""), ("cumulative", "by period"), strict=True):
        axis.plot(result.table["end"], result.table[f"actual{suffix}"], label="actual")
        axis.plot(result.table["end"], result.table[f"expected{suffix}"], linestyle="--", label="expected")
        axis.set(xlabel="time", ylabel="repeat purchases", title=title)
        axis.legend(frameon=False)
    return figure


def plot_frequencies(result: Result) -> Figure:
    """Draw observed and expected numbers of customers by repeats, of a `diagnostics` result."""
    figure, (axis,) = new_figure()
    places = np.arange(len(result.table))
    axis.bar(places - 0.2, result.table["observed"], 0.4, label="observed")
    axis.bar(places + 0.2, result.table["expected"], 0.4, label="expected")
    axis.set_xticks(places, list(result.table.index))
    axis.set(xlabel="repeat purchases", ylabel="customers")
    axis.legend(frameon=False)
    return figure


def plot_customer(model: PurchaseModel, purchases: Sequence[float] | Array, *, age: float) -> Figure:
    """Draw how the probability of being alive of one customer rose and fell.

    Parameters
    ----------
    model : fitted PurchaseModel
    purchases : sequence of float
        Ages at the repeat purchases, in the model's time unit.
    age : float
        Age until which to draw.
    """
    moments = np.sort(np.asarray(purchases, dtype=np.float64))
    ages = np.union1d(np.linspace(0.0, age, 200), moments)
    count = np.searchsorted(moments, ages, side="right")
    last = np.concatenate([[0.0], moments])[count]
    alive = model.probability_alive(pd.DataFrame({"frequency": count, "t_x": last, "T": ages}))
    figure, (axis,) = new_figure()
    axis.plot(ages, alive)
    for moment in moments:
        axis.axvline(moment, color=COLOURS[1], linestyle=":", linewidth=1.0)
    axis.set(xlabel=f"age ({model.time_unit}s)", ylabel="probability of being alive", ylim=(0.0, 1.05))
    return figure


def _matrix(
    answer: Callable[[pd.DataFrame], pd.Series], model: PurchaseModel, age: float, most: int, title: str
) -> Figure:
    steps = np.linspace(0.0, age, 41)
    steps = np.unique(np.floor(steps)) if model.discrete else steps
    x, t_x = (one.ravel() for one in np.meshgrid(np.arange(1, most + 1), steps[1:]))
    table = pd.DataFrame({"frequency": x, "t_x": t_x, "T": float(age)})
    possible = (x <= t_x) if model.discrete else np.full(len(x), True)
    values = np.full(len(x), np.nan)
    values[possible] = answer(table[possible])
    figure, (axis,) = new_figure(6.5, 5.0)
    image = axis.pcolormesh(
        np.arange(1, most + 1),
        steps[1:],
        values.reshape(len(steps) - 1, most),
        shading="nearest",
        cmap="cividis",
    )
    figure.colorbar(image, ax=axis)
    axis.set(xlabel="repeat purchases", ylabel=f"age at the last purchase ({model.time_unit}s)", title=title)
    return figure
