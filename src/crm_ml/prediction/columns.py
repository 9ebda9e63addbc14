"""The columns of the risk list: one exact, stable order for files, another for the marketer.

Names and order of :data:`RISK_LIST` are an interface (CSV, Parquet, HTTP): add at the end, never rename.
Labels and meanings stand in ``base/languages/risk_list.yaml``, coded values in ``values.yaml``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from crm_ml.base.texts import has_text, text

__all__ = [
    "CONTACT_GROUPS",
    "MARKETER_ORDER",
    "REASONS",
    "RISK_BANDS",
    "RISK_LIST",
    "SCORE_BASES",
    "SINCE_LAST_LIST",
    "THREATS",
    "Kind",
    "ListColumn",
    "column_names",
    "value_label",
]

Kind: TypeAlias = Literal["text", "code", "int", "number", "money", "probability", "date", "bool"]

RISK_BANDS = ("high", "middle", "low")
THREATS = ("stops", "buys less", "none")
CONTACT_GROUPS = ("contact", "holdout")
SINCE_LAST_LIST = ("new", "risen", "fallen", "same")
SCORE_BASES = (
    "model",
    "baseline",
    "no_drying_up_model",
    "few_purchases",
    "bought_once",
    "btyd",
    "base_rate",
)
REASONS = ("reason_1", "reason_2", "reason_3")


@dataclass(frozen=True)
class ListColumn:
    """A column of the risk list.

    Parameters
    ----------
    name : str
        Stable English name.
    kind : str
        ``text`` (free text and ids), ``code`` (one of a few words that have a translation), ``int``,
        ``number``, ``money`` (currency units), ``probability`` (0–1), ``date``, ``bool``.
    technical : bool
        Whether the workbook hides it at the right.
    """

    name: str
    kind: Kind
    technical: bool = False

    def label(self, language: str) -> str:
        """Return what a marketer calls the column."""
        return text(f"risk_list.{self.name}", language)

    def meaning(self, language: str) -> str:
        """Return what the column tells a marketer."""
        return text(f"risk_list.{self.name}.meaning", language)


RISK_LIST: tuple[ListColumn, ...] = (
    ListColumn("rank", "int"),
    ListColumn("customer_id", "text"),
    ListColumn("name", "text"),
    ListColumn("owner", "text"),
    ListColumn("expected_loss", "money"),
    ListColumn("risk_band", "code"),
    ListColumn("threat", "code"),
    ListColumn("reason_1", "text"),
    ListColumn("reason_2", "text"),
    ListColumn("reason_3", "text"),
    ListColumn("advice", "text"),
    ListColumn("may_contact", "bool"),
    ListColumn("usual_spend", "money"),
    ListColumn("expected_spend", "money"),
    ListColumn("revenue_12m", "money"),
    ListColumn("revenue_prev_12m", "money"),
    ListColumn("clv", "money"),
    ListColumn("clv_low", "money", technical=True),
    ListColumn("clv_high", "money", technical=True),
    ListColumn("p_stopped", "probability"),
    ListColumn("p_drying_up", "probability"),
    ListColumn("p_at_risk", "probability"),
    ListColumn("expected_purchases", "number", technical=True),
    ListColumn("last_purchase", "date"),
    ListColumn("recency_days", "int", technical=True),
    ListColumn("purchase_days", "int", technical=True),
    ListColumn("rfm_score", "text", technical=True),
    ListColumn("segment", "code"),
    ListColumn("since_last_list", "code"),
    ListColumn("contact_group", "code"),
    ListColumn("contact_value", "money"),
    ListColumn("rule", "text", technical=True),
    ListColumn("score_basis", "code"),
    ListColumn("human_review_required", "bool"),
    ListColumn("basis", "code", technical=True),
    ListColumn("currency", "text", technical=True),
    ListColumn("as_of", "date", technical=True),
    ListColumn("horizon_days", "int", technical=True),
    ListColumn("clv_horizon_days", "int", technical=True),
    ListColumn("model_version", "text", technical=True),
    ListColumn("next_class", "code"),
    ListColumn("p_next_class", "probability"),
)

# fmt: off
_FIRST = (
    "rank", "name", "customer_id", "owner", "expected_loss", "risk_band", "threat", "reason_1",
    "reason_2", "reason_3", "advice", "may_contact", "contact_group", "human_review_required",
    "last_purchase", "usual_spend", "expected_spend", "revenue_12m", "revenue_prev_12m", "p_at_risk",
    "p_stopped", "p_drying_up", "clv", "contact_value", "segment", "next_class", "p_next_class",
    "since_last_list", "score_basis",
)
# fmt: on


def _marketer_order() -> tuple[ListColumn, ...]:
    by_name = {column.name: column for column in RISK_LIST}
    return (*(by_name[name] for name in _FIRST), *(column for column in RISK_LIST if column.technical))


#: The same columns as a marketer reads them: who, how much, why, what to do; the technical ones last.
MARKETER_ORDER: tuple[ListColumn, ...] = _marketer_order()


def column_names(columns: Sequence[ListColumn] = RISK_LIST) -> list[str]:
    """Return the names of the columns, in order.

    Examples
    --------
    >>> column_names()[:3]
    ['rank', 'customer_id', 'name']
    """
    return [column.name for column in columns]


def value_label(column: str, value: object, language: str) -> str:
    """Return a coded value as a reader sees it; a value without a translation is shown as it is.

    Examples
    --------
    >>> value_label("risk_band", "high", "nl"), value_label("segment", "Champions", "nl")
    ('hoog', 'Champions')
    """
    key = f"values.{column}.{value}"
    return text(key, language) if has_text(key) else str(value)
