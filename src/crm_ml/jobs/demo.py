"""The main job on real data: the same code path as ``train`` and then ``score``, every output at once."""

from __future__ import annotations

import dataclasses
import os
from dataclasses import dataclass
from pathlib import Path

from crm_ml.jobs.config import ScoreConfig, TrainConfig
from crm_ml.jobs.inputs import read_log
from crm_ml.jobs.make_list import make_list
from crm_ml.jobs.score import data_section
from crm_ml.jobs.sections import CardSection, DataSection, ListSection
from crm_ml.jobs.train import TrainResult, train
from crm_ml.jobs.write_list import write_list
from crm_ml.prediction.predictor import Predictor
from crm_ml.prediction.stored_list import StoredList
from crm_ml.reporting.list_text import list_text

__all__ = ["DemoResult", "demo"]

_FILES = ("risk_list.csv", "risk_list.xlsx", "risk_list.parquet", "report.html")


@dataclass(frozen=True)
class DemoResult:
    """What the demo made: models beside what they must beat, the list, and where everything stands."""

    trained: TrainResult
    risk_list: StoredList
    paths: tuple[Path, ...]

    def __str__(self) -> str:
        places = "\n".join(f"  {path}" for path in self.paths)
        told = set(self.trained.warnings)  # once is enough
        rest = tuple(warning for warning in self.risk_list.warnings if warning not in told)
        listed = list_text(dataclasses.replace(self.risk_list, warnings=rest))
        return f"{self.trained}\n\n{listed}\n\nwritten:\n{places}"


def demo(
    out: str | os.PathLike[str] = "crm-demo", *, language: str = "en", quiet: bool = False
) -> DemoResult:
    """Train on CDNOW (music buyers, 1997–1998), score everybody, write list and report.

    Parameters
    ----------
    out : path
        Folder for everything.
    language : {"en", "nl"}
        Language of list and report.
    quiet : bool
        No progress bar.
    """
    folder = Path(out)
    data = DataSection(dataset="cdnow")
    card = CardSection(owner="demo", purpose="show what crm_ml does", legal_basis="published research data")
    trained = train(
        TrainConfig.model_validate(
            {
                "data": data,
                "card": card,
                "out": str(folder / "models"),
                "tracking": {"store": str(folder / "mlflow.db")},
            }
        ),
        quiet=quiet,
    )
    predictor = Predictor.load(trained.bundle_folder)
    first, *rest = (str(folder / name) for name in _FILES)
    config = ScoreConfig(
        data=data,
        list=ListSection.model_validate({"language": language, "locale": language}),
        out=first,
        also=tuple(rest),
    )
    tx = read_log(data, config.engine)
    risk_list = make_list(predictor, tx, config, data_section(data, predictor))
    paths = write_list(risk_list, config, predictor, tx)
    return DemoResult(trained, risk_list, (*paths, trained.bundle_folder, Path(trained.store)))
