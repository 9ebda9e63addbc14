"""When a model may be trained, when it may be champion, and when no ranking may be handed out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from crm_ml.evaluation.panel import Panel
from crm_ml.evaluation.settings import EvaluationSettings

__all__ = ["Cases", "Champion", "check_cases", "choose_champion"]


@dataclass(frozen=True)
class Cases:
    """Whether there are enough customers of either class to train on and to judge by.

    Parameters
    ----------
    enough : bool
        When false no model is trained and the base rate speaks.
    reason : str
        Why not; empty when there are enough.
    warnings : tuple of str
        Few, but enough.
    """

    enough: bool
    reason: str = ""
    warnings: tuple[str, ...] = ()


def check_cases(train: Panel, test: Panel, settings: EvaluationSettings | None = None) -> Cases:
    """Count customers of either class in training and in the later test.

    Customers are counted, not rows: six snapshots of one person are one case. For money the classes are
    "spent something" and "spent nothing"; for several classes the question is the two largest.

    Parameters
    ----------
    train, test : Panel
        Rows without label are left out.
    settings : EvaluationSettings, optional
        Defaults when not given.

    Returns
    -------
    Cases
    """
    chosen = settings or EvaluationSettings()
    warnings = []
    for where, panel in (("training", train), ("the later test", test)):
        name, count = _rarest(panel.labelled())
        if not name:
            return Cases(False, f"{where} holds nobody for whom {panel.task.name!r} is defined")
        if count < chosen.least_cases:
            return Cases(False, _too_few(where, name, count, chosen.least_cases))
        if count < chosen.few_cases:
            warnings.append(f"{where} holds only {count} customers with outcome {name!r}: wide margins")
    return Cases(True, warnings=tuple(warnings))


def _too_few(where: str, name: str, count: int, needed: int) -> str:
    if not count:
        return f"in {where} every customer has outcome {name!r}: nothing to tell apart"
    customers = "customer" if count == 1 else "customers"
    return f"{where} holds {count} {customers} with outcome {name!r}, {needed} are needed"


def _rarest(panel: Panel) -> tuple[str, int]:
    kind = panel.task.kind
    labels = (panel.y > 0) if kind == "regression" else panel.y
    counts = pd.Series(panel.customers).groupby(labels.astype(str).to_numpy()).nunique()
    if len(counts) < 2:
        return str(counts.index[0]) if len(counts) else "", 0
    counts = counts.sort_values(ascending=False, kind="stable")
    place = 1 if kind == "multiclass" else len(counts) - 1
    return str(counts.index[place]), int(counts.iloc[place])


@dataclass(frozen=True)
class Champion:
    """Whose probabilities are used, and why.

    Parameters
    ----------
    name : str
        A model or a baseline.
    verdict : {"beats_baseline", "no_model_beats_baseline", "withheld"}
        The reason as a code.
    reason : str
        The reason in words.
    """

    name: str
    verdict: str
    reason: str


def choose_champion(
    table: pd.DataFrame,
    baseline: str,
    *,
    main: str = "auc",
    settings: EvaluationSettings | None = None,
    selection: Mapping[str, float] | None = None,
) -> Champion:
    """Return the model that beats the best baseline on later data, else that baseline.

    Parameters
    ----------
    table : DataFrame
        Columns ``model, role``, the main figure with ``_low`` and ``_high``, ``delta`` and ``better`` to the
        best baseline, and ``brier_skill`` or ``rmse``.
    baseline : str
        The best baseline.
    main : {"auc", "gini"}
        What decides.
    settings : EvaluationSettings, optional
        Defaults when not given.
    selection : mapping of str to float, optional
        The main figure on an earlier snapshot, which decides between models that beat the baseline.

    Returns
    -------
    Champion
    """
    chosen = settings or EvaluationSettings()
    rows: dict[str, dict[Any, Any]] = {str(row["model"]): row for row in table.to_dict("records")}
    models = {name: row for name, row in rows.items() if row["role"] == "model"}
    able = [name for name, row in models.items() if _beats(row, rows[baseline], chosen.confidence)]
    known = dict(selection or {})
    name = max(able, key=lambda one: known.get(one, rows[one][main])) if able else baseline
    row = rows[name]
    low, high = row[f"{main}_low"], row[f"{main}_high"]
    nothing = 0.5 if main == "auc" else 0.0
    figure = f"{main} {row[main]:.3f} ({low:.3f} to {high:.3f})"
    if not low > nothing:
        return Champion("base_rate", "withheld", _withheld(rows, main, nothing))
    if name == baseline:
        best = max((one[main] for one in models.values()), default=None)
        against = "no model was trained" if best is None else f"the best model reaches {best:.3f}"
        used = _nearest_forecast(rows, main, nothing) if "rmse" in row else name
        closer = "" if used == name else f"; {used} forecasts amounts closer and is used"
        return Champion(used, "no_model_beats_baseline", f"{name} has {figure}; {against}{closer}")
    gain = f"{row['delta']:+.3f} on {baseline}, above 0 in {row['better']:.0%} of the draws"
    return Champion(name, "beats_baseline", f"{figure}; {gain}")


def _nearest_forecast(rows: dict[str, dict[Any, Any]], main: str, nothing: float) -> str:
    """Return the baseline whose amounts are nearest, among those that rank better than chance.

    Recency may order spenders best and still promise everybody the same amount.
    """
    able = [name for name, row in rows.items() if row["role"] == "baseline" and row[f"{main}_low"] > nothing]
    return min(able, key=lambda name: rows[name]["rmse"])


def _withheld(rows: dict[str, dict[Any, Any]], main: str, nothing: float) -> str:
    """Say how the best of all rankings does, the base rate being none."""
    ranked = {name: row for name, row in rows.items() if name != "base_rate"} or rows
    name = max(ranked, key=lambda one: ranked[one][main])
    row = ranked[name]
    low, high = row[f"{main}_low"], row[f"{main}_high"]
    how = "inverted" if high < nothing else "not surely better than chance"
    figure = f"{main} {row[main]:.3f} ({low:.3f} to {high:.3f})"
    return f"no ranking may be handed out: on later data even the best, {name}, is {how}: {figure}"


def _beats(model: dict[Any, Any], baseline: dict[Any, Any], confidence: float) -> bool:
    """Whether a model ranks better with some certainty, and forecasts no worse than is useful."""
    ranks = model["delta"] > 0 and model["better"] >= confidence
    if "rmse" in model:
        return bool(ranks and model["rmse"] <= 1.1 * baseline["rmse"])
    return bool(ranks and model["brier_skill"] >= min(0.0, baseline["brier_skill"]))
