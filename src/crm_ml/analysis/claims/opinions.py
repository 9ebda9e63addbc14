"""Claims on what customers say: very satisfied customers grow, stay and refer; why others leave."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from crm_ml.analysis.checked import checked_table
from crm_ml.analysis.claims.claim import Evidence, drawn, group_difference, lacking
from crm_ml.analysis.claims.data import ClaimData
from crm_ml.analysis.survey.answers import Answers, read_answers
from crm_ml.analysis.survey.curve import LOYAL, extra_of_top_step, levels_of
from crm_ml.analysis.survey.loyalty import observed_loyalty
from crm_ml.analysis.survey.theme import customer_loyalty
from crm_ml.analysis.survey.zones import ZONE_BORDERS, zones_of
from crm_ml.analysis.tables import plain_table
from crm_ml.data.optional_tables import EXIT_INTERVIEWS
from crm_ml.evaluation.metrics import Floats

__all__ = [
    "extra_of_very_satisfied",
    "indifference_share",
    "not_observable",
    "satisfied_growth",
    "satisfied_more",
]

# How an exit interview may call it.
_INDIFFERENCE = ("indifference", "onverschilligheid")


def satisfied_growth(data: ClaimData) -> Evidence:
    """Growth a year of the revenue of very satisfied customers after their answer."""
    very = _very_satisfied(data)
    if very is None:
        return lacking("survey")
    was = data.was_active.reindex(very.index[very > 0]).dropna(subset="before")
    before, after = was["before"].to_numpy(dtype="float64"), was["after"].to_numpy(dtype="float64")
    if before.sum() <= 0:
        return lacking("survey")
    years = data.later.horizon_days / 365

    def growth(weights: Floats) -> Floats:
        kept = np.maximum((weights @ after) / (weights @ before), 0.0)  # returns may exceed what was bought
        return np.asarray(kept ** (1 / years) - 1)

    return drawn(growth, len(was), data.draws, basis="revenue")


def satisfied_more(what: str) -> Callable[[ClaimData], Evidence]:
    """Return the measure of very satisfied − other customers: the share that stays, or that refers."""

    def measured(data: ClaimData) -> Evidence:
        very = _very_satisfied(data)
        if very is None:
            return lacking("survey")
        did = _stayed(data) if what == "stay" else _referred(data, very.index)
        if did is None:
            return lacking("referred_by")
        both = pd.concat([very, did], axis=1, keys=["very", "did"], join="inner").dropna()
        group, values = both["very"].to_numpy(), both["did"].to_numpy()
        if not 0 < group.sum() < len(group):
            return lacking("survey")
        return drawn(lambda w: 100 * group_difference(w, values, group), len(both), data.draws)

    return measured


def extra_of_very_satisfied(data: ClaimData) -> Evidence:
    """Step in loyalty from level 4 to 5 − step from 3 to 4, in points: observed, else by the model."""
    found = _satisfied_and_loyal(data)
    if found is None:
        return lacking("survey")
    answers, loyalty = found
    levels = levels_of(answers.by_customer("overall"), answers.scale("overall"))
    table = pd.DataFrame({"level": levels, "loyalty": loyalty}).dropna()
    if not {3, 4, 5} <= set(table["level"]):
        return lacking("survey")
    cut = data.company.settings.loyalty_cut
    table["loyal"] = (table["loyalty"] >= (LOYAL if cut is None else cut)).astype("float64")
    value, low, high = extra_of_top_step(table, seed=data.seed)
    return Evidence(100 * value, 100 * low, 100 * high, len(table))


def _satisfied_and_loyal(data: ClaimData) -> tuple[Answers, pd.Series[float]] | None:
    """Return answers before the last period with what customers did in it; else all, with the model."""
    answers = data.answers_before
    if answers is not None and len(answers.of("overall")):
        asked = answers.by_customer("overall").index
        return answers, observed_loyalty(data.company.tx, asked, data.later)
    survey, (loyalty, _) = data.company.table("survey"), customer_loyalty(data.company)
    if survey is None or loyalty is None:
        return None
    scale = data.company.settings.survey_scale
    return read_answers(survey, scale=scale, as_of=data.company.as_of), loyalty


def indifference_share(data: ClaimData) -> Evidence:
    """Share of customers who left that give indifference as a reason."""
    interviews = data.company.table("exit_interviews")
    if interviews is None:
        return lacking("exit_interviews")
    rows, _ = checked_table(interviews, EXIT_INTERVIEWS, as_of=data.company.as_of)
    if rows.empty:
        return lacking("exit_interviews")
    named = rows["reason"].str.casefold().isin(_INDIFFERENCE)
    said = named.groupby(rows["customer_id"]).max().to_numpy(dtype="float64")
    return drawn(lambda w: (w @ said) / w.sum(axis=1), len(said), data.draws)


def not_observable(data: ClaimData) -> Evidence:
    """Return no evidence: own data cannot show it."""
    return lacking("observation")


def _very_satisfied(data: ClaimData) -> pd.Series[float] | None:
    """Return 1 for customers in the zone of affection before the last period, 0 for others who answered."""
    answers = data.answers_before
    if answers is None or answers.of("overall").empty:
        return None
    zones = zones_of(answers.by_customer("overall"), ZONE_BORDERS[answers.scale("overall")])
    return (zones == "affection_zone").astype("float64")


def _stayed(data: ClaimData) -> pd.Series[float]:
    stayed: pd.Series[float] = data.was_active["stayed"]
    return stayed


def _referred(data: ClaimData, customers: pd.Index[str]) -> pd.Series[float] | None:
    accounts = data.company.table("accounts", "referred_by")
    if accounts is None:
        return None
    named = plain_table(accounts, "referred_by", name="accounts")["referred_by"].dropna().astype("str")
    return pd.Series(customers.isin(named).astype("float64"), index=customers)
