"""Training judges on later data, exports what it judged, and says why when it cannot."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pandas as pd
import pytest

from crm_ml.base.exceptions import WindowError
from crm_ml.data.datasets import load_cdnow
from crm_ml.data.reading import read_transactions
from crm_ml.evaluation.base_level import foresee_base
from crm_ml.jobs.score import score
from crm_ml.jobs.train import train
from crm_ml.models.catalog import from_parts
from crm_ml.prediction.bundle import read_bundle
from crm_ml.prediction.predictor import Predictor
from crm_ml.prediction.snapshot import take_snapshot


def content(folder):
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_every_task_is_judged_beside_recency_own_rate_and_chance(trained):
    assert set(trained.comparisons) == {"stopped", "at_risk", "segment", "value"}
    for comparison in trained.comparisons.values():
        names = set(comparison.table["model"])
        assert {"recency_only", "naive_rate", "base_rate", "chance", "logistic"} <= names


def test_the_printed_table_names_the_champion_and_the_chance_level(trained):
    text = str(trained)
    assert "champion: " in text
    assert "would if nobody had changed" in text


def test_training_twice_gives_the_same_bytes(trained, tmp_path, train_config):
    again = train(train_config(tmp_path), quiet=True)
    assert again.bundle_folder.name == trained.bundle_folder.name
    assert content(again.bundle_folder) == content(trained.bundle_folder)


def test_a_list_of_the_day_of_training_stands_at_the_foreseen_level(trained, tx, predictor):
    """What the refit learnt of its last label period is moved to what the base is expected to do next."""
    bundle = read_bundle(trained.bundle_folder)
    facts, name = bundle.facts, bundle.facts["tasks"]["stopped"]["champion"]
    level = foresee_base(tx, facts["cutoff"], facts["horizon_days"])
    parts = bundle.models["stopped", name]
    unmoved = from_parts(
        replace(parts, arrays={key: value for key, value in parts.arrays.items() if key != "offset"})
    )
    rows = take_snapshot(tx, facts["cutoff"], facts["horizon_days"])
    own = unmoved.predict_proba(rows)[:, 1].mean()
    listed = predictor.score(tx, as_of=facts["cutoff"]).table["p_stopped"].mean()
    assert min(own, level.silent) < listed < max(own, level.silent)
    assert listed == pytest.approx(own + level.trust_silent * (level.silent - own), abs=0.01)


def test_who_names_a_cutoff_gets_models_that_know_nothing_after_it(tmp_path, train_config):
    made = train(
        train_config(tmp_path, cutoff="1998-01-01", tasks=["stopped"], models=["logistic"]), quiet=True
    )
    assert read_bundle(made.bundle_folder).facts["cutoff"] == "1998-01-01"


def test_later_rows_change_nothing_in_a_bundle_with_a_cutoff(tmp_path, tx, train_config):
    rows = tx.engine.to_arrow(tx.log).to_pandas()
    rows = rows.assign(date=pd.to_datetime(rows["day"], unit="D"), money=rows["amount"] / 10_000)
    until = pd.Timestamp("1998-04-01")
    made = []
    for name, kept in (("all", rows), ("until", rows[rows["date"] < until])):
        path = tmp_path / f"{name}.parquet"
        kept[["customer_id", "date", "money"]].to_parquet(path)
        data = {"path": str(path), "timestamp": "date", "amount": "money"}
        options = {"data": data, "cutoff": "1998-01-01", "tasks": ["stopped"], "models": ["logistic"]}
        made.append(read_bundle(train(train_config(tmp_path / name, **options), quiet=True).bundle_folder))
    assert made[0].facts["tasks"] == made[1].facts["tasks"]
    assert made[0].facts["bands"] == made[1].facts["bands"]
    first, second = (one.models["stopped", one.facts["tasks"]["stopped"]["champion"]] for one in made)
    assert first.settings == second.settings


def test_a_cutoff_outside_the_data_is_refused(tmp_path, train_config):
    with pytest.raises(WindowError):
        train(train_config(tmp_path, cutoff="2005-01-01"), quiet=True)
    assert not list(tmp_path.glob("crm-*"))


@pytest.mark.parametrize("days", [1, 40, 130])
def test_a_short_history_still_gives_a_list_and_says_why(tmp_path, days, train_config):
    start = pd.Timestamp("2024-01-01")
    rows = [(f"c{i % 60}", start + pd.Timedelta(days=(i * 7) % days), 10.0 + i % 9) for i in range(240)]
    table = pd.DataFrame(rows, columns=["customer_id", "timestamp", "amount"])
    path = tmp_path / "short.parquet"
    table.to_parquet(path)
    data = {"path": str(path), "amount": "amount"}
    made = train(train_config(tmp_path / "out", data=data), quiet=True)
    assert made.warnings
    out = tmp_path / "list.parquet"
    scored = score_config(made.bundle_folder, path, out)
    result = score(scored, quiet=True)
    assert len(result.risk_list) == 60
    assert set(pd.read_parquet(out)["score_basis"]) <= {"btyd", "base_rate", "bought_once", "few_purchases"}
    assert result.risk_list.table["p_stopped"].between(0, 1).all()


def score_config(bundle, path, out):
    from crm_ml.jobs.config import ScoreConfig

    return ScoreConfig.model_validate({"bundle": str(bundle), "data": {"path": str(path)}, "out": str(out)})


def test_a_purchase_model_without_its_features_is_left_out_and_named(tmp_path, train_config):
    """A config that leaves out frequency, t_x and T trains the other techniques, and says it once."""
    config = train_config(
        tmp_path / "bundle",
        features=["recency_days", "purchase_days", "gap_median", "revenue"],
        models=["logistic", "btyd", "two_part", "value_blend"],
        tasks=["stopped", "value"],
    )
    result = train(config, quiet=True)
    lacking = "was left out: the chosen features lack frequency, t_x, T"
    said = [one for one in result.warnings if "left out" in one]
    assert said == [f"btyd {lacking}", f"value_blend {lacking}"]
    for task, names in (("stopped", {"logistic"}), ("value", {"logistic", "two_part"})):
        table = result.comparisons[task].table
        assert set(table.loc[table["role"] == "model", "model"]) == names
        assert "naive_rate" in set(table["model"])  # what must be beaten is no matter of choice
    assert len(Predictor.load(result.bundle_folder).score(load_cdnow(sample=True)).table)


def test_with_nothing_but_a_purchase_model_and_no_features_for_it_a_baseline_speaks(tmp_path, train_config):
    config = train_config(tmp_path / "bundle", features=["recency_days"], models=["btyd"], tasks=["stopped"])
    found = train(config, quiet=True).comparisons["stopped"]
    assert found.verdict == "no_model_beats_baseline"
    assert found.reason.endswith("no model was trained")


def test_a_base_without_amounts_works_on_counts(tmp_path, tx, train_config):
    rows = tx.engine.to_arrow(tx.log).to_pandas()
    rows["timestamp"] = pd.to_datetime(rows["day"], unit="D")
    path = tmp_path / "counts.parquet"
    rows[["customer_id", "timestamp"]].to_parquet(path)
    made = train(train_config(tmp_path / "out", data={"path": str(path)}, models=["logistic"]), quiet=True)
    out = tmp_path / "list.csv"
    result = score(score_config(made.bundle_folder, path, out), quiet=True)
    assert set(result.risk_list.table["basis"]) == {"purchases"}
    assert result.risk_list.table["clv"].isna().all()
    assert result.risk_list.table["expected_loss"].max() > 0
    assert read_transactions(path).has_money is False
