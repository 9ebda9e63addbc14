"""What a campaign offers to learn from: features, outcome, arm and rivals of customers who had a past."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from crm_ml.base.exceptions import ConfigError, WindowError
from crm_ml.base.notes import Note
from crm_ml.jobs.inputs import read_own_columns
from crm_ml.jobs.uplift_campaign import outcome_in_log, read_numbers
from crm_ml.jobs.uplift_features import MadeFeatures, log_features, table_features
from crm_ml.prediction.contact import ContactSettings
from crm_ml.prediction.list_options import ListOptions
from crm_ml.prediction.snapshot import encoding_of, own_features
from crm_ml.prediction.streaming import score_stream, stored_snapshot

if TYPE_CHECKING:
    import datetime as dt

    from crm_ml.data.own_columns import OwnColumns
    from crm_ml.data.transactions import Transactions
    from crm_ml.jobs.uplift_config import UpliftConfig
    from crm_ml.jobs.uplift_sources import Sources

__all__ = ["CampaignData", "campaign_data", "contact_values"]

_RECENCY = "recency_days"


@dataclass(frozen=True)
class CampaignData:
    """Rows to learn from, all by ``customer_id`` in the same order.

    Parameters
    ----------
    features : MadeFeatures
        Features before the contact, and how to make the same of others.
    y : ndarray of shape (n,)
        Outcome: 0 or 1, or money.
    contacted : ndarray of bool, shape (n,)
    rivals : mapping of str to ndarray of shape (n,)
        Other rankings at the time of the contact: contact_value, most_at_risk.
    notes : tuple of Note
        What was left aside, and what could not be compared.
    """

    features: MadeFeatures
    y: npt.NDArray[np.float64]
    contacted: npt.NDArray[np.bool_]
    rivals: dict[str, npt.NDArray[np.float64]]
    notes: tuple[Note, ...]

    @property
    def known(self) -> pd.DataFrame:
        """Features before the contact."""
        return self.features.then

    @property
    def is_money(self) -> bool:
        """Whether the outcome is an amount."""
        return not bool(np.isin(self.y, (0.0, 1.0)).all())


def campaign_data(sources: Sources) -> CampaignData:
    """Return what there is to learn from a campaign.

    Raises
    ------
    ConfigError
        When the config names neither features nor transactions, or no outcome.
    ForbiddenAttributeError
        When a feature is an attribute that nobody may be judged on.
    """
    config, campaign, tx = sources.config, sources.campaign, sources.tx
    section, table = config.campaign, campaign.table
    if section.features:
        features = table_features(table, section.features, config.privacy)
    else:
        features = log_features(_needed(tx, "features"), campaign.window, config.features, _own(config))
    y = _outcome(sources)
    known = table.index.isin(features.then.index) & y.notna().to_numpy()
    customers = table.index[known]
    notes = [Note("uplift_notes.left_aside", {"n": campaign.left_aside})] if campaign.left_aside else []
    if not known.all():
        notes.append(Note("uplift_notes.strangers", {"n": int((~known).sum())}))
    X = features.then.reindex(customers)
    rivals, more = _rivals(sources, X)
    return CampaignData(
        MadeFeatures(X, features.again),
        y[known].to_numpy(dtype=float),
        campaign.contacted[known],
        rivals,
        (*notes, *more),
    )


def contact_values(sources: Sources, day: dt.date) -> pd.Series | None:
    """Return the contact value of everybody known before a day, by ``customer_id``; None without a bundle.

    Raises
    ------
    WindowError
        When the models of the bundle were fitted after it.
    """
    config, tx, predictor = sources.config, sources.tx, sources.predictor
    if tx is None or predictor is None:
        return None
    moment = predictor.moment(tx, day)
    own, _ = own_features(_own(config), moment, encoding_of(predictor.facts))
    rows = stored_snapshot(predictor, tx, moment)
    contact = ContactSettings(margin=predictor.facts["clv"]["margin"], **config.list.contact.model_dump())
    made = score_stream(
        predictor, tx, rows, moment, options=ListOptions(contact=contact, reasons="nobody"), own=own
    )
    tx.engine.release(rows)
    return made.table.set_index("customer_id")["contact_value"].astype(float)


def _rivals(sources: Sources, X: pd.DataFrame) -> tuple[dict[str, npt.NDArray[np.float64]], list[Note]]:
    """Return the rankings that marketers use without a model of the effect, as known before the contact."""
    section, window = sources.config.campaign, sources.campaign.window
    table = sources.campaign.table.reindex(X.index)
    found: dict[str, npt.NDArray[np.float64]] = {}
    notes = []
    if section.contact_value:
        found["contact_value"] = read_numbers(table[section.contact_value], section.path)
    elif window is not None:
        try:
            values = contact_values(sources, window.cutoff)
            if values is not None:
                found["contact_value"] = values.reindex(X.index).fillna(0.0).to_numpy()
        except WindowError:
            notes.append(Note("uplift_notes.bundle_too_young"))
    if section.at_risk:
        found["most_at_risk"] = read_numbers(table[section.at_risk], section.path)
    elif _RECENCY in X:
        found["most_at_risk"] = X[_RECENCY].to_numpy(dtype=float)
    return found, notes


def _outcome(sources: Sources) -> pd.Series:
    section, campaign = sources.config.campaign, sources.campaign
    if section.outcome:
        return pd.Series(read_numbers(campaign.table[section.outcome], section.path), campaign.table.index)
    if campaign.window is None:
        raise ConfigError(
            "an outcome from the transactions needs the day of the contact and a horizon",
            do="set campaign.date and campaign.horizon_days, or campaign.outcome to a column",
        )
    return outcome_in_log(
        _needed(sources.tx, "outcome"), campaign.window, section.measure, campaign.table.index
    )


def _needed(tx: Transactions | None, what: str) -> Transactions:
    if tx is None:
        raise ConfigError(
            f"the config names no transactions and no {what}",
            do=f"set data.path, or campaign.{what} to columns of the table",
        )
    return tx


def _own(config: UpliftConfig) -> OwnColumns | None:
    return read_own_columns(config.data, config.privacy)
