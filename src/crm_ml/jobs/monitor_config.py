"""Options of the look back at an earlier list."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from pydantic import Field

from crm_ml.evaluation.settings import EvaluationSettings
from crm_ml.jobs.alarms import AlarmSettings
from crm_ml.jobs.base_config import TrackedConfig
from crm_ml.prediction.drift import DriftSettings

__all__ = ["MonitorConfig"]


class MonitorConfig(TrackedConfig):
    """Options of ``crm-ml monitor``; `data` are the transactions since the list."""

    list_path: str = Field("", description="the last list, Parquet or CSV")
    as_of: dt.date | None = Field(
        None, description="look back as known before this day; empty: all transactions"
    )
    outcomes: str = Field("", description="table with customer_id of those who were really contacted")
    now: str = Field("", description="the present list, to show what changed; empty: scored with the bundle")
    bundle: str = Field("", description="folder of the bundle, for drift; mapping and rules come from it")
    evaluation: EvaluationSettings = Field(
        default_factory=EvaluationSettings, description="draws and level of the intervals"
    )
    drift: DriftSettings = Field(
        default_factory=DriftSettings, description="when a feature counts as shifted since training"
    )
    alarm: AlarmSettings = Field(default_factory=AlarmSettings, description="when to end with exit code 3")
    language: Literal["en", "nl"] = Field("en", description="of workbook and report")
    out: str = Field("monitor", description="folder for what the job makes")
