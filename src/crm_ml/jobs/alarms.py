"""When a look back is a reason to stop and think."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from crm_ml.base.notes import Note, number, share
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


def _quality(result: Result, settings: AlarmSettings) -> list[Note]:
    if result.table.empty:
        return []
    said: list[Note] = []
    whole: Any = result.table[result.table["population"] == "everybody"].set_index("ranking").loc["list"]
    if whole["auc_high"] < 0.5:
        said.append(Note("monitor_notes.inverted", {"auc": number(whole["auc"], decimals=2)}))
    elif whole.get("delta_high", 0.0) < 0:
        delta = number(whole["delta_auc"], decimals=3, signed=True)
        said.append(Note("monitor_notes.behind_recency", {"delta": delta}))
    expected, observed = (result.figures[f"{one}_stopped"] for one in ("expected", "observed"))
    ratio = observed / expected if expected > 0 else 1.0
    limit = settings.calibration_ratio
    if not 1 / limit <= ratio <= limit and abs(result.figures["calibration_z"]) > settings.calibration_z:
        counts = {"observed": number(observed), "expected": number(expected)}
        said.append(Note("monitor_notes.other_number", counts))
    return said


def _outcome(result: Result, settings: AlarmSettings) -> list[Note]:
    costly = result.table[result.table["verdict"] == "cost_money"] if len(result.table) else result.table
    return [
        Note("monitor_notes.cost_money", {"brought": number(brought), "list": name})
        for brought, name in zip(costly.get("brought", ()), costly.get("list", ()), strict=True)
    ]


def _drift(result: Result, settings: AlarmSettings) -> list[Note]:
    moved, empty = result.figures["shifted_share"], result.figures["gone_missing"]
    much = moved > settings.shifted_share
    said = [Note("monitor_notes.shifted", {"share": share(moved)})] if much else []
    return said + ([Note("monitor_notes.came_empty", {"n": int(empty)})] if empty else [])
