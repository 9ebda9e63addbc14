"""Price insensitivity: how much profit rises with the price, and the fall in volume that undoes it."""

from __future__ import annotations

import pandas as pd

from crm_ml.analysis import charts
from crm_ml.analysis.results import finished
from crm_ml.analysis.words import note
from crm_ml.base.exceptions import InputError
from crm_ml.base.result import Result

__all__ = ["break_even_volume", "price_insensitivity"]

_STEPS = (0.01, 0.02, 0.04, 0.08, 0.16)


def break_even_volume(rise: float, contribution: float) -> float:
    """Return the share of volume that may be lost before a price rise has brought nothing.

    Parameters
    ----------
    rise : float
        Price rise as a share of the price.
    contribution : float
        Price less variable cost, as a share of the price before the rise.

    Examples
    --------
    >>> break_even_volume(0.25, 0.75)
    0.25
    """
    if rise + contribution <= 0:
        raise InputError("price rise and contribution must add up to more than 0", got=(rise, contribution))
    return rise / (rise + contribution)


def price_insensitivity(
    margins: tuple[float, ...] = _STEPS,
    rises: tuple[float, ...] = _STEPS,
    *,
    contribution: float | None = None,
) -> Result:
    """Tabulate the rise of profit by price rise and net margin, at constant volume.

    Parameters
    ----------
    margins : tuple of float
        Net margins as shares of revenue; a margin of 0 or less has no rise of profit.
    rises : tuple of float
        Price rises as shares of the price.
    contribution : float, optional
        Price less variable cost, as a share of the price; by default the net margin itself, which is the
        contribution of a company without fixed cost.

    Returns
    -------
    Result
        ``net_margin_percent, rise_percent, profit_rise_percent`` = rise ÷ net margin, and
        ``break_even_volume_percent`` = rise ÷ (rise + contribution).

    Examples
    --------
    >>> table = price_insensitivity(margins=(0.01,), rises=(0.01, 0.16)).table
    >>> table["profit_rise_percent"].tolist(), table["break_even_volume_percent"].tolist()
    ([100.0, 1600.0], [50.0, 94.12])
    """
    if min(rises, default=0.0) <= 0:
        raise InputError("price rises must lie above 0", got=rises)
    rows = [
        (
            round(100 * margin, 6),
            round(100 * rise, 6),
            round(100 * rise / margin, 6) if margin > 0 else float("nan"),
            _percent(rise, margin if contribution is None else contribution),
        )
        for margin in margins
        for rise in rises
    ]
    columns = ["net_margin_percent", "rise_percent", "profit_rise_percent", "break_even_volume_percent"]
    assumed = (note("contribution_is_margin"),) if contribution is None else ()
    return finished(
        "price_insensitivity",
        pd.DataFrame(rows, columns=columns),
        source="DOMAIN 77; S4 s97",
        parameters={"contribution": contribution},
        basis="profit",
        n=len(rows),
        warnings=(note("constant_volume"), *assumed),
        plotter=charts.heat_map("net_margin_percent", "rise_percent", "profit_rise_percent"),
    )


def _percent(rise: float, contribution: float) -> float:
    return round(100 * break_even_volume(rise, contribution), 2) if rise + contribution > 0 else float("nan")
