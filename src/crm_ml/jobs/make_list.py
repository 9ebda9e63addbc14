"""The risk list that a config asks for: checked first, then scored in batches."""

from __future__ import annotations

import dataclasses
import os
from typing import TYPE_CHECKING, Any

from crm_ml.base.exceptions import DriftError
from crm_ml.base.formats import format_number
from crm_ml.base.notes import Note, Wording, share
from crm_ml.base.progress import Steps
from crm_ml.data.windows import as_date, as_day, check_lag
from crm_ml.jobs.class_columns import classes_of_bundle
from crm_ml.jobs.config import ScoreConfig
from crm_ml.jobs.inputs import read_accounts, read_own_columns, read_suppressed
from crm_ml.jobs.last_list import bands_before
from crm_ml.jobs.sections import DataSection, ListSection, PrivacySection
from crm_ml.prediction.contact import ContactSettings
from crm_ml.prediction.drift import DriftSettings, drift_of, histograms_of
from crm_ml.prediction.list_options import ListOptions
from crm_ml.prediction.predictor import Predictor
from crm_ml.prediction.snapshot import as_rows, encoding_of, own_features
from crm_ml.prediction.stored_list import StoredList
from crm_ml.prediction.streaming import score_stream, stored_snapshot
from crm_ml.prediction.unseen import unseen_notes

if TYPE_CHECKING:
    import narwhals as nw
    import pandas as pd

    from crm_ml.base.result import Result
    from crm_ml.data.own_columns import OwnColumns
    from crm_ml.data.transactions import Transactions

__all__ = ["drift_notes", "make_list", "measure_drift"]

_NAMED = 5


def make_list(
    predictor: Predictor, tx: Transactions, config: ScoreConfig, data: DataSection, step: Steps | None = None
) -> StoredList:
    """Return the risk list that a config asks for, on disk.

    Raises
    ------
    DriftError
        When the customers differ from those of the training by more than the config allows.
    InputError
        When `as_of` or a table beside the transactions does not fit.
    """
    say: Steps = step or (lambda text, share=None: None)
    moment = predictor.moment(tx, config.as_of)
    lag = check_lag(tx, moment, most_days=config.max_lag_days, horizon_days=predictor.horizon_days)
    options = _options(config, data, predictor, moment)
    extra = read_own_columns(data, PrivacySection(**predictor.facts["privacy"]))
    extra = classes_of_bundle(extra, tx, predictor.facts, config.tables, moment)
    own, _ = own_features(extra, moment, encoding_of(predictor.facts))
    say("build features")
    rows = stored_snapshot(predictor, tx, moment, bands_before(config.last_list, tx.engine))
    say("compare with the training")
    notes = [*([lag] if lag else []), *_check(predictor, tx, rows, own, config.drift)]
    notes += unseen_notes(predictor.facts.get("categories"), _known(extra, moment, own))
    say("score every customer")
    many = max(int(tx.counts["customers"]), 1)
    made = score_stream(
        predictor,
        tx,
        rows,
        moment,
        options=options,
        own=own,
        done=lambda scored: say(f"score {scored:,} customers", min(scored / many, 1.0)),
    )
    tx.engine.release(rows)
    notes += _unfit(made, options, extra is not None and not predictor.facts["own_columns"])
    return dataclasses.replace(made, warnings=(*made.warnings, *notes))


def measure_drift(
    predictor: Predictor,
    tx: Transactions,
    rows: nw.LazyFrame[Any],
    own: pd.DataFrame | None,
    settings: DriftSettings,
) -> Result | None:
    """Return how far the customers of a snapshot differ from the training; None where that is not known."""
    reference = predictor.facts.get("reference")
    if not reference or not settings.check:
        return None
    wanted = [name for name in rows.collect_schema().names() if name in reference]
    batches = tx.engine.to_batches(rows.select("customer_id", *wanted))
    return drift_of(reference, histograms_of((as_rows(one, own) for one in batches), reference), settings)


def drift_notes(drift: Result) -> list[Note]:
    """Say which features have shifted and which came in empty."""
    table = drift.table
    said = []
    moved = table[table["verdict"].isin(["shifted", "worth_a_look"])]
    if len(moved):
        english, dutch = (_shifts(moved.head(_NAMED), language) for language in ("en", "nl"))
        more = {"n": len(moved) - _NAMED} if len(moved) > _NAMED else {}
        key = "list_notes.shifted_and_more" if more else "list_notes.shifted"
        said.append(Note(key, {"features": Wording(english, dutch), **more}))
    gone = table[table["verdict"] == "gone_missing"]
    for name, *shares in gone[["feature", "missing_now", "missing_then"]].to_numpy().tolist():
        now, then = map(share, shares)
        said.append(Note("list_notes.gone_missing", {"feature": name, "now": now, "then": then}))
    return said


def _shifts(moved: pd.DataFrame, language: str) -> str:
    psi = [format_number(one, language, decimals=2) for one in moved["psi"]]
    return ", ".join(f"{name} (PSI {one})" for name, one in zip(moved["feature"], psi, strict=True))


def _check(
    predictor: Predictor,
    tx: Transactions,
    rows: nw.LazyFrame[Any],
    own: pd.DataFrame | None,
    settings: DriftSettings,
) -> list[Note]:
    """Return what has shifted, in words; stop when it is too much."""
    drift = measure_drift(predictor, tx, rows, own, settings)
    if drift is None:
        old = settings.check and predictor.facts["features"] and "reference" not in predictor.facts
        return [Note("list_notes.no_reference")] if old else []
    notes = drift_notes(drift)
    share = drift.figures["shifted_share"]
    if share > settings.refuse_share or drift.figures["gone_missing"]:
        raise DriftError(
            "the customers are no longer those that the models were fitted for",
            got=f"{drift.figures['shifted']} of {drift.figures['features']} features have shifted; "
            + "; ".join(notes),
            do="look for what changed in the data; train again, or raise drift.refuse_share",
        )
    return notes


def _options(config: ScoreConfig, data: DataSection, predictor: Predictor, moment: int) -> ListOptions:
    return ListOptions(
        accounts=read_accounts(data.accounts),
        suppressed=read_suppressed(data.suppression, data.id_map),
        contact=_contact(config.list, str(as_date(moment)), predictor.facts["clv"]["margin"]),
        language=config.list.language,
        reasons=config.list.reasons,
    )


def _contact(section: ListSection, as_of: str, margin: float) -> ContactSettings:
    return ContactSettings(
        campaign=section.campaign or as_of,
        key=os.environ.get(section.secret_env, ""),
        holdout_share=section.holdout_share,
        exempt=section.key_accounts,
        margin=margin,
        **section.contact.model_dump(),
    )


def _known(extra: OwnColumns | None, moment: int, own: pd.DataFrame | None) -> pd.DataFrame | None:
    return None if extra is None or own is None else extra.known_at(as_day(moment))


def _unfit(made: StoredList, options: ListOptions, extra_unused: bool) -> list[Note]:
    """Say which tables beside the transactions do not fit them."""
    said = []
    given = len(options.suppressed)
    strangers = given - int(made.totals["customers_suppressed"])
    if strangers:
        said.append(Note("list_notes.unknown_suppressed", {"n": strangers, "of": given}))
    if options.accounts is not None and not _any_named(made, options.accounts):
        said.append(Note("list_notes.no_account"))
    if extra_unused:
        said.append(Note("list_notes.extra_unused"))
    return said


def _any_named(made: StoredList, accounts: pd.DataFrame) -> bool:
    return any(part["customer_id"].isin(accounts.index).any() for part in made.batches(["customer_id"]))
