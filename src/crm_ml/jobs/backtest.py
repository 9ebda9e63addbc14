"""How good the models would have been at past cutoffs, beside recency, naive rate and chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crm_ml.base.exceptions import InputError
from crm_ml.base.progress import progress
from crm_ml.base.result import Result
from crm_ml.data.windows import rolling_windows
from crm_ml.evaluation.backtest import backtest, backtest_windows
from crm_ml.evaluation.candidates import able_to_learn
from crm_ml.evaluation.comparison import Comparison
from crm_ml.evaluation.panel import Panel, build_panels, comparable
from crm_ml.evaluation.plan import plan_windows
from crm_ml.jobs.btyd_features import with_btyd_features
from crm_ml.jobs.chosen_features import chosen_features
from crm_ml.jobs.class_columns import class_target, with_classes
from crm_ml.jobs.config import BacktestConfig
from crm_ml.jobs.inputs import read_log, read_own_columns
from crm_ml.jobs.one_thread import one_thread
from crm_ml.jobs.own_features import features_made, with_own_columns
from crm_ml.jobs.refused_rows import check_folder, refused_rows
from crm_ml.jobs.track import track_backtest
from crm_ml.labels.tasks import TASKS
from crm_ml.reporting.comparison_text import comparison_text
from crm_ml.reporting.tables import write_csv

if TYPE_CHECKING:
    import pandas as pd

    from crm_ml.data.own_columns import CategoryEncoding, OwnColumns
    from crm_ml.data.transactions import Transactions
    from crm_ml.data.windows import Window

__all__ = ["BacktestResult", "run_backtest"]


@dataclass(frozen=True)
class BacktestResult:
    """What a backtest made.

    Parameters
    ----------
    folder : Path
        Tables as CSV, a few files a task.
    comparisons : mapping
        Task → models beside baselines and chance, over all windows.
    skipped : mapping
        Task → why it could not be judged.
    run_id : str
        MLflow run; empty when tracking is off.
    """

    folder: Path
    comparisons: Mapping[str, Comparison]
    skipped: Mapping[str, str] = field(default_factory=dict)
    run_id: str = ""

    def __str__(self) -> str:
        parts = [comparison_text(one) for one in self.comparisons.values()]
        parts += [f"{task}: not judged – {reason}" for task, reason in self.skipped.items()]
        return "\n\n".join(parts)


def run_backtest(config: BacktestConfig, *, quiet: bool = False) -> BacktestResult:
    """Judge every technique on every task over past cutoffs and write the tables.

    Raises
    ------
    WindowError
        When not even one window fits.
    """
    folder = Path(config.out)
    beside = config.data.quarantine or folder / "quarantine.csv"
    check_folder(folder)
    own = read_own_columns(config.data, config.privacy)
    steps = len(config.tasks) + 3
    with one_thread(), progress(steps, quiet=quiet) as step, refused_rows(beside) as refused:
        step("read transactions")
        tx = read_log(config.data, config.engine, quarantine=refused)
        windows = list(
            rolling_windows(
                tx,
                config.cutoffs,
                horizon_days=config.horizon_days,
                stride_days=config.windows.stride_days,
                min_history_days=config.windows.min_history_days,
                latest=config.cutoff,
            )
        )
        step("build features at every snapshot")
        X, encoding, hidden = _features(tx, windows, own, config)
        needed = _needed(tx, windows, config)
        drawn = class_target(tx, config, needed)
        panels = build_panels(tx, needed, config.tasks, config.labels, X=X, drawn=drawn)
        results: dict[str, Result] = {}
        skipped: dict[str, str] = {}
        for task in config.tasks:
            step(f"{task}: train and judge at {len(windows)} cutoffs")
            try:
                made = features_made(encoding, trusted=config.classes)
                results[task] = _judge(tx, windows, panels[task], own=made, hidden=hidden, config=config)
            except InputError as error:  # too few customers of a kind: the other tasks go on
                skipped[task] = str(error)
        for name, result in results.items():
            _write(name, result, folder)
        comparisons = {task: _as_comparison(task, one, config) for task, one in results.items()}
        step("track the run")
        run_id = track_backtest(tx, config, comparisons)
    return BacktestResult(folder, comparisons, skipped, run_id)


def _features(
    tx: Transactions, windows: list[Window], own: OwnColumns | None, config: BacktestConfig
) -> tuple[pd.DataFrame, CategoryEncoding | None, tuple[str, ...]]:
    needed = _needed(tx, windows, config)
    own = with_classes(own, tx, config, (window.cutoff for window in needed))
    X, hidden = chosen_features(tx, needed, config.features)
    X, _ = comparable(X, tx)
    encoding = None
    if own is not None:
        # Categories are learnt once, on the earliest snapshots: what is learnt later would look ahead.
        plan = plan_windows(tx, config.horizon_days, cutoff=windows[0].cutoff, snapshots=config.windows.n)
        X, encoding = with_own_columns(X, own, plan)
    X = with_btyd_features(X, config.horizon_days)[0] if config.btyd_features else X
    return X, encoding, hidden


def _needed(tx: Transactions, windows: list[Window], config: BacktestConfig) -> list[Window]:
    return backtest_windows(tx, windows, snapshots=config.windows.n)


def _judge(
    tx: Transactions,
    windows: list[Window],
    panel: Panel,
    *,
    own: Mapping[str, Sequence[str]],
    hidden: Sequence[str],
    config: BacktestConfig,
) -> Result:
    settings: dict[str, Mapping[str, Any]] = dict(config.model_settings)
    seen = set(panel.X.columns) - set(hidden)
    names, left_out = able_to_learn(config.models, panel.task.kind, seen, settings)
    found = backtest(
        names,
        tx,
        label=panel.task.name,
        windows=windows,
        settings=config.evaluation,
        model_settings=settings,
        panel=panel,
        own=own,
        keep_leaking=config.keep_leaking,
        hidden=hidden,
        snapshots=config.windows.n,
        seed=config.seed,
    )
    return replace(found, warnings=(*found.warnings, *left_out))


def _as_comparison(task: str, result: Result, config: BacktestConfig) -> Comparison:
    last = result.tables["windows"]["cutoff"].max()
    return Comparison(
        task,
        TASKS[task].kind,
        result.table,
        result.tables["calibration"],
        **{name: result.parameters[name] for name in ("champion", "reason", "verdict")},
        window={
            "horizon_days": config.horizon_days,
            "cutoff": f"{result.parameters['windows']} cutoffs, the last {last}",
        },
        notes=result.warnings,
    )


def _write(task: str, result: Result, folder: Path) -> None:
    write_csv(result.table, folder / f"{task}.csv")
    for name, table in result.tables.items():
        write_csv(table, folder / f"{task}_{name}.csv")
