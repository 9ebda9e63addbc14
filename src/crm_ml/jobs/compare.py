"""Two bundles on the same later customers: which ranks leavers better, and is it more than luck."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crm_ml.base.exceptions import InputError, WindowError
from crm_ml.data.windows import Window, as_day, check_not_before, closed_cutoff
from crm_ml.jobs.class_columns import classes_of_bundle
from crm_ml.jobs.config import RegistryConfig
from crm_ml.jobs.inputs import read_log, read_own_columns
from crm_ml.jobs.one_thread import one_thread
from crm_ml.jobs.score import data_section
from crm_ml.jobs.sections import PrivacySection
from crm_ml.prediction.predictor import Predictor

if TYPE_CHECKING:
    import pandas as pd

    from crm_ml.data.transactions import Transactions
    from crm_ml.evaluation.settings import EvaluationSettings

__all__ = ["CompareResult", "compare", "compare_predictors", "open_reference"]


@dataclass(frozen=True)
class CompareResult:
    """What two bundles do on customers that neither has seen.

    Parameters
    ----------
    first, second : str
        Versions of the bundles.
    window : Window
        The later period.
    n, positives : int
        Customers, and how many of them stopped.
    table : DataFrame
        One row a measure: ``first, second, delta`` (first − second), ``delta_low, delta_high``.
    """

    first: str
    second: str
    window: Window
    n: int
    positives: int
    table: pd.DataFrame

    @property
    def first_is_better(self) -> bool:
        """Whether the first ranks better with an interval of the paired difference above 0."""
        return bool(self.table["delta_low"]["auc"] > 0)

    def __str__(self) -> str:
        head = f"{self.first} against {self.second} on {self.n:,} customers from {self.window.cutoff}"
        verdict = (
            "the first ranks better" if self.first_is_better else "the first is not shown to rank better"
        )
        rows = self.table.round(4).to_string()
        return f"{head} ({self.positives:,} stopped in {self.window.horizon_days} days)\n{rows}\n{verdict}"


def compare(first: str, second: str, config: RegistryConfig) -> CompareResult:
    """Compare two bundles on the latest closed horizon that neither learnt from.

    Parameters
    ----------
    first, second : str
        Folder of a bundle, or an alias or version of the registry.
    config : RegistryConfig
        Transactions and registry.

    Raises
    ------
    InputError
        When a bundle is not found, or the two look ahead differently.
    WindowError
        When the data hold no closed horizon later than both.
    """
    with tempfile.TemporaryDirectory() as place:
        opened = [open_reference(one, config, Path(place, str(i))) for i, one in enumerate((first, second))]
    return compare_predictors(opened[0], opened[1], config)


def open_reference(reference: str, config: RegistryConfig, folder: Path) -> Predictor:
    """Open a bundle by folder, alias or version; downloads go to `folder`."""
    if Path(reference).is_dir():
        return Predictor.load(reference)
    from crm_ml.tracking.registry import fetch_bundle, find
    from crm_ml.tracking.store import open_store

    client = open_store(config.store, must_exist=True)
    registered = find(client, reference, name=config.model)
    if registered is None:
        raise InputError(
            f"no bundle is called {reference!r}",
            got=f"registry {config.store}, model {config.model!r}",
            do="give a folder, an alias such as champion, or a version number",
        )
    folder.mkdir(parents=True, exist_ok=True)
    return Predictor.load(fetch_bundle(client, registered, folder))


def compare_predictors(first: Predictor, second: Predictor, config: RegistryConfig) -> CompareResult:
    """Compare two opened bundles; see :func:`compare`."""
    if first.horizon_days != second.horizon_days:
        raise InputError(
            "the two look ahead differently", got=f"{first.horizon_days} and {second.horizon_days} days"
        )
    tx = read_log(data_section(config.data, first), config.engine)
    window = _later_window(tx, first, second)
    with one_thread():
        truth = _stopped(tx, window, first)
        scores = [_p_stopped(one, tx, window, config).reindex(truth.index) for one in (first, second)]
        table = _paired(truth, scores, config.evaluation)
    versions = [one.bundle.version for one in (first, second)]
    return CompareResult(versions[0], versions[1], window, len(truth), int(truth.sum()), table)


def _later_window(tx: Transactions, *predictors: Predictor) -> Window:
    cutoff = closed_cutoff(tx, predictors[0].horizon_days)
    try:
        for one in predictors:
            check_not_before(as_day(cutoff), one.facts["cutoff"])
    except WindowError as error:
        seen = max(one.facts["cutoff"] for one in predictors)
        raise WindowError(
            "no closed horizon lies after what both models learnt from",
            got=f"they have seen days before {seen}; the data end on {tx.last_day}",
            do="compare on newer data",
        ) from error
    return Window(cutoff, predictors[0].horizon_days)


def _stopped(tx: Transactions, window: Window, predictor: Predictor) -> pd.Series:
    from crm_ml.labels.stopped import label_stopped

    return label_stopped(tx, window).dropna().astype(float)


def _p_stopped(predictor: Predictor, tx: Transactions, window: Window, config: RegistryConfig) -> pd.Series:
    extra = None
    if predictor.facts.get("own_columns"):
        extra = read_own_columns(config.data, PrivacySection(**predictor.facts["privacy"]))
        extra = classes_of_bundle(extra, tx, predictor.facts, config.tables, window.cutoff)
    return predictor.predict(predictor.snapshot(tx, window.cutoff, extra))["p_stopped"]


def _paired(truth: pd.Series, scores: list[pd.Series], settings: EvaluationSettings) -> pd.DataFrame:
    """Return measures with the interval of the paired difference: both on the same bootstrap draws."""
    import pandas as pd

    from crm_ml.evaluation.bootstrap import CustomerBootstrap, interval
    from crm_ml.evaluation.metrics import auc, average_precision, brier, log_loss

    bootstrap = CustomerBootstrap(truth.index, settings.draws(len(truth)), settings.seed)
    rows: dict[str, dict[str, Any]] = {}
    for metric in (auc, average_precision, brier, log_loss):
        points = [float(metric(truth, score)) for score in scores]
        draws = [bootstrap.figures(lambda w, s=score, m=metric: m(truth, s, w)) for score in scores]  # type: ignore[misc]
        low, high = interval(draws[0] - draws[1], settings.level)
        delta = {"delta": points[0] - points[1], "delta_low": low, "delta_high": high}
        rows[metric.__name__] = {"first": points[0], "second": points[1], **delta}
    return pd.DataFrame.from_dict(rows, orient="index")
