"""Up to three true sentences a customer, chosen in agreement with the model.

The model says which theme of behaviour (rhythm, spend, range …) pushes a customer's risk up or down: the sum
of the additive contributions of its features. The sentences say what that behaviour is, in the customer's own
numbers against the own normal. A sentence is shown only when it is true for the customer and the model
agrees with its direction; without contributions (a base rate, a purchase-process model) the sentence furthest
from normal comes first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from crm_ml.base.formats import counted, format_money, format_number, format_share
from crm_ml.base.texts import text
from crm_ml.prediction.columns import REASONS
from crm_ml.prediction.conditions import Facts
from crm_ml.prediction.facts import facts_of
from crm_ml.prediction.sentence import Sentence
from crm_ml.prediction.sentences import SENTENCES
from crm_ml.prediction.themes import feature_themes

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["reasons_for"]

_NEVER = -np.inf
_ALWAYS = np.inf
_FACT_ONLY = -1e6  # below every sentence that explains something
_TIE = 1e-3  # how much distance counts beside a contribution in log-odds


def reasons_for(
    features: pd.DataFrame,
    contributions: pd.DataFrame | None = None,
    *,
    threat: pd.Series | None = None,
    themes: Mapping[str, str] | None = None,
    peers: Mapping[str, float] | None = None,
    language: str = "en",
    currency: str = "",
) -> pd.DataFrame:
    """Return up to three true sentences for every customer.

    Parameters
    ----------
    features : DataFrame
        One row a customer, as :func:`crm_ml.features.build.build_features` makes them, joined with columns of
        further tables where they exist (see :data:`crm_ml.prediction.sentences.SENTENCES`).
    contributions : DataFrame, optional
        Same rows; one column a feature with its additive contribution to the log-odds of stopping. Rows of
        NaN (customers that the model did not score) and customers who threaten to buy less, of whom it does
        not speak, get the sentences furthest from normal.
    threat : Series, optional
        Same rows; where it is ``"none"`` the sentences explain a low risk. All are at risk without it.
    themes : mapping, optional
        Own column → theme; those of the catalogue are known
        (:func:`crm_ml.prediction.themes.feature_themes`).
    peers : mapping, optional
        What :func:`crm_ml.prediction.facts.peer_normals` returned at training.
    language : {"nl", "en"}
        Language of the sentences.
    currency : str
        Currency of the money features.

    Returns
    -------
    DataFrame
        Columns ``reason_1, reason_2, reason_3`` with the index of `features`; empty text where there is no
        more to say.

    Examples
    --------
    >>> import pandas as pd
    >>> late = pd.DataFrame({"recency_days": [94.0], "gap_median": [21.0], "gap_mean": [22.0]})
    >>> late["purchase_days"] = 8
    >>> reasons_for(late).loc[0, "reason_1"]
    'last purchase 94 days ago; usually every 21 days'
    """
    import pandas as pd

    facts = facts_of(features, peers)
    sayable = [sentence for sentence in SENTENCES if sentence.needs <= facts.keys()]
    written = np.full((len(features), len(REASONS)), "", dtype=object)
    if sayable and len(features):
        threats = np.full(len(features), "stops") if threat is None else threat.to_numpy(dtype="str")
        calm = threats == "none"
        pushes = _theme_pushes(contributions, themes, threats != "buys less")
        priority = np.column_stack([_priority(one, facts, calm, pushes) for one in sayable])
        chosen = _best(priority, sayable)
        for number, sentence in enumerate(sayable):
            rows, slots = np.nonzero(chosen == number)
            written[rows, slots] = _written(sentence, facts, rows, language, currency)
    return pd.DataFrame(written, index=features.index, columns=list(REASONS), dtype="str")


def _theme_pushes(
    contributions: pd.DataFrame | None, themes: Mapping[str, str] | None, meant: NDArray[np.bool_]
) -> dict[str, NDArray[np.float64]] | None:
    """Sum the contributions by theme, NaN for whom they are not about; None without a model."""
    if contributions is None:
        return None
    all_themes = {**(themes or {}), **feature_themes()}
    by_theme: dict[str, NDArray[np.float64]] = {}
    for name in contributions.columns:
        theme = all_themes.get(str(name), "")
        values = np.where(meant, contributions[name].to_numpy(dtype="float64"), np.nan)
        by_theme[theme] = by_theme[theme] + values if theme in by_theme else values
    return by_theme


def _priority(
    sentence: Sentence,
    facts: Facts,
    calm: NDArray[np.bool_],
    pushes: Mapping[str, NDArray[np.float64]] | None,
) -> NDArray[np.float32]:
    """Return the place of a sentence for every customer: higher comes first, −inf is not said."""
    true = sentence.when.holds(facts)
    for fact, _ in sentence.shows.values():
        true = true & np.isfinite(facts[fact])
    distance = sentence.when.distance(facts)
    if sentence.effect == "own":
        return np.where(true, _ALWAYS, _NEVER).astype("float32")
    if sentence.effect == "neutral":
        return np.where(true, _FACT_ONLY, _NEVER).astype("float32")
    fitting = true & (calm if sentence.effect == "lowers" else ~calm)
    if pushes is None:
        return np.where(fitting, distance, _NEVER).astype("float32")
    if sentence.theme not in pushes:  # the model knows nothing of it (complaints, contacts): said last
        return np.where(fitting, _TIE * distance, _NEVER).astype("float32")
    push = -pushes[sentence.theme] if sentence.effect == "lowers" else pushes[sentence.theme]
    agreed = np.where(push > 0, push + _TIE * distance, _NEVER)
    return np.where(fitting, np.where(np.isnan(push), distance, agreed), _NEVER).astype("float32")


def _best(priority: NDArray[np.float32], sentences: Sequence[Sentence]) -> NDArray[np.intp]:
    """Return for every customer the numbers of up to three sentences, one a theme; −1 for none."""
    rows = np.arange(len(priority))
    for theme in {sentence.theme for sentence in sentences}:
        members = np.array([number for number, one in enumerate(sentences) if one.theme == theme])
        best = members[np.argmax(priority[:, members], axis=1)]
        kept = priority[rows, best]
        priority[:, members] = _NEVER
        priority[rows, best] = kept
    only_facts = priority <= _FACT_ONLY
    priority[only_facts & ~only_facts.all(axis=1, keepdims=True)] = _NEVER
    order = np.argsort(-priority, axis=1, kind="stable")[:, : len(REASONS)]
    return np.where(np.take_along_axis(priority, order, axis=1) > _NEVER, order, -1)


def _written(
    sentence: Sentence, facts: Facts, rows: NDArray[np.int64], language: str, currency: str
) -> list[str]:
    template = text(f"reasons.{sentence.name}", language)
    columns = [
        [(place, one) for one in _shown(facts[fact][rows], form, language, currency)]
        for place, (fact, form) in sentence.shows.items()
    ]
    return [template.format_map(dict(places)) for places in zip(*columns, strict=True)]


def _shown(values: NDArray[np.float64], form: str, language: str, currency: str) -> list[str]:
    """Write each different value once: most counts and days repeat."""
    different, which = np.unique(values, return_inverse=True)
    if form == "money":
        shown = [format_money(value, currency, language) for value in different.tolist()]
    elif form == "share":
        shown = [format_share(value, language) for value in different.tolist()]
    elif form == "plain":
        shown = [format_number(value, language) for value in different.tolist()]
    elif form == "span":
        shown = [_span(value, language) for value in different.tolist()]
    else:
        shown = [counted(value, form, language) for value in different.tolist()]
    return [shown[index] for index in which.tolist()]


def _span(days: float, language: str) -> str:
    """Write a time in the largest unit that leaves at least two of it, rounded down."""
    for unit, length in (("year", 365), ("month", 30)):
        if days >= 2 * length:
            return counted(days // length, unit, language)
    return counted(days, "day", language)
