"""Bases that textbooks forget: one customer, seven, only losses, only returns; and the words of readers."""

import pytest

from crm_ml.analysis.company import Company
from crm_ml.analysis.themes import analyse_themes
from crm_ml.analysis.words import translated, word

from .conftest import read

THEMES = ("rfm", "segments", "pyramid", "abc", "accounts", "profitability", "growth", "retention", "value")
BASES = {
    "one purchase": ([("a", "2020-01-01", 5.0)], {}),
    "one customer": ([("a", "2020-01-01", 5.0), ("a", "2021-06-01", 7.0)], {}),
    "seven customers": ([(f"c{n}", f"202{n % 2}-0{n + 1}-01", 10.0 * n + 1) for n in range(7)], {}),
    "only losses": (
        [(f"c{n}", f"202{n % 2}-0{n + 1}-01", 10.0 * n + 1, 100.0) for n in range(7)],
        {"cost": 1},
    ),
    "only returns": (
        [("a", "2020-01-01", 5.0), ("b", "2021-01-01", -5.0), ("b", "2021-02-01", -3.0)],
        {},
    ),
}


@pytest.mark.parametrize("base", BASES)
def test_every_theme_answers_or_says_why_not(base):
    rows, roles = BASES[base]
    found = dict(analyse_themes(Company(read(rows, **roles)), THEMES))
    for results in found.values():
        for result in results:
            assert len(result.table) or result.warnings, result.name
            translated(result, "nl")
            shares = [name for name in result.table if str(name).startswith("share_")]
            if base == "only losses" and result.name == "whale_curve":
                assert result.table["cumulative_share"].isna().all()
                assert result.figures["loss_customers"] == result.n > 1
            for name in shares:
                assert not (result.table[name].abs() == float("inf")).any(), (result.name, name)


@pytest.mark.parametrize(
    ("name", "dutch"),
    [
        ("customer_rating", "klantscore"),
        ("confidence", "trefkans"),
        ("significance", "omzetbelang"),
        ("whale_curve", "cumulatieve winstcurve"),
        ("pyramid_migration", "stijgers en dalers"),
        ("revenue_at_risk", "omzet op het spel"),
        ("retention_index", "retentie-index"),
        ("customer_equity", "customer equity"),
        ("clv", "klantwaarde (CLV)"),
        ("recency_days", "laatste aankoop"),
        ("cost_to_serve", "cost-to-serve"),
        ("hit_rate", "scoringspercentage"),
        ("fiscal_year", "boekjaar"),
        ("human_review_required", "menselijke tussenkomst"),
        ("profitability", "winstgevendheid"),
        ("resources", "toewijzing van middelen"),
        ("churn", "klantverloop"),
        ("decay", "vervalpercentage"),
        ("first_year_decay", "eerstejaarsverval"),
        ("profit_build_up", "winstopbouw"),
        ("share_of_wallet", "klantaandeel"),
        ("sales_forecast", "verkoopprognose"),
        ("pyramid", "klantenpiramide"),
        ("investment_room", "investeringsruimte"),
        ("flourishing", "bloeiend"),
        ("tiring", "vermoeiend"),
        ("much_attention_little_profit", "veel aandacht, weinig winst"),
    ],
)
def test_a_reader_sees_the_words_of_the_field(name, dutch):
    """The glossary of the specification, its corrections first; neutral words beside named customers."""
    assert dutch in word(name, "nl")
