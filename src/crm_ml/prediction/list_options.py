"""What a risk list needs beside the transactions."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from crm_ml.base.validation import check_choice
from crm_ml.prediction.contact import ContactSettings

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["REASONS_FOR", "ListOptions", "ReasonsFor"]

ReasonsFor: TypeAlias = Literal["threatened", "everybody", "nobody"]
REASONS_FOR = ("threatened", "everybody", "nobody")


@dataclass(frozen=True)
class ListOptions:
    """What a risk list needs beside the transactions.

    Parameters
    ----------
    accounts : DataFrame, optional
        Index ``customer_id``; columns ``name, owner, may_contact, key_account``, those that exist.
    suppressed : collection of str
        Customers who must stand on no list.
    last_list : DataFrame, optional
        The previous risk list.
    contact : ContactSettings
        Campaign, control group and assumptions.
    language : {"en", "nl"}
        Language of reasons and advice.
    reasons : {"threatened", "everybody", "nobody"}
        For whom sentences are written. They cost many times the prediction itself, so by default only for
        who may be called (:func:`crm_ml.prediction.risk_list.worth_calling`);
        :meth:`crm_ml.prediction.predictor.Predictor.explain` gives them for anybody later.
    """

    accounts: pd.DataFrame | None = None
    suppressed: Collection[str] = ()
    last_list: pd.DataFrame | None = None
    contact: ContactSettings = field(default_factory=ContactSettings)
    language: str = "en"
    reasons: ReasonsFor = "threatened"

    def __post_init__(self) -> None:
        check_choice(self.reasons, REASONS_FOR, what="choice of reasons")
