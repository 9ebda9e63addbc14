"""A config tells its user every mistake at once, by file, line and key."""

import datetime as dt

import pytest

from crm_ml.base.exceptions import ConfigError
from crm_ml.jobs.config import CONFIGS, BacktestConfig, ScoreConfig, TrainConfig
from crm_ml.jobs.config_file import load_config


@pytest.fixture
def file(tmp_path):
    def write(text):
        path = tmp_path / "train.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize("kind", list(CONFIGS.values()), ids=list(CONFIGS))
def test_every_key_has_a_default(kind, file):
    """An empty file is a config of every kind."""
    assert load_config(file(""), kind) == kind()


def test_small_train_config(file):
    """The whole of a small config in DESIGN.md works as written."""
    config = load_config(
        file(
            "data: {path: orders.parquet, customer_id: client, timestamp: day, amount: a * b}\n"
            "horizon_days: 90\n"
            "models: [logistic, decision_tree, neural_net, rule_list, lightgbm, btyd]\n"
            "tracking: {experiment: crm, store: models/mlflow.db}\n"
            "engine: {kind: duckdb, memory_limit: 4GB}\n"
        ),
        TrainConfig,
    )
    assert config.data.amount == "a * b"
    assert config.engine.memory_limit == "4GB"
    assert config.models[-1] == "btyd"


def test_one_file_for_all_jobs(file):
    """Keys of another job are no mistake: one file serves train, backtest and score."""
    path = file("data: {path: a.csv}\nhorizon_days: 30\nrefit: false\nas_of: 2011-09-01\n")
    assert load_config(path, TrainConfig).refit is False
    assert load_config(path, BacktestConfig).horizon_days == 30
    assert load_config(path, ScoreConfig).as_of == dt.date(2011, 9, 1)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("seed: 1\nhorizon_day: 30\n", "line 2: unknown key 'horizon_day', did you mean 'horizon_days'?"),
        ("data:\n  custmer_id: x\n", "line 2: unknown key 'data.custmer_id', did you mean 'customer_id'?"),
        ("data: {accounts: {path: a, ower: x}}\n", "unknown key 'data.accounts.ower', did you mean 'owner'?"),
        (
            "data:\n  extra:\n    path: a\n    colums: [x]\n",
            "line 4: unknown key 'data.extra.colums', did you",
        ),
        ("engine:\n  memory: 4GB\n", "line 2: unknown key 'engine.memory', did you mean 'memory_limit'?"),
        ("engine: {kind: dukdb}\n", "did you mean 'duckdb'?"),
        ("models: [logistic, lightgmb]\n", "did you mean 'lightgbm'?"),
        ("horizon_days: soon\n", "line 1: horizon_days: input should be a valid integer"),
        ("seed: 1\ncutoff: 2011-13-45\n", "line 2: cutoff: input should be a valid date"),
        ("horizon_days: 0\n", "line 1: horizon_days: input should be greater than 0"),
        ("list: {holdout_share: 1.5}\n", "list.holdout_share: input should be less than or equal to 1"),
        ("data: {path: a.csv, dataset: cdnow}\n", "name one of path, dataset and sql, not path and dataset"),
        ("data: {sql: {query: select 1}}\n", "data.sql.url is missing"),
        ("clv: {discount_rate: .nan}\n", "clv.discount_rate: input should be a finite number"),
        ("completely_unknown_option: 1\n", "known: data, engine"),
    ],
)
def test_refused(file, text, says):
    """The message names line, key and the nearest name."""
    path = file(text)
    with pytest.raises(ConfigError) as caught:
        load_config(path, TrainConfig)
    assert says in str(caught.value)
    assert str(path) in str(caught.value)


def test_all_problems_at_once(file):
    """A user mends a file in one round."""
    with pytest.raises(ConfigError, match="3 problems"):
        load_config(file("sed: 1\nhorizon_days: x\nmodels: [magic]\n"), TrainConfig)


def test_overrides_win_over_the_file(file):
    """What the command line says stands above the file, and is checked alike."""
    path = file("data: {path: a.csv, amount: net}\nseed: 1\n")
    config = load_config(path, TrainConfig, {"data.path": "b.csv", "seed": 2, "out": None})
    assert (config.data.path, config.data.amount, config.seed, config.out) == ("b.csv", "net", 2, "models")
    with pytest.raises(ConfigError, match="as_of: "):
        load_config(None, ScoreConfig, {"as_of": "yesterday"})


def test_configs_are_frozen_and_keep_secrets(file, monkeypatch):
    """A job cannot change its config, and a printed config does not show a password."""
    monkeypatch.setenv("CRM_ML_TEST_URL", "postgresql://me:hunter2@host/db")
    config = load_config(file("data: {sql: {url: '${CRM_ML_TEST_URL}', query: select 1}}\n"), TrainConfig)
    assert "hunter2" not in repr(config) + config.model_dump_json()
    with pytest.raises(ValueError, match="frozen"):
        config.seed = 3
