"""Analyse a customer base: one workbook, one report, the tables as Parquet, one run."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crm_ml.analysis.company import Company
from crm_ml.analysis.profitability.template import write_costs_template
from crm_ml.analysis.table_faults import fault_lines
from crm_ml.analysis.themes import THEMES, analyse_themes
from crm_ml.analysis.words import note
from crm_ml.base.progress import progress
from crm_ml.base.result import Result
from crm_ml.base.validation import check_choice
from crm_ml.jobs.class_files import write_classes
from crm_ml.jobs.company import read_company
from crm_ml.jobs.config import AnalyseConfig
from crm_ml.jobs.refused_rows import check_folder, refused_rows
from crm_ml.jobs.track import track_results
from crm_ml.reporting.contents import contents_table, result_files
from crm_ml.reporting.results import write_results_page, write_results_workbook
from crm_ml.reporting.scorecard import write_scorecard
from crm_ml.reporting.tables import write_parquet

__all__ = ["AnalyseResult", "run_analyse"]

_SHEET_ROWS = 100_000  # a marketer reads no longer sheet, and a hundred of them must stay one workbook


@dataclass(frozen=True)
class AnalyseResult:
    """What an analysis made.

    Parameters
    ----------
    folder : Path
        ``analysis.xlsx``, ``analysis.html``, ``scorecard.html``, ``contents.parquet``,
        ``customer_classes.parquet`` and ``tables/``.
    themes : mapping
        Theme → its results.
    run_id : str
        MLflow run; empty when tracking is off.
    faults : mapping
        Optional tables that were set aside → why; what needs them was not computed.
    """

    folder: Path
    themes: Mapping[str, Sequence[Result]]
    run_id: str = ""
    faults: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        lines = fault_lines(self.faults, "en")
        for theme, results in self.themes.items():
            made = sum(bool(len(result.table)) for result in results)
            lines.append(f"{theme}: {made} of {len(results)} analyses computed")
            lines += [
                f"  {result.name}: {'; '.join(result.warnings)}"
                for result in results
                if not len(result.table)
            ]
        return "\n".join(lines)


def run_analyse(config: AnalyseConfig, *, quiet: bool = False) -> AnalyseResult:
    """Run the themes of a config and write everything.

    Raises
    ------
    InputError
        When a theme or an optional table is unknown, or a file is not readable. A readable table with a
        fault (a column that is missing, a wrong cell) stops nothing: it is set aside and named.
    """
    folder = Path(config.out)
    themes = [check_choice(name, THEMES, what="theme") for name in config.themes] or list(THEMES)
    beside = config.data.quarantine or folder / "quarantine.csv"
    check_folder(folder)
    with progress(len(themes) + 4, quiet=quiet) as step, refused_rows(beside) as refused:
        step("read transactions")
        company = read_company(config, quarantine=refused)
        found: dict[str, list[Result]] = {}
        for name, results in analyse_themes(company, themes):
            step(name)
            found[name] = results
        step("write workbook, report and tables")
        _write(found, folder, company, config.language)
        write_classes(company, folder, quarters=config.class_quarters)
        if "costs" not in company.tables:
            write_costs_template(folder / "costs_template.xlsx", config.language)
        step("track the run")
        run_id = track_results("analyse", company.tx, config, found, folder=folder)
    return AnalyseResult(folder, found, run_id, company.faults)


def _write(found: Mapping[str, Sequence[Result]], folder: Path, company: Company, language: str) -> None:
    as_of = company.as_of
    assert as_of is not None  # noqa: S101  # read_company fills it
    short = {theme: [_cut(result) for result in results] for theme, results in found.items()}
    told: dict[str, Any] = {
        "as_of": as_of,
        "language": language,
        "notices": fault_lines(company.faults, language),
    }
    write_results_workbook(short, folder / "analysis.xlsx", **told)
    write_results_page(found, folder / "analysis.html", **told)
    if "scorecard" in found:
        write_scorecard(found["scorecard"][0], folder / "scorecard.html", as_of=as_of, language=language)
    write_parquet(contents_table(found, language), folder / "contents.parquet")
    for results in found.values():
        for result in results:
            for name, table in result_files(result).items():
                write_parquet(table, folder / "tables" / name)


def _cut(result: Result) -> Result:
    """Return the result with tables that a workbook can hold; all rows stand in the Parquet tables."""
    if max(map(len, (result.table, *result.tables.values()))) <= _SHEET_ROWS:
        return result
    tables = {name: table.head(_SHEET_ROWS) for name, table in result.tables.items()}
    shorter = dataclasses.replace(result, table=result.table.head(_SHEET_ROWS), tables=tables)
    return shorter.with_warnings(note("cut", rows=_SHEET_ROWS))
