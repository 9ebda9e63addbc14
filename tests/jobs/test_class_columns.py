"""Classes by config: learnt from, predicted, judged over past cutoffs, and in the list."""

import pandas as pd
import pytest

from crm_ml.base.exceptions import BundleError, InputError
from crm_ml.data.company.make import make_company
from crm_ml.jobs.backtest import run_backtest
from crm_ml.jobs.class_columns import classes_of_bundle, with_classes
from crm_ml.jobs.config import BacktestConfig, ScoreConfig, TrainConfig
from crm_ml.jobs.inputs import read_log
from crm_ml.jobs.score import score
from crm_ml.jobs.train import train
from crm_ml.prediction.columns import value_label
from crm_ml.prediction.predictor import Predictor

CLASSES = ("pyramid_class", "account_class", "whitney_action")
SMALL = {
    "data": {"dataset": "company"},
    "horizon_days": 180,
    "models": ["decision_tree"],
    "windows": {"n": 2},
    "evaluation": {"replicates": 10},
    "tracking": {"enabled": False},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("classes")


@pytest.fixture(scope="module")
def accounts(folder):
    """The company's accounts as somebody scored them at the beginning of 2022."""
    path = folder / "accounts.csv"
    table = make_company().tables["accounts"][["customer_id", "learning", "potential"]]
    table.assign(as_of="2022-01-01").to_csv(path, index=False)
    return str(path)


@pytest.fixture(scope="module")
def trained(folder, accounts):
    config = {
        **SMALL, "tasks": ["segment"], "classes": CLASSES, "labels": {"segment": "whitney_action"},
        "tables": {"accounts": accounts}, "out": str(folder / "models"),
    }  # fmt: skip
    return train(TrainConfig.model_validate(config), quiet=True)


def test_a_model_learns_from_classes_and_is_judged_beside_the_baselines(trained):
    comparison = trained.comparisons["segment"]
    assert comparison.champion_is_model
    assert {"recency_only", "naive_rate", "base_rate"} <= set(comparison.table["model"])
    predictor = Predictor.load(trained.bundle_folder)
    encoding = predictor.facts["own_columns"]["categories"]
    assert set(encoding) == set(CLASSES)
    assert "keep_and_invest" in encoding["whitney_action"]
    assert predictor.facts["classes"]["columns"] == list(CLASSES)
    assert predictor.facts["classes"]["accounts"]


def test_the_list_says_which_class_comes_and_a_person_decides_where_it_ends_something(
    trained, folder, accounts
):
    """Scoring computes the classes of the day itself; the strict columns of the list stay."""
    config = ScoreConfig.model_validate(
        {
            "bundle": str(trained.bundle_folder), "data": {"dataset": "company"},
            "tables": {"accounts": accounts}, "out": str(folder / "list.parquet"),
        }
    )  # fmt: skip
    score(config, quiet=True)
    made = pd.read_parquet(folder / "list.parquet")
    assert {"keep_and_invest", "contribution_too_small"} <= set(made["next_class"])
    assert made["p_next_class"].between(1 / 9, 1).all()
    ends = made["next_class"].isin(["contribution_too_small", "invest_elsewhere"])
    assert made.loc[ends, "human_review_required"].all()
    for language in ("nl", "en"):
        for name in set(made["next_class"]):
            assert value_label("next_class", name, language) != name or name == "inactive"


def test_a_notebook_asks_for_the_chance_of_every_class(trained, accounts):
    predictor = Predictor.load(trained.bundle_folder)
    tx = read_log(TrainConfig.model_validate(SMALL).data, TrainConfig.model_validate(SMALL).engine)
    own = classes_of_bundle(None, tx, predictor.facts, {"accounts": accounts}, "2025-01-01")
    chances = predictor.predict_classes(predictor.snapshot(tx, "2025-01-01", own))
    assert chances.sum(axis=1).to_numpy() == pytest.approx(1.0)
    assert "inactive" in chances


def test_scoring_asks_for_the_judged_accounts_that_training_had(trained, folder):
    config = {"bundle": str(trained.bundle_folder), "data": {"dataset": "company"}}
    with pytest.raises(InputError, match=r"no table of them.*tables\.accounts"):
        score(ScoreConfig.model_validate({**config, "out": str(folder / "no.parquet")}), quiet=True)


def test_accounts_without_a_date_stop_a_training_before_anything_is_fitted(folder, tmp_path):
    path = tmp_path / "accounts.csv"
    make_company().tables["accounts"].to_csv(path, index=False)
    config = {**SMALL, "tables": {"accounts": str(path)}, "classes": ["account_class"]}
    with pytest.raises(InputError, match=r"does not say when its scores were known"):
        train(TrainConfig.model_validate({**config, "out": str(tmp_path / "m")}), quiet=True)
    assert not (tmp_path / "m").exists()


def test_a_backtest_judges_account_classes_over_past_cutoffs(folder):
    config = {
        **SMALL, "tasks": ["segment"], "classes": ["account_class"], "labels": {"segment": "account_class"},
        "cutoffs": 2, "out": str(folder / "backtest"),
    }  # fmt: skip
    found = run_backtest(BacktestConfig.model_validate(config), quiet=True)
    assert not found.skipped
    table = found.comparisons["segment"].table.set_index("model")
    assert table.loc["decision_tree", "auc"] > table.loc["base_rate", "auc"] + 0.1


def test_classes_join_the_own_columns_of_the_config(tmp_path):
    """Both as known at each cutoff; a name that both have is refused."""
    from crm_ml.data.own_columns import OwnColumns

    config = TrainConfig.model_validate({**SMALL, "classes": ["pyramid_class"]})
    tx = read_log(config.data, config.engine)
    visits = pd.DataFrame(
        {"customer_id": ["C0000001"] * 2, "as_of": ["2023-01-01", "2024-06-01"], "visits": [3, 9]}
    )
    own = with_classes(OwnColumns(visits), tx, config, ["2024-01-01", "2024-07-01"])
    assert own is not None
    assert own.names == ["pyramid_class", "visits"]
    assert [own.known_at(day)["visits"]["C0000001"] for day in ("2024-01-01", "2024-07-01")] == [3.0, 9.0]
    assert set(own.known_at("2024-01-01")["pyramid_class"]) >= {"top", "large", "medium", "small"}
    clash = OwnColumns(visits.rename(columns={"visits": "pyramid_class"}))
    with pytest.raises(InputError, match="also a column of the extra table"):
        with_classes(clash, tx, config, ["2024-01-01"])


def test_a_class_that_the_data_cannot_tell_is_refused(folder):
    config = {
        **SMALL, "data": {"dataset": "cdnow_sample"}, "horizon_days": 60, "classes": ["whitney_action"],
    }  # fmt: skip
    with pytest.raises(InputError, match=r"whitney_action.*margin_rate"):
        train(TrainConfig.model_validate({**config, "out": str(folder / "w")}), quiet=True)


def test_a_bundle_without_the_task_says_so(small_training):
    predictor = Predictor.load(small_training.bundle_folder)
    tx = read_log(
        TrainConfig.model_validate({"data": {"dataset": "cdnow_sample"}}).data, TrainConfig().engine
    )
    with pytest.raises(BundleError, match="predicts no class"):
        predictor.predict_classes(predictor.snapshot(tx))
    made = predictor.score(tx).table
    assert set(made["next_class"]) == {""}
    assert made["p_next_class"].isna().all()
