"""Made the bundle beside this file; run it with the version whose format is to be kept.

``python tests/prediction/old_bundles/make.py`` trains a small bundle on the CDNOW sample and stores what it
says of a few customers. ``test_old_bundles.py`` holds every later version to those numbers.
"""

from __future__ import annotations

import json
from pathlib import Path

from crm_ml.data.datasets import load_cdnow
from crm_ml.jobs.config import TrainConfig
from crm_ml.jobs.train import train
from crm_ml.prediction.predictor import Predictor

HERE = Path(__file__).parent
CUSTOMERS = 6


def main() -> None:
    """Train, export, and store the scores of the first customers."""
    config = {
        "data": {"dataset": "cdnow_sample"},
        "models": ["lightgbm", "rule_list"],
        "tasks": ["stopped", "at_risk", "value"],
        "evaluation": {"replicates": 10, "confidence": 0.1},
        "card": {"owner": "tests", "purpose": "a bundle of an earlier version"},
        "tracking": {"enabled": False},
        "out": str(HERE),
    }
    folder = train(TrainConfig.model_validate(config), quiet=True).bundle_folder
    predictor = Predictor.load(folder)
    rows = predictor.snapshot(load_cdnow(sample=True)).iloc[:CUSTOMERS]
    scores = {"rows": json.loads(rows.to_json()), "scores": json.loads(predictor.predict(rows).to_json())}
    folder.with_suffix(".json").write_text(json.dumps(scores, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
