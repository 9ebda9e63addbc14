"""Aspects that a survey can ask about, by list, with their words in the texts ``survey_aspects``."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from crm_ml.analysis.words import word

__all__ = ["ASPECT_LISTS", "aspect_table"]

ASPECT_LISTS: Mapping[str, tuple[str, ...]] = {
    # What a company delivers (DOMAIN 72; S4 s83).
    "delivery": (
        "product",
        "employees",
        "quotes",
        "process",
        "logistics",
        "documents",
        "aftercare",
        "price",
    ),
    # The ladder of loyalty, bottom first (DOMAIN 82; S0 l.85–101).
    "loyalty_ladder": ("home_feeling", "reliability", "trustworthiness", "ability", "commitment"),
    # What makes a customer feel served (DOMAIN 123; S3).
    "service_feeling": ("quality", "attention", "information", "involvement"),
}


def aspect_table(language: str = "en") -> pd.DataFrame:
    """Return the aspects with their words, ready to make a questionnaire of.

    Parameters
    ----------
    language : {"nl", "en"}
        Language of the words.

    Returns
    -------
    DataFrame
        ``list, aspect`` (the name in a survey table) and ``question_about`` (the word).

    Examples
    --------
    >>> aspect_table("nl").head(2)
           list     aspect question_about
    0  delivery    product  product of dienst
    1  delivery  employees  medewerkers
    """
    listed = [(name, aspect) for name, aspects in ASPECT_LISTS.items() for aspect in aspects]
    table = pd.DataFrame(listed, columns=["list", "aspect"])
    return table.assign(question_about=[word(aspect, language) for aspect in table["aspect"]])
