"""When a look back is a reason to stop and think."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from crm_ml.base.result import Result
from crm_ml.base.validation import check_fraction, check_positive

__all__ = ["AlarmSettings", "alarms"]


@dataclass(frozen=True)
class AlarmSettings:
    """Limits of the alarms; every one asks for more than chance explains.

    Parameters
    ----------
    calibration_ratio : float
        So many times more (or fewer) customers than expected stopped.
    calibration_z : float
        And so many standard errors away.
    shifted_share : float
        Share of the models' features that have shifted since training.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    calibration_ratio: float = 1.25
    calibration_z: float = 3.0
    shifted_share: float = 0.3

    def __post_init__(self) -> None:
        check_positive(self.calibration_ratio, what="calibration_ratio")
        check_positive(self.calibration_z, what="calibration_z")
        check_fraction(self.shifted_share, what="shifted_share")


def alarms(results: Sequence[Result], settings: AlarmSettings | None = None) -> tuple[str, ...]:
    """Return what a person must look at, in words.

    Parameters
    ----------
    results : sequence of Result
        ``list_quality``, ``list_outcome`` and ``drift``; others say nothing.
    settings : AlarmSettings, optional
        Defaults when not given.
    """
    chosen = settings or AlarmSettings()
    judges = {"list_quality": _quality, "list_outcome": _outcome, "drift": _drift}
    return tuple(
        said for result in results if result.name in judges for said in judges[result.name](result, chosen)
    )


def _quality(result: Result, settings: AlarmSettings) -> list[str]:
    if result.table.empty:
        return []
    said = []
    whole = result.table[result.table["population"] == "everybody"].set_index("ranking").loc["list"]
    if whole["auc_high"] < 0.5:
        said.append(f"the list ranks the wrong way round: AUC {whole['auc']:.2f}")
    elif whole.get("delta_high", 0.0) < 0:
        said.append(f"recency alone ranks better than the list: AUC {whole['delta_auc']:+.3f}")
    expected, observed = (result.figures[f"{one}_stopped"] for one in ("expected", "observed"))
    ratio = observed / expected if expected > 0 else 1.0
    limit = settings.calibration_ratio
    if not 1 / limit <= ratio <= limit and abs(result.figures["calibration_z"]) > settings.calibration_z:
        said.append(f"{observed:,.0f} customers stopped where {expected:,.0f} were expected")
    return said


def _outcome(result: Result, settings: AlarmSettings) -> list[str]:
    costly = result.table[result.table["verdict"] == "cost_money"] if len(result.table) else result.table
    return [f"contacting cost money: {row.brought:,.0f} on list {row.list}" for row in costly.itertuples()]


def _drift(result: Result, settings: AlarmSettings) -> list[str]:
    share, empty = result.figures["shifted_share"], result.figures["gone_missing"]
    said = [f"{share:.0%} of the features have shifted since training"] * (share > settings.shifted_share)
    return said + [f"{empty:.0f} features came in empty"] * bool(empty)
