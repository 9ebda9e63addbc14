"""Configs: one YAML file a job, or one file for all of them.

Every key has a default; an unknown one is refused with the nearest name. A file may hold keys of other jobs
(``train`` ignores ``as_of``), so that one file can serve ``check``, ``train`` and ``score``. Relative paths
count from the folder where the command runs, as everywhere on a command line; ``${NAME}`` is an environment
variable.

Examples
--------
>>> config = TrainConfig(horizon_days=30)
>>> config.horizon_days, config.list.holdout_share
(30, 0.1)
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal, get_args

from pydantic import Field, field_validator

from crm_ml.analysis.settings import AnalysisSettings
from crm_ml.base.validation import check_choice
from crm_ml.data.pseudonyms import PseudonymSettings
from crm_ml.evaluation.fairness import FairnessSettings
from crm_ml.evaluation.settings import EvaluationSettings
from crm_ml.jobs.base_config import JobConfig, TrackedConfig
from crm_ml.jobs.monitor_config import MonitorConfig
from crm_ml.jobs.sections import (
    AuditTable,
    CardSection,
    ClvSection,
    ListSection,
    Positive,
    PrivacySection,
    Section,
    TableSection,
    TrackingSection,
    WindowsSection,
)
from crm_ml.jobs.serve_config import ServeConfig
from crm_ml.jobs.uplift_config import UpliftConfig
from crm_ml.labels.settings import LabelSettings
from crm_ml.prediction.drift import DriftSettings

__all__ = [
    "CONFIGS",
    "AnalyseConfig",
    "BacktestConfig",
    "FeaturesConfig",
    "ForgetConfig",
    "JobConfig",
    "LearningConfig",
    "MonitorConfig",
    "RegistryConfig",
    "ScoreConfig",
    "ServeConfig",
    "TrackedConfig",
    "TrainConfig",
    "UpliftConfig",
]

ClassName = Literal["pyramid_class", "abc_class", "rfm_segment", "account_class", "whitney_action"]
ModelName = Literal[
    "logistic", "decision_tree", "neural_net", "rule_list", "lightgbm", "btyd", "two_part", "value_blend",
    "blend",
]  # fmt: skip
TaskName = Literal["stopped", "at_risk", "segment", "value"]


class FeaturesConfig(JobConfig):
    """Options of ``crm-ml features``."""

    cutoff: dt.date | None = Field(
        None, description="only earlier days are seen; empty: the day after the data"
    )
    features: tuple[str, ...] = Field(
        (), description="names or groups to use; empty: all that the data allow"
    )
    out: str = Field("features.parquet", description="file to write: .parquet or .csv")


class LearningConfig(TrackedConfig):
    """What jobs that fit models have."""

    horizon_days: Positive = Field(90, description="days ahead in which we look whether a customer stops")
    cutoff: dt.date | None = Field(None, description="empty: the latest one that leaves a closed horizon")
    windows: WindowsSection = Field(default_factory=WindowsSection, description="snapshots to learn from")
    labels: LabelSettings = Field(default_factory=LabelSettings, description="thresholds of the labels")
    evaluation: EvaluationSettings = Field(
        default_factory=EvaluationSettings, description="how models are judged, and when one may be champion"
    )
    features: tuple[str, ...] = Field(
        (), description="names or groups to use; empty: all that the data allow"
    )
    tasks: tuple[TaskName, ...] = Field(
        ("stopped", "at_risk", "segment", "value"), min_length=1, description="what to predict"
    )
    models: tuple[ModelName, ...] = Field(
        get_args(ModelName)[:-1],  # a blend costs its members once more
        description="techniques to try; two_part and value_blend answer the value task only",
    )
    model_settings: dict[str, dict[str, Any]] = Field(
        default_factory=dict, description="own settings of a technique, such as lightgbm: {num_leaves: 15}"
    )
    btyd_features: bool = Field(
        False,
        description="give the other models what a purchase-process model expects; it did not help on CDNOW",
    )
    classes: tuple[ClassName, ...] = Field(
        (), description="classes that models may learn from, each as known at its snapshot"
    )
    analysis: AnalysisSettings = Field(
        default_factory=AnalysisSettings, description="periods and borders of classes"
    )
    train_rows: Positive = Field(
        60_000, description="rows that a technique learns from at most; customers are drawn beyond that"
    )
    privacy: PrivacySection = Field(default_factory=PrivacySection, description="forbidden attributes")
    keep_leaking: tuple[str, ...] = Field(
        (), description="own columns that stay although they seem to be recorded after the fact"
    )

    @field_validator("model_settings")
    @classmethod
    def _known_models(cls, value: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        for name in value:
            check_choice(name, get_args(ModelName), what="model")
        return value


class TrainConfig(LearningConfig):
    """Options of ``crm-ml train``."""

    clv: ClvSection = Field(default_factory=ClvSection, description="customer lifetime value")
    list: ListSection = Field(default_factory=ListSection, description="defaults of the risk list")
    card: CardSection = Field(default_factory=CardSection, description="who answers for the model")
    audit: AuditTable | None = Field(None, description="protected attributes, for the audit only")
    fairness: FairnessSettings = Field(default_factory=FairnessSettings, description="when it warns")
    refit: bool | None = Field(
        None,
        description="fit the champions again on all closed windows; empty: yes, unless cutoff is given",
    )

    @property
    def refits(self) -> bool:
        """Whether the exported models may learn from the test window too.

        Who names a cutoff wants models that know nothing after it.
        """
        return self.cutoff is None if self.refit is None else self.refit


class BacktestConfig(LearningConfig):
    """Options of ``crm-ml backtest``."""

    cutoffs: Positive = Field(
        4, description="past cutoffs to judge at, at most; as many as the history allows"
    )
    out: str = Field("backtest", description="folder for what the job makes")


class ScoreConfig(JobConfig):
    """Options of ``crm-ml score``; an empty `data` takes mapping and rules from the bundle."""

    bundle: str = Field("", description="folder of the bundle")
    as_of: dt.date | None = Field(
        None, description="score as known before this day; empty: the day after the data"
    )
    out: str = Field("risk_list.csv", description="file to write: .csv, .xlsx, .parquet or .html")
    also: tuple[str, ...] = Field((), description="further files of the same list; a manifest joins them")
    table: TableSection | None = Field(None, description="database table to write the list to as well")
    drift: DriftSettings = Field(
        default_factory=DriftSettings, description="when customers no longer look like those of the training"
    )
    last_list: str = Field("", description="Parquet of the previous list, to show what changed")
    max_lag_days: Positive | None = Field(None, description="stop when the data end longer before as_of")
    pseudonyms: PseudonymSettings = Field(
        default_factory=PseudonymSettings, description="write pseudonyms instead of customer ids and names"
    )
    list: ListSection = Field(default_factory=ListSection, description="the risk list")
    card: CardSection = Field(default_factory=CardSection, description="owner_required is checked here")


class RegistryConfig(TrackedConfig):
    """Options of ``crm-ml compare`` and ``crm-ml promote``; `data` are the later transactions."""

    evaluation: EvaluationSettings = Field(
        default_factory=EvaluationSettings, description="draws and level of the intervals"
    )
    model: str = Field("crm", description="registered model")


class AnalyseConfig(TrackedConfig):
    """Options of ``crm-ml analyse``."""

    cutoff: dt.date | None = Field(None, description="empty: the day after the data")
    analysis: AnalysisSettings = Field(default_factory=AnalysisSettings, description="periods and borders")
    bundle: str = Field("", description="folder of a bundle whose scores are used, instead of tables.scores")
    themes: tuple[str, ...] = Field((), description="themes to analyse; empty: all")
    class_quarters: int = Field(
        0, ge=0, description="write the classes of so many quarters too, as own columns for training"
    )
    language: Literal["en", "nl"] = Field("en", description="of the report")
    out: str = Field("analysis", description="folder for what the job makes")


class ForgetConfig(Section):
    """Options of ``crm-ml forget``."""

    folder: str = Field("", description="everything below it is searched: lists, reports, quarantine, caches")
    columns: tuple[str, ...] = Field((), description="columns that hold ids, beside customer_id")
    tables: tuple[TableSection, ...] = Field((), description="database tables to delete the rows from")
    tracking: TrackingSection = Field(
        default_factory=TrackingSection, description="store whose artifacts are searched; empty: none"
    )


CONFIGS: dict[str, type[Section]] = {
    "check": JobConfig,
    "features": FeaturesConfig,
    "train": TrainConfig,
    "score": ScoreConfig,
    "monitor": MonitorConfig,
    "uplift": UpliftConfig,
    "backtest": BacktestConfig,
    "compare": RegistryConfig,
    "promote": RegistryConfig,
    "analyse": AnalyseConfig,
    "serve": ServeConfig,
    "forget": ForgetConfig,
}
