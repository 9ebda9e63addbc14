"""The look back: a list that was right is called right, one that was not rings an alarm."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from crm_ml.base.exceptions import ColumnError, ConfigError
from crm_ml.base.result import Result
from crm_ml.data.datasets import load_cdnow
from crm_ml.evaluation.list_changes import list_changes
from crm_ml.evaluation.list_quality import list_quality
from crm_ml.jobs.alarms import alarms
from crm_ml.jobs.config import MonitorConfig, TrainConfig
from crm_ml.jobs.monitor import monitor
from crm_ml.jobs.train import train
from crm_ml.prediction.predictor import Predictor

CUTOFF = "1998-03-01"


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    """Models that know nothing after the date of the list, so that the months since can judge it."""
    config = {
        "data": {"dataset": "cdnow"},
        "cutoff": CUTOFF,
        "models": ["logistic"],
        "tasks": ["stopped"],
        "evaluation": {"replicates": 20},
        "tracking": {"enabled": False},
        "out": str(tmp_path_factory.mktemp("models")),
    }
    return train(TrainConfig.model_validate(config), quiet=True).bundle_folder


@pytest.fixture(scope="module")
def tx():
    return load_cdnow()


@pytest.fixture(scope="module")
def past(bundle, tx):
    return Predictor.load(bundle).score(tx, CUTOFF).table


@pytest.fixture
def looked_back(past, bundle, tmp_path, mlflow_store):
    """Run the job on a list that a test may have spoilt."""

    def run(table=past, **more):
        path = tmp_path / "last.parquet"
        table.to_parquet(path)
        config = {
            "list_path": str(path),
            "data": {"dataset": "cdnow"},
            "bundle": str(bundle),
            "out": str(tmp_path / "out"),
            "tracking": {"store": str(mlflow_store)},
            "evaluation": {"replicates": 50},
            **more,
        }
        return monitor(MonitorConfig.model_validate(config), quiet=True)

    return run


@pytest.mark.slow
def test_a_look_back_at_real_customers(looked_back, past, tmp_path, mlflow_store):
    """Quality beside recency and chance, outcome, changes and drift; in files, and as a tracked run."""
    called = past.loc[past["contact_group"] == "contact", ["customer_id"]].head(300)
    called.to_csv(tmp_path / "contacts.csv", index=False)
    result = looked_back(outcomes=str(tmp_path / "contacts.csv"), language="nl")
    by_name = {one.name: one for one in result.results}
    assert list(by_name) == ["list_quality", "list_outcome", "list_changes", "drift"]
    table = by_name["list_quality"].table
    assert set(table["population"]) == {"everybody", "held_out"}
    ranked = table[table["population"] == "everybody"].set_index("ranking")
    assert ranked.loc["chance", "auc"] == 0.5
    assert ranked.loc["list", "auc_low"] < ranked.loc["list", "auc"] < ranked.loc["list", "auc_high"]
    assert ranked.loc["list", "auc"] > 0.6
    assert ranked.loc["list", "customers"] == len(past)
    assert 0 < by_name["list_outcome"].table["followed"].iloc[0] < 1
    assert by_name["list_changes"].figures["customers_before"] == len(past)
    assert by_name["drift"].figures["features"] > 5
    assert {path.name for path in result.folder.iterdir()} >= {"monitor.xlsx", "monitor.html", "tables"}
    assert "had de vorige lijst gelijk" in (result.folder / "monitor.html").read_text("utf-8").casefold()

    from crm_ml.tracking.store import open_store

    run = open_store(mlflow_store).get_run(result.run_id)
    assert run.info.status == "FINISHED"
    assert "list_quality.calibration_z" in run.data.metrics


@pytest.mark.slow
def test_a_list_of_which_the_horizon_has_not_passed_is_not_judged(looked_back, past):
    """Too early is an answer; a half observed horizon would call everybody lost."""
    result = looked_back(as_of="1998-04-15")
    quality = next(one for one in result.results if one.name == "list_quality")
    assert quality.table.empty
    assert "have not passed yet" in quality.warnings[0]
    assert not [one for one in result.alarms if "ranks" in one or "stopped" in one]


@pytest.fixture(scope="module")
def judged(past, tx):
    return list_quality(past, tx)


def test_a_list_upside_down_rings_the_alarm(past, tx):
    """A ranking that is worse than recency is told, and so is one that is worse than chance."""
    spoilt = past.assign(p_stopped=1 - past["p_stopped"])
    said = alarms([list_quality(spoilt, tx)])
    assert any("wrong way round" in one for one in said)


def test_chances_that_did_not_come_true_ring_the_alarm(past, tx):
    """Half as many as were expected is more than chance explains."""
    said = alarms([list_quality(past.assign(p_stopped=past["p_stopped"] / 4), tx)])
    assert any("were expected" in one for one in said)


def test_the_held_out_tell_what_would_have_happened(past, judged):
    """Whom nobody called is judged apart, and alone decides on calibration."""
    held = past[past["contact_group"] == "holdout"]
    assert judged.figures["expected_stopped"] == pytest.approx(held["p_stopped"].sum())
    assert judged.tables["calibration"]["n"].sum() == len(held)


def test_money_is_forecast_against_what_was_spent(past, judged, tx):
    """Money of the horizon ties to the ledger of the listed customers."""
    money = judged.tables["money"].set_index("line")
    assert money.loc["spend", "forecast"] == pytest.approx(past["expected_spend"].sum())
    rows = tx.engine.to_arrow(tx.log).to_pandas()
    start = (pd.Timestamp(CUTOFF) - pd.Timestamp(0)).days
    inside = rows[(rows["day"] >= start) & (rows["day"] < start + int(past["horizon_days"].iloc[0]))]
    inside = inside[inside["customer_id"].isin(past["customer_id"])]
    assert money.loc["spend", "observed"] == pytest.approx(inside["amount"].sum() / 10_000)
    assert 0 <= money.loc["lost_money_in_the_top_by_list", "observed"] <= 1


def test_customers_who_are_not_in_the_log_are_counted(past, tx):
    """Merged or erased customers are no leavers."""
    renamed = past.assign(customer_id=past["customer_id"].where(past["rank"] > 5, "x" + past["customer_id"]))
    result = list_quality(renamed, tx)
    assert result.n == len(past) - 5
    assert "5 customers" in result.warnings[0]


def test_changes_add_up(past):
    """Everybody is new, gone, risen, fallen or the same."""
    now = past.iloc[10:].assign(risk_band=np.where(past.index[10:] % 2, "high", "low"))
    now = pd.concat([now, now.head(2).assign(customer_id=["new1", "new2"])])
    result = list_changes(past, now)
    table = result.table.set_index("moved")
    assert table["customers"].sum() == len(past) + 2
    assert (table.loc["new", "customers"], table.loc["gone", "customers"]) == (2, 10)
    assert table["loss_before"].sum() == pytest.approx(past["expected_loss"].sum())
    assert result.tables["bands"].set_index("band_before").to_numpy().sum() == len(past) + 2


def test_something_else_than_a_list_is_refused(past):
    with pytest.raises(ColumnError, match="lacks columns"):
        list_changes(past, pd.DataFrame({"customer_id": ["a"]}))
    with pytest.raises(ConfigError, match="no list is named"):
        monitor(MonitorConfig(), quiet=True)


def test_alarms_of_outcome_and_drift():
    """A campaign that cost money, and a base that is another one."""
    outcome = Result(
        "list_outcome", pd.DataFrame({"list": ["a"], "verdict": ["cost_money"], "brought": [-5.0]})
    )
    drift = Result("drift", pd.DataFrame(), figures={"shifted_share": 0.6, "gone_missing": 1})
    said = alarms([outcome, drift])
    assert len(said) == 3
    calm = dataclasses.replace(drift, figures={"shifted_share": 0.1, "gone_missing": 0})
    assert alarms([calm]) == ()
