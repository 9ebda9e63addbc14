"""What a job leaves in MLflow: a parent run, a child a model, and all that is needed to judge them later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crm_ml.base.files import sha256_of
from crm_ml.base.plotting import to_png
from crm_ml.jobs.config import (
    AnalyseConfig,
    BacktestConfig,
    LearningConfig,
    MonitorConfig,
    TrainConfig,
    UpliftConfig,
)
from crm_ml.jobs.model_card import model_card
from crm_ml.jobs.sections import DataSection
from crm_ml.reporting.comparison_plots import comparison_plots
from crm_ml.tracking.runs import Run, tracked_run

if TYPE_CHECKING:
    from crm_ml.base.result import Result
    from crm_ml.data.transactions import Transactions
    from crm_ml.evaluation.comparison import Comparison
    from crm_ml.evaluation.experiment import Experiment
    from crm_ml.jobs.export import Exported
    from crm_ml.models.uplift import UpliftModel
    from crm_ml.reporting.uplift_page import UpliftReport

__all__ = [
    "BUNDLE_FOLDER",
    "log_comparison",
    "log_data",
    "track_backtest",
    "track_results",
    "track_training",
    "track_uplift",
]

BUNDLE_FOLDER = "bundle"  # where a run keeps the exported bundle; `promote` looks there
_NO_METRIC = ("model", "role")
_FILES = {"analyse": "analysis"}


def track_training(
    tx: Transactions, config: TrainConfig, experiment: Experiment | None, exported: Exported
) -> tuple[str, str]:
    """Log a training; return the id of the parent run and the store."""
    tags = {"bundle": exported.folder.name, **{name: str(one) for name, one in _card_tags(config).items()}}
    with tracked_run("train", store=config.store, experiment=config.tracking.experiment, tags=tags) as run:
        run.params(config.model_dump(mode="json"))
        run.json("config.json", config.model_dump(mode="json"))
        log_data(run, tx, config.data, "training")
        for comparison in experiment.comparisons.values() if experiment else ():
            log_comparison(run, comparison, config)
        run.text("model_card.md", model_card(exported.bundle))
        run.artifact(exported.folder, BUNDLE_FOLDER)
        run.tags({"bundle_sha256": sha256_of(exported.folder / "manifest.json")})
        if exported.warnings:
            run.text("warnings.txt", "\n".join(exported.warnings) + "\n")
    return run.id, config.store


def track_backtest(tx: Transactions, config: BacktestConfig, comparisons: Mapping[str, Comparison]) -> str:
    """Log a backtest; return the id of the parent run, empty when tracking is off."""
    if not config.tracking.enabled:
        return ""
    with tracked_run("backtest", store=config.store, experiment=config.tracking.experiment) as run:
        run.params(config.model_dump(mode="json"))
        run.json("config.json", config.model_dump(mode="json"))
        log_data(run, tx, config.data, "backtest")
        for comparison in comparisons.values():
            log_comparison(run, comparison, config)
    return run.id


def track_results(
    name: str,
    tx: Transactions,
    config: AnalyseConfig | MonitorConfig,
    themes: Mapping[str, Sequence[Result]],
    *,
    folder: Path,
    said: Sequence[str] = (),
) -> str:
    """Log what a job computed as results: figures, pictures, workbook and report; return the run's id.

    Parameters
    ----------
    name : str
        Verb, which is also the name of the workbook and the report in `folder`.
    said : sequence of str
        Alarms.
    """
    if not config.tracking.enabled:
        return ""
    with tracked_run(name, store=config.store, experiment=config.tracking.experiment) as run:
        run.params(config.model_dump(mode="json"))
        run.json("config.json", config.model_dump(mode="json"))
        log_data(run, tx, config.data, name)
        for result in (one for results in themes.values() for one in results):
            run.metrics({f"{result.name}.{figure}": value for figure, value in result.figures.items()})
            if result.plotter is not None and len(result.table):
                run.picture(f"plots/{result.name}.png", to_png(result.plot()))
        if said:
            run.text("alarms.txt", "\n".join(said) + "\n")
            run.tags({"alarm": "; ".join(said)})
        for kind in ("xlsx", "html"):
            run.artifact(folder / f"{_FILES.get(name, name)}.{kind}")
    return run.id


def track_uplift(
    report: UpliftReport,
    model: UpliftModel | None,
    config: UpliftConfig,
    tx: Transactions | None,
    folder: Path,
) -> str:
    """Log what a campaign taught; return the run's id, empty when tracking is off."""
    if not config.tracking.enabled:
        return ""
    tags = {"ranking": report.ranking, "as_of": str(report.as_of)}
    tags |= {"insist": config.campaign.insist} if config.campaign.insist else {}
    with tracked_run("uplift", store=config.store, experiment=config.tracking.experiment, tags=tags) as run:
        run.params(config.model_dump(mode="json"))
        run.json("config.json", config.model_dump(mode="json"))
        _log_campaign(run, config, report)
        if tx is not None:
            log_data(run, tx, config.data, "uplift")
        for result in report.results.values():
            run.metrics({f"{result.name}.{figure}": value for figure, value in result.figures.items()})
            run.text(f"tables/{result.name}.csv", result.table.to_csv(index=False))
            if result.plotter is not None:
                run.picture(f"plots/{result.name}.png", to_png(result.plot()))
        run.text("verdict.txt", "\n".join([*report.verdict("en"), *report.notes]) + "\n")
        for kind in ("xlsx", "html"):
            run.artifact(folder / f"uplift.{kind}")
        if model is not None:
            run.artifact(folder / "model", "model")
    return run.id


