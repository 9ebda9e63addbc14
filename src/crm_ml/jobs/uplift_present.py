"""Today's customers in the order that a campaign taught."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crm_ml.data.own_columns import read_table
from crm_ml.evaluation.uplift import effect_line
from crm_ml.evaluation.uplift_report import PER
from crm_ml.jobs.inputs import check_columns, read_suppressed
from crm_ml.jobs.uplift_campaign import read_numbers
from crm_ml.jobs.uplift_data import contact_values
from crm_ml.jobs.uplift_verdict import money_of
from crm_ml.prediction.contact import ContactSettings
from crm_ml.prediction.uplift_list import uplift_list

if TYPE_CHECKING:
    from crm_ml.jobs.uplift_config import UpliftConfig
    from crm_ml.jobs.uplift_data import CampaignData
    from crm_ml.jobs.uplift_sources import Sources
    from crm_ml.jobs.uplift_verdict import Lesson

__all__ = ["ranked_customers"]


def ranked_customers(
    lesson: Lesson, data: CampaignData, sources: Sources, basis: str
) -> tuple[pd.DataFrame, int]:
    """Return the list of today's customers, and how many the suppression table keeps off it.

    Parameters
    ----------
    lesson : Lesson
        What the campaign taught.
    data : CampaignData
        What it was learnt from.
    sources : Sources
        Campaign, transactions, bundle, options.
    basis : str
        What money is; empty where gains are told in outcomes.

    Raises
    ------
    ColumnError
        When the table of today's customers lacks a column of the campaign.
    """
    config, window = sources.config, sources.campaign.window
    scores = _by_uplift(lesson, data, sources) if lesson.ranking == "uplift" else _fallen_back(data, sources)
    section = config.list
    contact = ContactSettings(
        campaign=section.campaign or str(sources.day),
        key=os.environ.get(section.secret_env, ""),
        holdout_share=section.holdout_share,
        exempt=section.key_accounts,
    )
    constants: dict[str, Any] = {
        "ranking": lesson.ranking,
        "basis": basis,
        "currency": config.data.currency if basis else "",
        "as_of": sources.day,
        "horizon_days": window.horizon_days if window else config.campaign.horizon_days or 0,
    }
    table = uplift_list(
        scores,
        contact,
        constants,
        accounts=sources.accounts,
        suppressed=read_suppressed(config.data.suppression, config.data.id_map),
        budget=config.budget,
        capacity=section.capacity,
    )
    return table, len(scores) - len(table)


def _by_uplift(lesson: Lesson, data: CampaignData, sources: Sources) -> pd.DataFrame:
    """Return what the model expects, beside what was measured where it expected as much."""
    config = sources.config
    if lesson.model is None or sources.ranks_campaign_itself:
        effect = lesson.scores["uplift"]
    else:
        X = data.features.again(_present(config) if config.present else sources.day)
        effect = pd.Series(lesson.model.predict(X[[*data.known.columns]]), index=X.index)
    value, cost = money_of(data, config)
    # The level of the forecasts is that of what was measured: a model of differences spreads them too far.
    intercept, slope = effect_line(lesson.scores["uplift"], data.y, data.contacted)
    levelled = float(intercept) + float(slope) * effect
    tenths = lesson.results["uplift_rankings"].tables["tenths"].set_index("tenth")
    # Tenths are told best first: a forecast belongs to the first whose lowest forecast it reaches.
    borders = -tenths["lowest"].to_numpy(dtype=float) / PER
    place = np.minimum(np.searchsorted(borders, -effect.to_numpy(), side="left"), len(tenths) - 1)
    tenth = tenths.index.to_numpy()[place]
    measured = tenths.loc[tenth, ["effect", "low", "high"]].to_numpy(dtype=float) / PER
    shown = pd.DataFrame(measured, effect.index, ["measured", "measured_low", "measured_high"])
    return shown.assign(effect=levelled, tenth=tenth, contact_value=value * levelled - cost)


def _fallen_back(data: CampaignData, sources: Sources) -> pd.DataFrame:
    """Return the contact value: of the bundle, of a column of today's table, or of the campaign's own."""
    config = sources.config
    column = config.campaign.contact_value
    values = contact_values(sources, sources.day)
    if values is None and config.present:
        table = _present(config)
        check_columns(table, [column], config.present)
        values = pd.Series(read_numbers(table[column], config.present), index=table.index)
    elif values is None:
        values = pd.Series(data.rivals["contact_value"], index=data.known.index)
    return values.rename("contact_value").to_frame()


def _present(config: UpliftConfig) -> pd.DataFrame:
    """Return the table of today's customers, by ``customer_id``."""
    section, table = config.campaign, read_table(config.present)
    check_columns(table, [section.customer_id or "customer_id", *section.features], config.present)
    return table.set_index(table[section.customer_id or "customer_id"].astype(str).rename("customer_id"))
