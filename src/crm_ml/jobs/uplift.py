"""From a past campaign to a list of whom the next one should reach, with the proof."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from crm_ml.base.notes import Note
from crm_ml.base.progress import progress
from crm_ml.base.result import Result
from crm_ml.jobs.config import UpliftConfig
from crm_ml.jobs.config_file import load_config
from crm_ml.jobs.one_thread import one_thread
from crm_ml.jobs.refused_rows import check_folder, refused_rows
from crm_ml.jobs.track import track_uplift
from crm_ml.jobs.uplift_data import CampaignData, campaign_data
from crm_ml.jobs.uplift_present import ranked_customers
from crm_ml.jobs.uplift_sources import Sources, read_sources
from crm_ml.jobs.uplift_verdict import Lesson, check_random, learn
from crm_ml.reporting.tables import write_csv, write_parquet
from crm_ml.reporting.uplift_page import UpliftReport, write_uplift_page
from crm_ml.reporting.uplift_workbook import write_uplift_workbook

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["UpliftResult", "uplift"]


@dataclass(frozen=True)
class UpliftResult:
    """What a campaign taught, and where it was written.

    Parameters
    ----------
    folder : Path
        ``uplift.html``, ``uplift.xlsx``, ``uplift_list.csv`` and ``.parquet`` (unless no ranking is proved),
        ``tables/``, and ``model/``, the fitted model as data.
    report : UpliftReport
        Results, list, ranking and notes.
    run_id : str
        MLflow run; empty when tracking is off.
    """

    folder: Path
    report: UpliftReport
    run_id: str = ""

    @property
    def results(self) -> Mapping[str, Result]:
        """Results by name."""
        return self.report.results

    @property
    def table(self) -> pd.DataFrame:
        """The list; empty when no ranking is proved."""
        return self.report.table

    @property
    def ranking(self) -> str:
        """What the list is ordered by: uplift, contact_value, or none."""
        return self.report.ranking

    def __str__(self) -> str:
        lines = [*self.report.verdict("en"), ""]
        for name in ("uplift_rankings", "uplift_budgets"):
            lines += [name.replace("_", " "), self.results[name].table.round(3).to_string(index=False), ""]
        return "\n".join([*lines, *(f"note: {one}" for one in self.report.notes)])


def uplift(config: UpliftConfig | str | os.PathLike[str], *, quiet: bool = False) -> UpliftResult:
    """Learn from a campaign whom a contact changes, judge that, and rank today's customers.

    Parameters
    ----------
    config : UpliftConfig or path
        Options, or the YAML file that holds them.
    quiet : bool
        No progress bar.

    Raises
    ------
    InputError
        When chance did not decide who was contacted and the config does not insist, or a table is wrong.
        Nothing is written then.
    """
    chosen = config if isinstance(config, UpliftConfig) else load_config(config, UpliftConfig)
    folder = Path(chosen.out)
    check_folder(folder)
    beside = chosen.data.quarantine or folder / "quarantine.csv"
    with one_thread(), progress(6, quiet=quiet) as step, refused_rows(beside) as refused:
        step("read the campaign")
        sources = read_sources(chosen, refused)
        step("build features as of the contact")
        data = campaign_data(sources)
        assigned = check_random(sources.campaign, data, chosen)
        step("fit, and judge on customers that the models did not know")
        basis = _basis(data, sources.config)
        lesson = learn(data, assigned, sources.config, basis)
        step("rank today's customers")
        report = _report(lesson, data, sources, basis)
        step("write list, report and tables")
        _write(report, lesson, folder, chosen)
        step("track the run")
        run_id = track_uplift(report, lesson.model, sources.config, sources.tx, folder)
    return UpliftResult(folder, report, run_id)


def _basis(data: CampaignData, config: UpliftConfig) -> str:
    """Return what money is, empty where gains are told in outcomes."""
    return (config.data.basis or "revenue") if data.is_money or config.value is not None else ""


def _report(lesson: Lesson, data: CampaignData, sources: Sources, basis: str) -> UpliftReport:
    import pandas as pd

    notes, table = list(lesson.notes), pd.DataFrame()
    if lesson.ranking != "none":
        table, suppressed = ranked_customers(lesson, data, sources, basis)
        notes += [Note("uplift_notes.suppressed", {"n": suppressed})] if suppressed else []
        own = sources.ranks_campaign_itself and lesson.ranking == "uplift"
        notes += [Note("uplift_notes.same_customers")] if own else []
    return UpliftReport(lesson.results, lesson.ranking, table, tuple(notes), sources.day)


def _write(report: UpliftReport, lesson: Lesson, folder: Path, config: UpliftConfig) -> None:
    language = config.list.language
    if len(report.table):
        write_csv(report.table, folder / "uplift_list.csv", locale=config.list.locale)
        write_parquet(report.table, folder / "uplift_list.parquet")
    write_uplift_page(report, folder / "uplift.html", language=language)
    write_uplift_workbook(report, folder / "uplift.xlsx", language=language)
    for result in report.results.values():
        tables = {"": result.table, **{f"_{name}": one for name, one in result.tables.items()}}
        for suffix, one in tables.items():
            write_parquet(one, folder / "tables" / f"{result.name}{suffix}.parquet")
    if lesson.model is not None:
        lesson.model.to_parts().save(folder / "model")
