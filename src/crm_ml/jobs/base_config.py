"""What the configs of several jobs have in common: transactions, engine, seed, and where runs are kept."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from crm_ml.data.engines.make import EngineSettings
from crm_ml.jobs.sections import DataSection, Section, TrackingSection

__all__ = ["JobConfig", "TrackedConfig"]


class JobConfig(Section):
    """What every job that reads transactions has."""

    data: DataSection = Field(default_factory=DataSection, description="transactions and tables beside them")
    engine: EngineSettings = Field(default_factory=EngineSettings, description="where features are computed")
    tables: dict[str, str] = Field(
        default_factory=dict, description="optional tables by name, such as costs: costs.csv"
    )
    seed: int = Field(0, description="of everything random")


class TrackedConfig(JobConfig):
    """What jobs that leave a run have."""

    tracking: TrackingSection = Field(default_factory=TrackingSection, description="where runs are kept")
    out: str = Field("models", description="folder for what the job makes")

    @property
    def store(self) -> str:
        """Where runs are kept: as the config says, or in ``mlflow.db`` beside the output."""
        return self.tracking.store or str(Path(self.out) / "mlflow.db")
