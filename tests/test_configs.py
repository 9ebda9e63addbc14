"""Every config in configs/ works with the job it is named for; the commented one shows the defaults."""

from pathlib import Path

import pytest

from crm_ml.jobs.config import CONFIGS, BacktestConfig, ScoreConfig, TrainConfig, UpliftConfig
from crm_ml.jobs.config_file import load_config
from crm_ml.jobs.inputs import read_log

FOLDER = Path(__file__).parent.parent / "configs"
FILES = sorted(FOLDER.glob("*.yaml"))


def test_the_promised_files_are_there():
    """One a job, and one a real data set."""
    promised = {"train", "score", "backtest", "analyse", "serve", "cdnow", "online_retail", "superstore"}
    assert promised <= {path.stem for path in FILES}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_config_is_valid(path, monkeypatch):
    """Each file is accepted by its own job; those of a data set by every job that takes one."""
    monkeypatch.setenv("CRM_ML_DATA", "data")
    kinds = [CONFIGS[path.stem]] if path.stem in CONFIGS else [TrainConfig, BacktestConfig, ScoreConfig]
    for kind in kinds:
        load_config(path, kind)


def test_the_config_of_a_campaign_is_valid(monkeypatch):
    """It names columns of a table, not transactions."""
    monkeypatch.setenv("CRM_ML_DATA", "data")
    config = load_config(FOLDER / "hillstrom.yaml", UpliftConfig)
    assert config.campaign.path == "data/hillstrom.parquet"
    assert not {"visit", "conversion", "spend"} & set(config.campaign.features)


def test_the_commented_config_shows_the_defaults():
    """What train.yaml writes out is what happens without it, apart from the data and their basis."""
    shown = load_config(FOLDER / "train.yaml", TrainConfig)
    assert shown.model_copy(update={"data": TrainConfig().data}) == TrainConfig()


@pytest.mark.parametrize(
    ("name", "read", "accepted_customers"),
    [("cdnow", 69_659, 23_570), ("online_retail", 320_705, None), ("superstore", 9_994, 793)],
)
def test_configs_of_real_data_read_them(name, read, accepted_customers, data_folder, monkeypatch):
    """Every row of the real files is accepted or quarantined under the shipped rules."""
    monkeypatch.setenv("CRM_ML_DATA", str(data_folder))
    config = load_config(FOLDER / f"{name}.yaml", TrainConfig)
    counts = read_log(config.data, config.engine).counts
    assert counts["read"] == read
    assert counts["accepted"] + counts["quarantined"] == read
    if accepted_customers:
        assert counts["customers"] == accepted_customers
