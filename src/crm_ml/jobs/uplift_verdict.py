"""What a campaign taught: whether chance decided it, what the contact did, and which ranking to use."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crm_ml.base.exceptions import ConfigError, InputError
from crm_ml.base.notes import Note
from crm_ml.base.result import Result
from crm_ml.evaluation.assignment import assignment
from crm_ml.evaluation.cross_fit import cross_fitted, enough_for_uplift, fitted
from crm_ml.evaluation.uplift_budgets import uplift_budgets
from crm_ml.evaluation.uplift_profile import uplift_profile
from crm_ml.evaluation.uplift_report import RANDOM, judge_uplift

if TYPE_CHECKING:
    from crm_ml.evaluation.uplift_settings import UpliftSettings
    from crm_ml.jobs.uplift_campaign import Campaign
    from crm_ml.jobs.uplift_config import UpliftConfig
    from crm_ml.jobs.uplift_data import CampaignData
    from crm_ml.models.uplift import UpliftModel

__all__ = ["Lesson", "check_random", "learn", "money_of"]


@dataclass(frozen=True)
class Lesson:
    """What a campaign taught.

    Parameters
    ----------
    results : mapping of str to Result
        ``uplift_rankings, uplift_budgets, uplift_profile, uplift_assignment``, as far as they can be had.
    ranking : str
        The ranking to use: ``uplift``, ``contact_value``, or ``none``.
    scores : DataFrame
        What models that did not know each customer of the campaign say of it; empty without a model.
    model : UpliftModel, optional
        Fitted on the whole campaign; None when the campaign is too small.
    notes : tuple of Note
        What a reader must know.
    """

    results: Mapping[str, Result]
    ranking: str
    scores: pd.DataFrame
    model: UpliftModel | None
    notes: tuple[Note, ...]


def check_random(campaign: Campaign, data: CampaignData, config: UpliftConfig) -> Result:
    """Compare the arms; refuse what chance did not decide, unless the config insists with a reason.

    Raises
    ------
    InputError
        With everything that speaks against a random assignment.
    """
    section = config.campaign
    found = assignment(data.known, data.contacted, control_share=section.control_share)
    said = () if campaign.randomised else (Note("uplift_notes.not_randomised"),)
    problems = (*said, *found.warnings)
    if not problems:
        return found
    if not section.insist:
        raise InputError(
            "contacts were not assigned at random, so differences between the arms are no effects",
            got="; ".join(problems),
            do="use contact_value (crm-ml score); or say campaign.randomised: true when chance did decide; "
            "or give campaign.insist the reason why you go on all the same",
        )
    insisted = Note("uplift_notes.insisted", {"reason": section.insist})
    return found.with_warnings(*said, insisted)


def learn(data: CampaignData, assigned: Result, config: UpliftConfig, basis: str) -> Lesson:
    """Fit, judge on customers that the models did not know, and decide which ranking to use.

    Raises
    ------
    ConfigError
        When a contact costs money and nobody says what an outcome is worth.
    """
    settings, seed = config.uplift, config.seed
    draws: Any = {"replicates": settings.replicates, "level": settings.level, "seed": seed, "basis": basis}
    value, cost = money_of(data, config)
    enough = enough_for_uplift(data.y, data.contacted, settings)
    scores = cross_fitted(data.known, data.y, data.contacted, settings, seed) if enough else pd.DataFrame()
    models = {str(name): scores[name].to_numpy(dtype=float) for name in scores}
    rankings = {**models, **data.rivals} or {RANDOM: np.zeros(len(data.y))}
    judged = judge_uplift(rankings, data.y, data.contacted, **draws)
    sizes = sorted({*settings.budgets, *([config.budget] if config.budget else [])})
    budgets = uplift_budgets(rankings, data.y, data.contacted, sizes, value=value, cost=cost, **draws)
    profile = [uplift_profile(data.known, scores["uplift"])] if enough else []
    # Without a model of the effect nothing is proved of it, whatever a rival's Qini says.
    judged = judged if enough else dataclasses.replace(judged, warnings=())
    proved = enough and bool(judged.figures["usable"]) and judged.figures["slope"] > 0
    fallen_back = "contact_value" if config.bundle or config.campaign.contact_value else "none"
    notes = [*data.notes, *([] if enough else [_too_small(data, settings)])]
    notes += [Note("uplift_notes.no_contact_value")] if not proved and fallen_back == "none" else []
    return Lesson(
        {one.name: one for one in (judged, budgets, *profile, assigned)},
        "uplift" if proved else fallen_back,
        scores,
        fitted(data.known, data.y, data.contacted, settings, seed) if enough else None,
        tuple(notes),
    )


def money_of(data: CampaignData, config: UpliftConfig) -> tuple[float, float]:
    """Return what one outcome is worth and what one contact costs; 1 and 0 tell gains in outcomes.

    Raises
    ------
    ConfigError
        When a contact costs money and nobody says what an outcome is worth.
    """
    cost = config.list.contact.cost
    if config.value is None and cost and not data.is_money:
        raise ConfigError(
            "a contact costs money and an outcome is worth nothing",
            got=f"list.contact.cost: {cost:g}, no value",
            do="set value to the money of one outcome",
        )
    return config.value or 1.0, cost


def _too_small(data: CampaignData, settings: UpliftSettings) -> Note:
    arms = {"contacted": data.y[data.contacted], "control": data.y[~data.contacted]}
    counts = {name: len(arm) for name, arm in arms.items()}
    counts |= {f"{name}_did": int((arm > 0).sum()) for name, arm in arms.items()}
    return Note(
        "uplift_notes.too_small",
        {**counts, "least": settings.least_arm, "outcomes": settings.least_outcomes},
    )
