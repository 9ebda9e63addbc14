"""How good the models would have been at past cutoffs, beside recency, naive rate and chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crm_ml.base.exceptions import InputError
from crm_ml.base.progress import progress
from crm_ml.base.result import Result
from crm_ml.data.windows import rolling_windows
from crm_ml.evaluation.backtest import backtest, backtest_windows
from crm_ml.evaluation.comparison import Comparison
from crm_ml.evaluation.panel import comparable
from crm_ml.evaluation.plan import plan_windows
from crm_ml.features.build import build_feature_panel
from crm_ml.jobs.btyd_features import with_btyd_features
from crm_ml.jobs.config import BacktestConfig
from crm_ml.jobs.inputs import read_log, read_own_columns
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
    with progress(len(config.tasks) + 3, quiet=quiet) as step, refused_rows(beside) as refused:
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
        X, encoding = _features(tx, windows, own, config)
        results: dict[str, Result] = {}
        skipped: dict[str, str] = {}
        for task in config.tasks:
            step(f"{task}: train and judge at {len(windows)} cutoffs")
            try:
                results[task] = _judge(tx, windows, task, X=X, own=features_made(encoding), config=config)
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
) -> tuple[pd.DataFrame, CategoryEncoding | None]:
    needed = backtest_windows(tx, windows, snapshots=config.windows.n)
    X = build_feature_panel(tx, [window.cutoff for window in needed], features=list(config.features) or None)
    X, _ = comparable(X, tx)
    encoding = None
    if own is not None:
        # Categories are learnt once, on the earliest snapshots: what is learnt later would look ahead.
        plan = plan_windows(tx, config.horizon_days, cutoff=windows[0].cutoff, snapshots=config.windows.n)
        X, encoding = with_own_columns(X, own, plan)
    X = with_btyd_features(X, config.horizon_days)[0] if config.btyd_features else X
    return X, encoding


def _judge(
    tx: Transactions,
    windows: list[Window],
    task: str,
    *,
    X: pd.DataFrame,
    own: Mapping[str, Sequence[str]],
    config: BacktestConfig,
) -> Result:
    settings: dict[str, Mapping[str, Any]] = dict(config.model_settings)
    return backtest(
        config.models,
        tx,
        label=task,
        windows=windows,
        labels=config.labels,
        settings=config.evaluation,
        model_settings=settings,
        X=X,
        own=own,
        keep_leaking=config.keep_leaking,
        snapshots=config.windows.n,
        seed=config.seed,
    )


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
