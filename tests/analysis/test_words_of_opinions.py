"""Labels of survey, complaints, market and price are the words of the Dutch trade."""

import pytest

from crm_ml.analysis.words import word
from crm_ml.base.texts import text

GLOSSARY = {
    "expectation": "verwachting",
    "experience": "ervaring",
    "gap": "kloof",
    "aspect": "aspect",
    "weight": "weging",
    "nps": "aanbevelingsscore (NPS)",
    "promoter": "promotor",
    "passive": "passief",
    "detractor": "criticaster",
    "loyal_customer": "trouwe klant",
    "mercenary": "huurling",
    "hostage": "gijzelaar",
    "lost_customer": "verloren klant",
    "terrorist": "terrorist",
    "defection_zone": "wegloopzone",
    "indifference_zone": "zone van onverschilligheid",
    "affection_zone": "zone van affectie",
    "loyalty": "klantentrouw",
    "satisfaction_score": "klanttevredenheid",
    "complaint_kind": "klachtensoort",
    "founded": "gegrond",
    "vexatious": "chicaneur",
    "reason": "reden",
    "market_share": "marktaandeel",
    "numeric_distribution": "numerieke (ongewogen) distributie",
    "weighted_distribution": "gewogen distributie / marktbereik",
    "sales_share": "omzetaandeel",
    "selection_indicator": "selectie-indicator",
    "product_group": "productgroep",
    "customer_equity": "customer equity (totaal)",
    "threshold": "drempelwaarde",
    "cost_of_obtaining": "verwervingskosten van de klant",
}
TITLES = {
    "net_promoter_score": "aanbevelingsscore (NPS)",
    "complaint_times": "klachtafhandeltijd",
    "price_insensitivity": "prijsongevoeligheid",
}
PARTS = {
    "gap_analysis": ("kloofanalyse", "prioriteitenmatrix"),
    "satisfaction": ("klanttevredenheid", "ervaring", "verwachting"),
    "exit_reasons": ("vertrekreden",),
    "complaint_reach": ("verspreidingsgraad",),
    "intention_and_trust": ("herhalingsaankoop-intentie", "vertrouwen"),
}


@pytest.mark.parametrize(("name", "dutch"), GLOSSARY.items())
def test_a_label_is_the_word_of_the_glossary(name, dutch):
    assert word(name, "nl") == dutch


@pytest.mark.parametrize(("name", "dutch"), TITLES.items())
def test_a_title_is_the_word_of_the_glossary(name, dutch):
    assert text(f"analysis_titles.{name}", "nl") == dutch


@pytest.mark.parametrize(("name", "parts"), PARTS.items())
def test_a_title_holds_the_words_of_the_glossary(name, parts):
    assert all(part in text(f"analysis_titles.{name}", "nl") for part in parts)
