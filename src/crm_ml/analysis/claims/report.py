"""The claims report: each headline claim, what was measured, and whether it holds here."""

from __future__ import annotations

import pandas as pd

from crm_ml.analysis.claims import concentration, money, opinions, relation
from crm_ml.analysis.claims.claim import VERDICTS, Claim, Evidence, verdict
from crm_ml.analysis.claims.data import ClaimData
from crm_ml.analysis.company import Company
from crm_ml.analysis.results import finished
from crm_ml.analysis.words import Note, note
from crm_ml.base.exceptions import InputError
from crm_ml.base.result import Result

__all__ = ["CLAIMS", "claims_report"]

_ABOVE = 1e-6  # "more than": the threshold itself does not do

CLAIMS: tuple[Claim, ...] = (
    Claim("pareto_revenue", 0.80, "share", concentration.revenue_share, "S2 s7; S3; S4 s25"),
    Claim("top_1_profit", 0.50, "share", concentration.profit_share(0.01), "S1"),
    Claim("top_5_profit", 0.75, "share", concentration.profit_share(0.05), "S1"),
    Claim("pyramid_shares", 5, "points", concentration.pyramid_deviation, "Curry", "at_most"),
    Claim("profit_above_total", 1 + _ABOVE, "share", concentration.profit_above_total, "S4 s30"),
    Claim("attention_20_80", 0.80, "share", concentration.attention_share, "S4 s28–29"),
    Claim("complaints_20_80", 0.80, "share", concentration.complaints_share, "S4 s28–29, s88"),
    Claim("existing_90", 0.90, "share", relation.existing_share, "S2 s7"),
    Claim(
        "grows_per_member", 1 + _ABOVE, "number", relation.growth_with_tenure(active=False), "S2 s7; S4 s99"
    ),
    Claim(
        "grows_per_active", 1 + _ABOVE, "number", relation.growth_with_tenure(active=True), "S2 s7; S4 s99"
    ),
    Claim("headroom_30", 0.30, "share", money.room_for_more, "S2 s7"),
    Claim("drying_all", 1 + _ABOVE, "number", relation.drying_against_stopping(1), "S4 s90"),
    Claim("drying_established", 1 + _ABOVE, "number", relation.drying_against_stopping(3), "S4 s90"),
    Claim("drying_beyond_chance", _ABOVE, "points", relation.drying_beyond_chance, "S4 s90"),
    Claim("retention_95", 0.95, "share", relation.retention_effect, "S1 l.88"),
    Claim("acquisition_5x", 5, "number", money.acquisition_ratio, "S2 s6"),
    Claim("budget_75", 0.75, "share", money.acquisition_budget, "S2 s6"),
    Claim("indifference_68", 0.68, "share", opinions.indifference_share, "S2 s9; S4 s11"),
    Claim("first_year_worst", _ABOVE, "points", relation.first_year_excess, "S4 s21"),
    Claim("breadth_pays", _ABOVE, "number", money.breadth_correlation, "S1 l.120"),
    Claim("satisfied_grow_20", 0.20, "share", opinions.satisfied_growth, "S4 s96"),
    Claim("satisfied_stay", _ABOVE, "points", opinions.satisfied_more("stay"), "S4 s96"),
    Claim("satisfied_refer", _ABOVE, "points", opinions.satisfied_more("refer"), "S4 s96"),
    Claim("only_top_loyal", _ABOVE, "points", opinions.extra_of_very_satisfied, "S4 s92"),
    Claim("spread_20", 20, "number", opinions.not_observable, "S4 s87"),
    Claim("drop_pays", 0.49, "share", money.drop_gain, "S4 s35"),
)


def claims_report(company: Company, view: pd.DataFrame) -> Result:
    """Measure each headline claim of the trade on the company's own data.

    Parameters
    ----------
    company : Company
        Transactions and optional tables.
    view : DataFrame
        One row a customer: :func:`~crm_ml.analysis.customer_view.customer_view`.

    Returns
    -------
    Result
        ``claim, measured, lower, upper, unit, threshold, verdict, n, basis, formula, missing, claimed_by``.
        The verdict is ``holds`` or ``does_not_hold`` when the whole bootstrap interval lies on one side of
        the threshold, ``undecided`` when it lies on both, and ``no_data`` with what is missing. Figures
        count the verdicts.
    """
    data, rows, refused = ClaimData(company, view), [], []
    for claim in CLAIMS:
        found, why = _measured(claim, data)
        refused += why
        rows.append(
            {
                "claim": claim.name,
                "measured": found.value,
                "lower": found.low,
                "upper": found.high,
                "unit": claim.unit,
                "threshold": round(claim.threshold, 4),
                "verdict": verdict(claim, found),
                "n": found.n,
                "basis": found.basis,
                "formula": f"{claim.name}_how",
                "missing": found.missing,
                "claimed_by": claim.source,
            }
        )
    table = pd.DataFrame(rows)
    counts = table["verdict"].value_counts()
    stands_in = (table["claim"] == "top_1_profit") & (table["basis"] == "revenue")
    stand_in = [note("revenue_stands_in")] if stands_in.any() else []
    return finished(
        "claims_report",
        table,
        source="DOMAIN §5",
        parameters={"from": str(data.later.cutoff), "until": str(data.later.end)},
        n=len(view),
        warnings=(note("verdict_by_interval"), *stand_in, *dict.fromkeys(refused)),
        figures={name: float(counts.get(name, 0)) for name in VERDICTS},
    )


def _measured(claim: Claim, data: ClaimData) -> tuple[Evidence, list[Note]]:
    """Measure a claim; where the data refuse (too short, a wrong table) say why, and go on with the rest."""
    try:
        return claim.measure(data), []
    except InputError as error:
        return Evidence(missing="usable"), [note("not_possible", why=error.message)]
