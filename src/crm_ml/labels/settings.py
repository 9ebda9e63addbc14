"""Every threshold of every label."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from crm_ml.base.exceptions import InputError
from crm_ml.base.validation import check_choice, check_fraction
from crm_ml.data.normal import NormalSettings

__all__ = ["SEGMENTATIONS", "LabelSettings"]

SEGMENTATIONS = ("pyramid", "rfm", "tier", "account_class", "whitney_action")


@dataclass(frozen=True)
class LabelSettings:
    """How labels are drawn from what happened after the cutoff.

    Parameters
    ----------
    normal : NormalSettings
        Who is established, and what the own normal is.
    delta : float
        A customer dries up who buys less than (1 − delta) of the own normal.
    key_account_share, key_account_delta : float
        The established customers with the highest normal, as a share of all established, and the smaller
        fall that already counts for them; a share of 0 treats everybody alike.
    trend_periods : int
        Strictly falling money over that many periods, half of them before the cutoff, is an equal trigger;
        0 switches it off, otherwise an even number of at least 4.
    significance : float
        Level of the binomial test that calls the fall of one customer proven.
    segment : {"pyramid", "rfm", "tier", "account_class", "whitney_action"}
        Which class of the next period is predicted. `label_segment` draws the first three; the last two ask
        for profit and lifetime value as well, so :func:`~crm_ml.analysis.next_class.label_next_class` does.

    Examples
    --------
    >>> LabelSettings().delta
    0.5
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    normal: NormalSettings = field(default_factory=NormalSettings)
    delta: float = 0.5
    key_account_share: float = 0.01
    key_account_delta: float = 0.3
    trend_periods: int = 4
    significance: float = 0.05
    segment: Literal["pyramid", "rfm", "tier", "account_class", "whitney_action"] = "pyramid"

    def __post_init__(self) -> None:
        for name in ("delta", "key_account_share", "key_account_delta", "significance"):
            check_fraction(getattr(self, name), what=name)
        if self.trend_periods != 0 and (self.trend_periods < 4 or self.trend_periods % 2):
            raise InputError("trend_periods must be 0 or an even number from 4", got=self.trend_periods)
        check_choice(self.segment, SEGMENTATIONS, what="segment")