def _log_campaign(run: Run, config: UpliftConfig, report: UpliftReport) -> None:
    path = Path(config.campaign.path)
    profile = {
        "customers": report.results["uplift_rankings"].n,
        "control_share": report.results["uplift_assignment"].figures["control_share"],
    }
    run.input(path.name, fingerprint=sha256_of(path), source=str(path), profile=profile, context="campaign")


def log_data(run: Run, tx: Transactions, data: DataSection, context: str) -> None:
    """Record which transactions a run used, and what was wrong with them; a database's address stays out."""
    source = data.dataset or data.path or "sql"
    profile = {
        **tx.counts,
        "first_day": str(tx.first_day),
        "last_day": str(tx.last_day),
        "currency": tx.currency,
    }
    run.input(
        Path(source).name,
        fingerprint=tx.fingerprint,
        source=source,
        profile=profile,
        context=context,
    )
    run.text("data_quality.csv", tx.quality().table.to_csv(index=False))


def log_comparison(run: Run, comparison: Comparison, config: LearningConfig) -> None:
    """Log a child run for every model and baseline of a task; the champion's figures on the parent too."""
    run.text(f"comparison/{comparison.task}.csv", comparison.table.to_csv(index=False))
    if len(comparison.calibration):
        run.text(f"comparison/{comparison.task}_calibration.csv", comparison.calibration.to_csv(index=False))
    for name, figure in comparison_plots(comparison).items():
        run.picture(f"plots/{comparison.task}_{name}.png", to_png(figure))
    run.tags(
        {f"{comparison.task}.champion": comparison.champion, f"{comparison.task}.reason": comparison.reason}
    )
    for row in comparison.table.to_dict("records"):
        metrics = _metrics(row)
        name = str(row["model"])
        about = {"task": comparison.task, "technique": name, "role": str(row["role"])}
        with run.child(f"{comparison.task}-{name}", about) as child:
            child.params({"task": comparison.task, "technique": name, "seed": config.seed})
            settings = {
                technique: values for technique, values in config.model_settings.items() if technique == name
            }
            child.params({"settings": settings, **comparison.window})
            child.metrics(metrics)
        if name == comparison.champion:
            run.metrics({f"{comparison.task}.{metric}": value for metric, value in metrics.items()})


def _metrics(row: Mapping[Any, Any]) -> dict[str, float | None]:
    numbers = {name: value for name, value in row.items() if name not in _NO_METRIC}
    return {
        str(name): value for name, value in numbers.items() if value is None or isinstance(value, int | float)
    }


def _card_tags(config: TrainConfig) -> dict[str, Any]:
    return {name: value for name, value in config.card.model_dump(mode="json").items() if value}
