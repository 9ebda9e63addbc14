"""From transactions to a tracked, judged, exported set of models."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from crm_ml.base.exceptions import WindowError
from crm_ml.base.notes import Note, day
from crm_ml.base.progress import Steps, progress
from crm_ml.base.validation import check_choice
from crm_ml.data.transactions import Transactions
from crm_ml.evaluation.comparison import Comparison
from crm_ml.evaluation.experiment import Experiment, Recipe, refit, run_experiment, windows_needed
from crm_ml.evaluation.panel import comparable
from crm_ml.evaluation.plan import Plan, plan_windows
from crm_ml.jobs.audit import audit
from crm_ml.jobs.btyd_features import with_btyd_features
from crm_ml.jobs.chosen_features import chosen_features
from crm_ml.jobs.class_columns import class_target, with_classes
from crm_ml.jobs.config import TrainConfig
from crm_ml.jobs.config_file import load_config
from crm_ml.jobs.export import Exported, export
from crm_ml.jobs.inputs import read_log, read_own_columns
from crm_ml.jobs.one_thread import one_thread
from crm_ml.jobs.own_features import features_made, unused, with_own_columns, without_columns
from crm_ml.jobs.refused_rows import check_folder, refused_rows
from crm_ml.models.base import Model
from crm_ml.reporting.comparison_text import comparison_text

if TYPE_CHECKING:
    from crm_ml.data.own_columns import CategoryEncoding, OwnColumns
    from crm_ml.models.clv.features import BTYDFeatures

__all__ = ["TrainResult", "train"]

_RULES = ("stopped", "rule_list")


@dataclass(frozen=True)
class TrainResult:
    """What a training made.

    Parameters
    ----------
    bundle_folder : Path
        The exported bundle.
    comparisons : mapping
        Task → models beside baselines and chance on later data.
    skipped : mapping
        Task → why no model was trained.
    warnings : tuple of str
        What a user must know.
    run_id : str
        MLflow run; empty when tracking is off.
    store : str
        The MLflow store; empty when tracking is off.
    """

    bundle_folder: Path
    comparisons: Mapping[str, Comparison]
    skipped: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    run_id: str = ""
    store: str = ""

    def __str__(self) -> str:
        parts = [comparison_text(one) for one in self.comparisons.values()]
        parts += [f"{task}: no model was trained – {reason}" for task, reason in self.skipped.items()]
        parts += [f"note: {warning}" for warning in self.warnings]
        return "\n\n".join(parts)


def train(config: TrainConfig | str | os.PathLike[str], *, quiet: bool = False) -> TrainResult:
    """Train every technique on every task, compare them on later data, export the champions.

    Parameters
    ----------
    config : TrainConfig or path
        Options, or the YAML file that holds them.
    quiet : bool
        No progress bar.

    Returns
    -------
    TrainResult

    Raises
    ------
    InputError
        When data, mapping or config are wrong. Too little data is no error: the bundle then holds what is
        possible, and the warnings say why.
    """
    chosen = config if isinstance(config, TrainConfig) else load_config(config, TrainConfig)
    steps = len(chosen.tasks) * (len(chosen.models) + 1) + 6
    beside = chosen.data.quarantine or Path(chosen.out) / "quarantine.csv"
    check_folder(chosen.out)
    own = read_own_columns(chosen.data, chosen.privacy)  # first: a mistake in a small table shows at once
    with one_thread(), progress(steps, quiet=quiet) as step, refused_rows(beside) as refused:
        step("read transactions")
        tx = read_log(chosen.data, chosen.engine, quarantine=refused)
        prepared = _prepare(tx, own, chosen, step)
        own = prepared.own
        audits = audit(prepared.experiment, chosen)
        models = _final_models(prepared, chosen, step)
        step("export the bundle")
        exported = export(
            tx,
            chosen,
            prepared.experiment,
            models,
            own=own,
            encoding=prepared.encoding,
            btyd=prepared.btyd,
            audits=audits,
            notes=(*prepared.warnings, *(note for one in audits.values() for note in one["warnings"])),
        )
        step("track the run")
        run_id, store = _track(tx, chosen, prepared, exported)
    experiment = prepared.experiment
    return TrainResult(
        exported.folder,
        experiment.comparisons if experiment else {},
        experiment.skipped if experiment else {},
        exported.warnings,
        run_id,
        store,
    )


@dataclass(frozen=True)
class _Prepared:
    recipe: Recipe
    experiment: Experiment | None
    own: OwnColumns | None
    encoding: CategoryEncoding | None
    btyd: BTYDFeatures | None
    warnings: tuple[str, ...]


def _prepare(tx: Transactions, own: OwnColumns | None, config: TrainConfig, step: Steps) -> _Prepared:
    """Run the experiment as far as the history allows."""
    recipe = Recipe(
        tasks=config.tasks,
        techniques=config.models,
        labels=config.labels,
        evaluation=config.evaluation,
        settings=config.model_settings,
        seed=config.seed,
        most_rows=config.train_rows,
        keep_leaking=config.keep_leaking,
    )
    for name in config.keep_leaking:
        check_choice(name, [] if own is None else own.names, what="own column in keep_leaking")
    plan, why = _plan(tx, config)
    if plan is None or not plan.train:
        notes = why if plan is None else plan.notes
        return _Prepared(recipe, None, own, None, None, notes)
    step("build features at every snapshot")
    X, hidden = chosen_features(tx, windows_needed(plan), config.features)
    recipe = replace(recipe, hidden=hidden)
    windows = windows_needed(plan)
    own = with_classes(own, tx, config, (day for one in windows for day in (one.cutoff, one.end)))
    X, encoding = with_own_columns(X, own, plan)
    notes = (*plan.notes, *unused(X, encoding))
    X, beyond = comparable(X, tx)
    X, btyd = with_btyd_features(X, config.horizon_days) if config.btyd_features else (X, None)
    made = features_made(encoding, trusted=config.classes)
    drawn = class_target(tx, config, windows)
    experiment = run_experiment(tx, plan, X, recipe, own=made, drawn=drawn, step=step)
    if encoding is not None:
        encoding = without_columns(encoding, experiment.leaks.left_out)
    notes = (*notes, *_said(beyond), *experiment.leaks.notes, *experiment.notes)
    return _Prepared(recipe, experiment, own, encoding, btyd, notes)


def _said(beyond: list[str]) -> list[str]:
    """Say which features the models do without because the history is short."""
    return [Note("proof.looks_back", {"features": ", ".join(beyond)})] if beyond else []


def _plan(tx: Transactions, config: TrainConfig) -> tuple[Plan | None, tuple[str, ...]]:
    """Return the windows; a short history is no error unless the config asks for a cutoff outside it."""
    try:
        plan = plan_windows(
            tx,
            config.horizon_days,
            cutoff=config.cutoff,
            snapshots=config.windows.n,
            stride_days=config.windows.stride_days,
            min_history_days=config.windows.min_history_days,
        )
    except WindowError:
        if config.cutoff is not None:
            raise
        short = Note(
            "proof.too_short",
            {"first": day(tx.first_day), "last": day(tx.last_day), "days": config.horizon_days},
        )
        return None, (short,)
    return plan, ()


def _final_models(prepared: _Prepared, config: TrainConfig, step: Steps) -> dict[tuple[str, str], Model]:
    """Return the champion of every task and the rule list, fitted again on all closed windows."""
    experiment = prepared.experiment
    if experiment is None:
        return {}
    chosen = [(task, one.champion) for task, one in experiment.comparisons.items()]
    chosen += [_RULES] if _RULES in experiment.models and _RULES not in chosen else []
    if not config.refits:
        return {key: experiment.models[key] for key in chosen}
    models = {}
    for task, name in chosen:
        step(f"{task}: fit {name} on all closed windows")
        models[task, name] = refit(experiment, task, name, prepared.recipe)
    return models


def _track(tx: Transactions, config: TrainConfig, prepared: _Prepared, exported: Exported) -> tuple[str, str]:
    if not config.tracking.enabled:
        return "", ""
    from crm_ml.jobs.track import track_training

    return track_training(tx, config, prepared.experiment, exported)
