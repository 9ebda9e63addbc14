"""The whole honest experiment on one log: every technique on every task, judged on later data.

Training, calibration and test follow one after the other; the same recipe then runs once more one horizon
later, on all closed windows, for the models that are handed out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from crm_ml.base.notes import Note
from crm_ml.data.windows import Window
from crm_ml.evaluation.base_level import anchored, foresee_base
from crm_ml.evaluation.baselines import BASELINES
from crm_ml.evaluation.candidates import MOST_ROWS, able_to_learn, fit_baseline, fit_candidate
from crm_ml.evaluation.chance import chance_level
from crm_ml.evaluation.comparison import Comparison
from crm_ml.evaluation.gates import Cases, check_cases
from crm_ml.evaluation.judge import judge
from crm_ml.evaluation.leak_gate import LeakVerdict, judge_own_columns, without
from crm_ml.evaluation.panel import Panel, build_panels
from crm_ml.evaluation.plan import Plan
from crm_ml.evaluation.recorded import record, recorded
from crm_ml.evaluation.selection import measure_selection
from crm_ml.evaluation.settings import EvaluationSettings
from crm_ml.labels.settings import LabelSettings
from crm_ml.models.base import Model

if TYPE_CHECKING:
    from crm_ml.data.transactions import Transactions

__all__ = ["Experiment", "Recipe", "one_horizon_later", "refit", "run_experiment", "windows_needed"]

# Labels whose share is to a good part made by chance; the others are counted, not compared with a normal.
_WITH_CHANCE_LEVEL = ("at_risk", "drying_up")


@dataclass(frozen=True)
class Recipe:
    """What is fitted and how; the same for every window.

    Parameters
    ----------
    tasks, techniques : sequence of str
        What to predict, and with which models.
    labels : LabelSettings
        Thresholds of the labels.
    evaluation : EvaluationSettings
        How models are judged.
    settings : mapping
        Technique → own arguments.
    seed : int
        Seed of everything that draws.
    most_rows : int
        Rows of a panel that a technique learns from at most.
    keep_leaking : sequence of str
        Own columns that stay although they seem to know the outcome.
    hidden : sequence of str
        Columns that are there for the baselines only.
    """

    tasks: Sequence[str]
    techniques: Sequence[str]
    labels: LabelSettings = field(default_factory=LabelSettings)
    evaluation: EvaluationSettings = field(default_factory=EvaluationSettings)
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    seed: int = 0
    most_rows: int = MOST_ROWS
    keep_leaking: Sequence[str] = ()
    hidden: Sequence[str] = ()

    def able(self, panel: Panel) -> tuple[list[str], tuple[str, ...]]:
        """Return the techniques that can learn the task of a panel, and why others were left out."""
        seen = set(panel.X.columns) - set(self.hidden)
        return able_to_learn(self.techniques, panel.task.kind, seen, self.settings)

    def fit(self, technique: str, train: Panel, later: Panel | None, horizon_days: int) -> Model:
        """Fit one technique as this recipe says."""
        return fit_candidate(
            technique,
            train,
            later,
            horizon_days=horizon_days,
            seed=self.seed,
            settings=self.settings.get(technique),
            most_rows=self.most_rows,
            hidden=self.hidden,
        )


@dataclass(frozen=True)
class Experiment:
    """What came out.

    Parameters
    ----------
    plan : Plan
        The windows.
    panels : dict of str to Panel
        One a task, over all windows.
    models : dict of (str, str) to Model
        ``(task, technique)``: fitted models and baselines as judged, at the level of the base that was
        foreseen at the test cutoff.
    comparisons : dict of str to Comparison
        One a task that had enough cases.
    skipped : dict of str to str
        Tasks without a model, and why.
    leaks : LeakVerdict
        Own columns that know too much; those left out are in no panel any more.
    notes : tuple of str
        Techniques that were left out, and why.
    """

    plan: Plan
    panels: dict[str, Panel]
    models: dict[tuple[str, str], Model]
    comparisons: dict[str, Comparison]
    skipped: dict[str, str]
    leaks: LeakVerdict = field(default_factory=LeakVerdict)
    notes: tuple[str, ...] = ()


def one_horizon_later(plan: Plan) -> tuple[tuple[Window, ...], Window | None]:
    """Return training and calibration windows of the last fit, which may use the test window too."""
    horizon = plan.test.horizon_days
    train = tuple(Window(window.cutoff_day + horizon, horizon) for window in plan.train)
    return train, plan.test if plan.calibrate is not None else None


def windows_needed(plan: Plan) -> list[Window]:
    """Return every window of the experiment and of the last fit, oldest first."""
    train, _ = one_horizon_later(plan)
    return sorted({*plan.windows, *train})


def run_experiment(
    tx: Transactions,
    plan: Plan,
    X: pd.DataFrame,
    recipe: Recipe,
    *,
    own: Mapping[str, Sequence[str]] | None = None,
    drawn: Mapping[str, pd.Series] | None = None,
    step: Callable[[str], None] = lambda text: None,
) -> Experiment:
    """Fit and judge every technique on every task.

    Parameters
    ----------
    tx : Transactions
        The log.
    plan : Plan
        Windows, with at least one training window.
    X : DataFrame
        Features at the cutoffs of :func:`windows_needed`; index ``customer_id, cutoff``.
    recipe : Recipe
        What to fit.
    own : mapping of str to sequence of str, optional
        Own column → the features in `X` made of it: looked at by the leak alarm before anything is fitted.
    drawn : mapping of str to Series, optional
        Task → labels that were drawn already; see :func:`~crm_ml.evaluation.panel.build_panels`.
    step : callable, optional
        Told what begins, for a progress bar.
    """
    panels = build_panels(tx, windows_needed(plan), recipe.tasks, recipe.labels, X=X, drawn=drawn)
    cases = {task: _cases(panel, plan, recipe) for task, panel in panels.items()}
    skipped = {task: one.reason for task, one in cases.items() if not one.enough}
    able = {task: panel for task, panel in panels.items() if task not in skipped}
    leaks = judge_own_columns(able, plan, own or {}, recipe.keep_leaking)
    panels = {task: without(panel, own or {}, leaks.left_out) for task, panel in panels.items()}
    models: dict[tuple[str, str], Model] = {}
    comparisons: dict[str, Comparison] = {}
    notes: list[str] = []
    step("foresee the level of the base")
    level = foresee_base(tx, plan.test.cutoff, plan.test.horizon_days) if able else None
    for task in able:
        panel = panels[task]
        train, later = panel.at(plan.train).labelled(), _later(panel, plan)
        names, why = recipe.able(panel)
        notes += [note for note in why if note not in notes]
        fitted = {}
        for name in names:
            step(f"{task}: {name}")
            fitted[name] = recipe.fit(name, train, later, plan.test.horizon_days)
        step(f"{task}: judge on later data")
        plain = {name: fit_baseline(name, train) for name in BASELINES}
        test = panel.at(plan.test)
        placed = {name: anchored(model, task, test.X, level) for name, model in {**fitted, **plain}.items()}
        models |= {(task, name): model for name, model in placed.items()}
        answers = record(placed, test.labelled())
        comparisons[task] = judge(
            recorded(names, answers),
            recorded(BASELINES, answers),
            answers,
            recipe.evaluation,
            window={"cutoff": str(plan.test.cutoff), "horizon_days": plan.test.horizon_days},
            chance=_chance(tx, plan.test, recipe) if task in _WITH_CHANCE_LEVEL else {},
            notes=(*plan.notes, *cases[task].warnings, *_learnt_from_some(train, recipe)),
            selection=None if later is None else measure_selection(fitted, later, recipe.evaluation),
        )
    return Experiment(plan, panels, models, comparisons, skipped, leaks, tuple(notes))


def refit(experiment: Experiment, task: str, technique: str, recipe: Recipe) -> Model:
    """Fit one technique or baseline again on all closed windows; its level is that of the last of them."""
    windows, later = one_horizon_later(experiment.plan)
    panel = experiment.panels[task]
    train = panel.at(windows).labelled()
    if technique in BASELINES:
        return fit_baseline(technique, train)
    calibrate = None if later is None else panel.at(later).labelled()
    return recipe.fit(technique, train, calibrate, experiment.plan.test.horizon_days)


def _cases(panel: Panel, plan: Plan, recipe: Recipe) -> Cases:
    train, test = panel.at(plan.train).labelled(), panel.at(plan.test).labelled()
    return check_cases(train, test, recipe.evaluation)


def _later(panel: Panel, plan: Plan) -> Panel | None:
    return None if plan.calibrate is None else panel.at(plan.calibrate).labelled()


def _learnt_from_some(train: Panel, recipe: Recipe) -> list[str]:
    """Say when techniques learnt from some of the customers only."""
    if len(train) <= recipe.most_rows:
        return []
    return [Note("proof.drawn", {"rows": recipe.most_rows, "all": len(train)})]


def _chance(tx: Transactions, window: Window, recipe: Recipe) -> dict[str, Any]:
    result = chance_level(tx, window, recipe.labels, seed=recipe.seed)
    rows = {row.pop("state"): row for row in result.table.to_dict("records")}
    return {**rows, **result.figures}
