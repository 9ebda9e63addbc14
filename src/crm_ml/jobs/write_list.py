"""The risk list in every place that a config names: files of four kinds and a database table."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from crm_ml.base.exceptions import ConfigError
from crm_ml.base.files import atomic_path
from crm_ml.evaluation.comparison import Comparison
from crm_ml.jobs.base_view import base_results
from crm_ml.jobs.card import model_card
from crm_ml.jobs.config import ScoreConfig
from crm_ml.jobs.last_list import last_outcome
from crm_ml.jobs.outputs import written_together

if TYPE_CHECKING:
    from crm_ml.data.transactions import Transactions
    from crm_ml.prediction.predictor import Predictor
    from crm_ml.prediction.stored_list import StoredList

__all__ = ["check_outputs", "write_list"]


def check_outputs(config: ScoreConfig) -> list[Path]:
    """Return the files to write, after refusing what cannot work, before any work is done.

    Raises
    ------
    ConfigError
        When a suffix is unknown, a file is named twice, or the previous list would be overwritten: the same
        command run again would then compare the new list with itself.
    InputError
        When the database table cannot take the list.
    """
    paths = [Path(one) for one in (config.out, *config.also)]
    for path in paths:
        _writer(path)
    places = [path.absolute() for path in paths]
    if len(set(places)) < len(places):
        raise ConfigError("a file is named twice", got=", ".join(map(str, paths)), do="name each once")
    if config.last_list and Path(config.last_list).absolute() in places:
        raise ConfigError(
            "the previous list would be overwritten", got=config.last_list, do="write to another file"
        )
    if config.table is not None:
        from crm_ml.reporting.sql_table import check_table

        check_table(config.table.url.get_secret_value(), config.table.name)
    return paths


def write_list(made: StoredList, config: ScoreConfig, predictor: Predictor, tx: Transactions) -> list[Path]:
    """Write the list everywhere: files complete but hidden, then the table, then the files under their names.

    Returns
    -------
    list of Path
        The files.
    """
    paths = check_outputs(config)
    about = {name: made.meta[name] for name in ("as_of", "campaign", "horizon_days", "model_version")}
    with written_together(paths, {**about, "customers": len(made)}) as staged:
        for path in staged:
            _writer(path)(made, path, config, predictor, tx)
        if config.table is not None:
            from crm_ml.reporting.sql_table import write_table

            write_table(made.batches(), config.table.url.get_secret_value(), config.table.name)
    return paths


_Writer = Callable[["StoredList", Path, ScoreConfig, "Predictor", "Transactions"], None]


def _writer(path: Path) -> _Writer:
    writers: dict[str, _Writer] = {".csv": _csv, ".xlsx": _xlsx, ".parquet": _parquet, ".html": _html}
    if path.suffix.lower() not in writers:
        raise ConfigError("unknown kind of output", got=repr(path.name), do=f"end it in {', '.join(writers)}")
    return writers[path.suffix.lower()]


def _csv(made: StoredList, path: Path, config: ScoreConfig, predictor: Predictor, tx: Transactions) -> None:
    from crm_ml.reporting.tables import write_csv

    write_csv(made.batches(), path, locale=config.list.locale)


def _parquet(
    made: StoredList, path: Path, config: ScoreConfig, predictor: Predictor, tx: Transactions
) -> None:
    with atomic_path(path) as temporary:
        shutil.copyfile(made.path, temporary)


def _xlsx(made: StoredList, path: Path, config: ScoreConfig, predictor: Predictor, tx: Transactions) -> None:
    from crm_ml.reporting.workbook import write_workbook

    write_workbook(made, path, language=config.list.language, capacity=config.list.capacity)


def _html(made: StoredList, path: Path, config: ScoreConfig, predictor: Predictor, tx: Transactions) -> None:
    from crm_ml.reporting.html import write_report

    write_report(
        path,
        made,
        comparisons=[Comparison.from_dict(one) for one in predictor.bundle.evidence],
        base=base_results(tx, made.meta["as_of"]),
        last_outcome=last_outcome(config.last_list, tx),
        card=model_card(predictor, config.list.language),
        capacity=config.list.capacity,
        language=config.list.language,
    )
