"""Last period's risk list against what happened: was it right, did it pay, what changed, does it drift."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from crm_ml.base.exceptions import ColumnError, ConfigError
from crm_ml.base.progress import progress
from crm_ml.base.result import Result
from crm_ml.data.own_columns import read_table
from crm_ml.data.windows import as_date, as_day, before
from crm_ml.evaluation.list_changes import list_changes
from crm_ml.evaluation.list_quality import list_quality
from crm_ml.evaluation.outcome import OutcomeSettings, list_outcome
from crm_ml.jobs.alarms import alarms
from crm_ml.jobs.class_columns import classes_of_bundle
from crm_ml.jobs.config import MonitorConfig
from crm_ml.jobs.inputs import read_log, read_own_columns
from crm_ml.jobs.make_list import drift_notes, measure_drift
from crm_ml.jobs.one_thread import one_thread
from crm_ml.jobs.refused_rows import check_folder, refused_rows
from crm_ml.jobs.score import data_section
from crm_ml.jobs.sections import PrivacySection
from crm_ml.jobs.track import track_results
from crm_ml.prediction.predictor import Predictor
from crm_ml.prediction.snapshot import encoding_of, own_features
from crm_ml.prediction.streaming import score_stream, stored_snapshot
from crm_ml.reporting.results import write_results_page, write_results_workbook
from crm_ml.reporting.tables import write_parquet

if TYPE_CHECKING:
    import datetime as dt

    import pandas as pd

    from crm_ml.data.transactions import Transactions
    from crm_ml.jobs.sections import DataSection

__all__ = ["MonitorResult", "monitor"]


@dataclass(frozen=True)
class MonitorResult:
    """What a look back found.

    Parameters
    ----------
    folder : Path
        ``monitor.xlsx``, ``monitor.html`` and ``tables/``.
    results : sequence of Result
        Quality, outcome, changes and drift, as far as they can be had.
    alarms : tuple of str
        What a person must look at; empty when all is well.
    run_id : str
        MLflow run; empty when tracking is off.
    """

    folder: Path
    results: Sequence[Result]
    alarms: tuple[str, ...] = ()
    run_id: str = ""

    def __str__(self) -> str:
        lines = []
        for result in self.results:
            lines.append(f"{result.name.replace('_', ' ')} (n = {result.n:,})")
            if len(result.table):
                lines.append(result.table.head(12).round(3).to_string(index=False))
            lines += [f"note: {one}" for one in result.warnings]
            lines.append("")
        lines += [f"alarm: {one}" for one in self.alarms] or ["no alarm"]
        return "\n".join(lines)


def monitor(config: MonitorConfig, *, quiet: bool = False) -> MonitorResult:
    """Compare the last list with what happened, and the customers with those of the training.

    Parameters
    ----------
    config : MonitorConfig
        The list, the transactions since, contacts, bundle, limits of the alarms.
    quiet : bool
        No progress bar.

    Raises
    ------
    InputError
        When the list or a table is not readable or is something else.
    """
    if not config.list_path:
        raise ConfigError("no list is named", do="set list_path, or give --list the Parquet file of it")
    folder = Path(config.out)
    check_folder(folder)
    beside = config.data.quarantine or folder / "quarantine.csv"
    with one_thread(), progress(5, quiet=quiet) as step, refused_rows(beside) as refused:
        step("read the list and the transactions")
        table = read_table(config.list_path)
        predictor = Predictor.load(config.bundle) if config.bundle else None
        section = config.data if predictor is None else data_section(config.data, predictor)
        tx = _known(read_log(section, config.engine, quarantine=refused), config.as_of)
        as_of = as_date(as_day(tx.last_day) + 1)
        step("compare the list with what happened")
        results = [list_quality(table, tx, settings=config.evaluation), _outcome(table, tx, config)]
        step("compare with the present")
        results += _present(table, tx, config, predictor, section)
        said = alarms(results, config.alarm)
        step("write workbook, report and tables")
        _write(results, folder, as_of, config.language)
        step("track the run")
        run_id = track_results("monitor", tx, config, {"monitor": results}, folder=folder, said=said)
    return MonitorResult(folder, results, said, run_id)


def _known(tx: Transactions, as_of: dt.date | None) -> Transactions:
    """Return the log as it was known before a day."""
    if as_of is None or as_day(as_of) > as_day(tx.last_day):
        return tx
    log = before(tx.log, as_of)
    return dataclasses.replace(tx, log=log, last_day=as_date(as_day(as_of) - 1))


def _outcome(table: pd.DataFrame, tx: Transactions, config: MonitorConfig) -> Result:
    """Return what contacting brought: contacted against held out."""
    called = None
    if config.outcomes:
        contacts = read_table(config.outcomes)
        if "customer_id" not in contacts:
            got = ", ".join(map(str, contacts.columns[:10]))
            raise ColumnError(
                f"{config.outcomes} names no customers", got=got, do="call the column customer_id"
            )
        called = set(contacts["customer_id"].astype(str))
    settings = OutcomeSettings(level=config.evaluation.level, seed=config.evaluation.seed)
    return list_outcome(table, tx, called=called, settings=settings)


def _present(
    table: pd.DataFrame,
    tx: Transactions,
    config: MonitorConfig,
    predictor: Predictor | None,
    section: DataSection,
) -> list[Result]:
    """Return what changed since the list, and drift: as far as a present list or a bundle tells."""
    now = read_table(config.now) if config.now else None
    results = []
    if predictor is not None:
        moment = predictor.moment(tx, None)
        extra = read_own_columns(section, PrivacySection(**predictor.facts["privacy"]))
        extra = classes_of_bundle(extra, tx, predictor.facts, config.tables, moment)
        own, _ = own_features(extra, moment, encoding_of(predictor.facts))
        rows = stored_snapshot(predictor, tx, moment)
        drift = measure_drift(predictor, tx, rows, own, config.drift)
        if drift is not None:
            results.append(drift.with_warnings(*drift_notes(drift)))
        if now is None:
            now = score_stream(predictor, tx, rows, moment, own=own).table
    changes = [] if now is None else [list_changes(table, now, basis=tx.basis)]
    return [*changes, *results]


def _write(results: Sequence[Result], folder: Path, as_of: dt.date, language: str) -> None:
    themes: Mapping[str, Sequence[Result]] = {"monitor": results}
    write_results_workbook(themes, folder / "monitor.xlsx", as_of=as_of, language=language)
    write_results_page(themes, folder / "monitor.html", as_of=as_of, language=language)
    for result in results:
        tables = {"": result.table, **{f"_{name}": one for name, one in result.tables.items()}}
        for suffix, one in tables.items():
            if len(one):
                write_parquet(one, folder / "tables" / f"{result.name}{suffix}.parquet")
