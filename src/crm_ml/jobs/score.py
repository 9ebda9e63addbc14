"""From a bundle and transactions to the risk list in a file."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crm_ml.base.exceptions import BundleError, ConfigError
from crm_ml.base.progress import progress
from crm_ml.data.schema import ROLES
from crm_ml.data.windows import as_date, as_day, check_lag
from crm_ml.evaluation.comparison import Comparison
from crm_ml.jobs.base_view import base_results
from crm_ml.jobs.card import model_card
from crm_ml.jobs.config import ScoreConfig
from crm_ml.jobs.config_file import load_config
from crm_ml.jobs.inputs import read_accounts, read_log, read_own_columns, read_suppressed
from crm_ml.jobs.last_list import last_outcome, read_last_list
from crm_ml.jobs.refused_rows import check_folder, refused_rows
from crm_ml.jobs.sections import DataSection, ListSection, PrivacySection
from crm_ml.prediction.contact import ContactSettings
from crm_ml.prediction.predictor import ListOptions, Predictor
from crm_ml.prediction.risk_list import RiskList
from crm_ml.reporting.list_text import list_text

if TYPE_CHECKING:
    from crm_ml.data.transactions import Transactions

__all__ = ["ScoreResult", "data_section", "make_list", "score", "write_list"]


@dataclass(frozen=True)
class ScoreResult:
    """The risk list and the file it was written to."""

    path: Path
    risk_list: RiskList

    def __str__(self) -> str:
        return list_text(self.risk_list)


def score(config: ScoreConfig | str | os.PathLike[str], *, quiet: bool = False) -> ScoreResult:
    """Score every customer with a bundle and write the list.

    Parameters
    ----------
    config : ScoreConfig or path
        Options, or the YAML file that holds them.
    quiet : bool
        No progress bar.

    Raises
    ------
    BundleError
        When there is no bundle, it was changed, or it has no owner though the config demands one.
    InputError
        When data or mapping are wrong, or `as_of` does not fit them. Nothing is written then.
    """
    chosen = config if isinstance(config, ScoreConfig) else load_config(config, ScoreConfig)
    path = Path(chosen.out)
    writer = _writer(path)
    check_folder(path.parent)
    beside = chosen.data.quarantine or path.with_name("quarantine.csv")
    with progress(4, quiet=quiet) as step, refused_rows(beside) as refused:
        step("open the bundle")
        predictor = _open(chosen)
        step("read transactions")
        section = data_section(chosen.data, predictor)
        tx = read_log(section, chosen.engine, quarantine=refused)
        step("score every customer")
        risk_list = make_list(predictor, tx, chosen, section)
        step("write the list")
        writer(risk_list, path, chosen, predictor, tx)
    return ScoreResult(path, risk_list)


def make_list(predictor: Predictor, tx: Transactions, config: ScoreConfig, data: DataSection) -> RiskList:
    """Return the risk list that a config asks for."""
    as_of = as_day(tx.last_day) + 1 if config.as_of is None else as_day(config.as_of)
    lag = check_lag(tx, as_of, most_days=config.max_lag_days, horizon_days=predictor.horizon_days)
    accounts = read_accounts(data.accounts)
    options = ListOptions(
        accounts=accounts,
        suppressed=read_suppressed(data.suppression, data.id_map),
        last_list=read_last_list(config.last_list),
        contact=_contact(config.list, str(as_date(as_of)), predictor.facts["clv"]["margin"]),
        language=config.list.language,
    )
    extra = read_own_columns(data, PrivacySection(**predictor.facts["privacy"]))
    made = predictor.score(tx, as_of, extra=extra, options=options)
    unfit = _unfit(made, options, extra is not None and not predictor.facts["own_columns"])
    return dataclasses.replace(made, warnings=(*made.warnings, *([lag] if lag else []), *unfit))


def _unfit(made: RiskList, options: ListOptions, extra_unused: bool) -> list[str]:
    """Say which tables beside the transactions do not fit them."""
    said = []
    strangers = len(options.suppressed) - int(made.totals["customers_suppressed"])
    if strangers:
        said.append(
            f"{strangers:,} of {len(options.suppressed):,} ids of the suppression table are no known "
            "customer: check that they are written as in the transactions"
        )
    if options.accounts is not None and not made.table["customer_id"].isin(options.accounts.index).any():
        said.append("no customer on the list stands in the accounts table: check how its ids are written")
    if extra_unused:
        said.append("the models were trained without own columns: the table of them (extra) is not used")
    return said


def data_section(data: DataSection, predictor: Predictor) -> DataSection:
    """Return the data section with mapping and rules of the bundle, unless the config has its own mapping."""
    own = {one.name for one in ROLES} & data.model_fields_set
    if own or data.dataset:
        return data
    stored: Mapping[str, Any] = predictor.facts["mapping"]
    known = {name: value for name, value in stored.items() if name in DataSection.model_fields}
    facts = {"currency": predictor.facts["currency"], "basis": predictor.facts["basis"]}
    given = {name: getattr(data, name) for name in data.model_fields_set}
    return DataSection.model_validate({**facts, **known, **given})


def write_list(
    risk_list: RiskList, path: Path, config: ScoreConfig, predictor: Predictor, tx: Transactions
) -> None:
    """Write the list in the format that the suffix names."""
    _writer(path)(risk_list, path, config, predictor, tx)


def _open(config: ScoreConfig) -> Predictor:
    if not config.bundle:
        raise ConfigError(
            "no bundle is named", do="set bundle, or give --bundle the folder that train printed"
        )
    predictor = Predictor.load(config.bundle)
    if config.card.owner_required and not predictor.facts["card"].get("owner"):
        raise BundleError(
            "the bundle has no owner", do="train it with card.owner set: somebody must answer for it"
        )
    return predictor


def _contact(section: ListSection, as_of: str, margin: float) -> ContactSettings:
    return ContactSettings(
        campaign=section.campaign or as_of,
        key=os.environ.get(section.secret_env, ""),
        holdout_share=section.holdout_share,
        exempt=section.key_accounts,
        margin=margin,
        **section.contact.model_dump(),
    )


_Writer = Callable[[RiskList, Path, ScoreConfig, Predictor, "Transactions"], None]


def _writer(path: Path) -> _Writer:
    writers: dict[str, _Writer] = {".csv": _csv, ".xlsx": _xlsx, ".parquet": _parquet, ".html": _html}
    if path.suffix.lower() not in writers:
        raise ConfigError("unknown kind of output", got=repr(path.name), do=f"end it in {', '.join(writers)}")
    return writers[path.suffix.lower()]


def _csv(
    risk_list: RiskList, path: Path, config: ScoreConfig, predictor: Predictor, tx: Transactions
) -> None:
    from crm_ml.reporting.tables import write_csv

    write_csv(risk_list.table, path, locale=config.list.locale)


def _parquet(
    risk_list: RiskList, path: Path, config: ScoreConfig, predictor: Predictor, tx: Transactions
) -> None:
    from crm_ml.reporting.tables import write_parquet

    write_parquet(risk_list.table, path)


def _xlsx(
    risk_list: RiskList, path: Path, config: ScoreConfig, predictor: Predictor, tx: Transactions
) -> None:
    from crm_ml.reporting.workbook import write_workbook

    write_workbook(risk_list, path, language=config.list.language, capacity=config.list.capacity)


def _html(
    risk_list: RiskList, path: Path, config: ScoreConfig, predictor: Predictor, tx: Transactions
) -> None:
    from crm_ml.reporting.html import write_report

    write_report(
        path,
        risk_list,
        comparisons=[Comparison.from_dict(one) for one in predictor.bundle.evidence],
        base=base_results(tx, risk_list.meta["as_of"]),
        last_outcome=last_outcome(config.last_list, tx),
        card=model_card(predictor, config.list.language),
        capacity=config.list.capacity,
        language=config.list.language,
    )
