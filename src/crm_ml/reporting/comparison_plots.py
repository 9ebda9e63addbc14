"""The pictures of one comparison: is the champion honest, what does it gain, and is it more than luck."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_ml.reporting.plots import gain, reliability, whiskers

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from crm_ml.evaluation.comparison import Comparison

__all__ = ["comparison_plots"]


def comparison_plots(comparison: Comparison, language: str = "en") -> dict[str, Figure]:
    """Return the pictures that the figures of a comparison allow.

    Parameters
    ----------
    comparison : Comparison
        Of one task.
    language : {"nl", "en"}
        Language of the labels.

    Returns
    -------
    dict
        ``forest`` (every model, baseline and chance with its interval), and for chances ``calibration`` and
        ``gain`` of the champion.
    """
    figure = "gini" if comparison.kind == "regression" else "auc"
    made = {"forest": whiskers(comparison.table, figure, language)} if figure in comparison.table else {}
    curve = comparison.calibration
    curve = curve[curve["model"] == comparison.champion] if len(curve) else curve
    if len(curve):
        made |= {"calibration": reliability(curve, language), "gain": gain(curve, language)}
    return made
