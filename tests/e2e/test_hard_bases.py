"""Hard but real bases and wrong inputs through the command line: a right answer or one clear message."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from crm_ml.cli.main import run
from crm_ml.prediction.bundle import read_bundle
from crm_ml.prediction.risk_list import worth_calling

START = pd.Timestamp("2022-01-01")
COLUMNS = ["customer_id", "timestamp", "amount"]


def _days(customer, days, amount=20.0):
    return [(customer, START + pd.Timedelta(days=int(day)), amount) for day in days]


def ordinary(customers=330, days=540, seed=0):
    """Buyers at their own pace, of whom many stop."""
    random = np.random.default_rng(seed)
    rows = []
    for number in range(customers):
        gaps = random.exponential(random.uniform(8, 60), 80)
        bought = random.integers(0, days // 2) + np.cumsum(gaps)
        stop = min(days, random.exponential(days))
        amount = round(float(random.lognormal(3, 0.6)), 2)
        rows += _days(f"c{number:04d}", bought[bought < stop], amount)
    return pd.DataFrame(rows, columns=COLUMNS)


def inverted():
    """Who bought recently never comes back, who is long away returns."""
    random = np.random.default_rng(1)
    rows = []
    for number in range(360):
        first = random.integers(0, 120 if number % 2 else 600)
        bought = np.arange(first, 620, 115) if number % 2 else first + np.array([0, 3, 6])
        rows += _days(f"c{number}", bought)
    return pd.DataFrame(rows, columns=COLUMNS)


def weekly():
    rows = [row for one in range(130) for row in _days(f"c{one}", range(one % 7, 500, 7), 10.0 + one % 5)]
    return pd.DataFrame(rows, columns=COLUMNS)


def bought_once():
    return pd.DataFrame([_days(f"c{one}", [one * 2])[0] for one in range(250)], columns=COLUMNS)


def one_customer():
    return pd.DataFrame(_days("only", range(0, 360, 30)), columns=COLUMNS)


def one_day():
    return pd.DataFrame([_days(f"c{one}", [0], one + 1.0)[0] for one in range(120)], columns=COLUMNS)


def yearly():
    rows = [row for one in range(200) for row in _days(f"c{one}", range(one, 1_400, 365), 100.0)]
    return pd.DataFrame(rows, columns=COLUMNS)


def strange_ids():
    names = ["😀", "O'Brien", 'say "hi"', "=1+1", "+31612345678", "-12", "@cmd", "a,b;c", "x" * 1000, "<b>"]
    table = one_day()
    return table.assign(customer_id=[*names, *table["customer_id"][len(names) :]])


def with_returns_only():
    returns = pd.DataFrame([*_days("returner", [100, 500], -50.0)], columns=COLUMNS)
    return pd.concat([bought_once(), returns])


BASES = {
    "inverted recency": inverted,
    "nobody stops": weekly,
    "everybody bought once": bought_once,
    "one customer": one_customer,
    "one day": one_day,
    "yearly buyers": yearly,
    "amounts all zero": lambda: ordinary().assign(amount=0.0),
    "huge amounts": lambda: bought_once().assign(amount=5e9),
    "strange ids": strange_ids,
    "a customer with returns only": with_returns_only,
}


@pytest.fixture
def crm(capsys, monkeypatch):
    """Run the command line here: ``crm("train", "c.yaml")`` → exit code, output, messages."""

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["crm-ml", *map(str, arguments)])
        code = 0
        try:
            run()
        except SystemExit as stop:
            code = int(stop.code or 0)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def config(folder, data, **more):
    """Write a small config."""
    values = {
        "data": data if isinstance(data, dict) else {"path": str(data), "amount": "amount"},
        "models": ["logistic", "rule_list", "btyd"],
        "evaluation": {"replicates": 50},
        "tracking": {"enabled": False},
        "out": str(folder / "models"),
        **more,
    }
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(values, allow_unicode=True), encoding="utf-8")
    return path


def written(folder, table, name="my orders.csv"):
    path = folder / name
    table.to_csv(path, index=False)
    return path


def files(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


@pytest.mark.parametrize("name", BASES)
def test_a_hard_base_gives_a_complete_list(name, tmp_path, crm):
    """Everybody who ever bought is listed with numbers where numbers belong, and totals tie."""
    table = BASES[name]()
    data = written(tmp_path, table)
    code, out, err = crm("train", config(tmp_path, data))
    assert (code, err) == (0, "")
    bundle = out.splitlines()[-1]
    code, out, _ = crm("score", "--bundle", bundle, "--data", data, "--out", tmp_path / "list.parquet")
    assert code == 0
    made = pd.read_parquet(tmp_path / "list.parquet")
    assert set(made["customer_id"]) == set(table.loc[table["amount"] >= 0, "customer_id"])
    assert made["p_stopped"].between(0, 1).all()
    assert made["p_at_risk"].between(0, 1).all()
    numbers = made[["expected_loss", "expected_spend", "clv", "clv_low", "clv_high", "contact_value"]]
    assert np.isfinite(numbers.to_numpy(dtype=float)).all()
    assert ((made["reason_1"] != "") == worth_calling(made)).all()
    assert (made.loc[made["p_at_risk"] < 0.1, "threat"] == "none").all()
    revenue = table["amount"][table["timestamp"] > table["timestamp"].max() - pd.Timedelta(days=365)].sum()
    bought = made["revenue_12m"].sum()
    returned = -50.0 if name == "a customer with returns only" else 0.0
    assert bought + returned == pytest.approx(revenue)
    assert not any("quarantine" in one for one in files(tmp_path))  # no row was refused


def test_a_base_of_equals_is_not_called_lost(tmp_path, crm):
    """Fifths of a number that is the same for all say nothing; nobody is the worst of them."""
    data = written(tmp_path, one_day())
    _, out, _ = crm("train", config(tmp_path, data))
    crm("score", "--bundle", out.splitlines()[-1], "--data", data, "--out", tmp_path / "list.parquet")
    made = pd.read_parquet(tmp_path / "list.parquet")
    assert set(made["rfm_score"]) <= {f"33{money}" for money in range(1, 6)}
    assert "too short a history" in out


def test_a_base_of_returns_is_refused(tmp_path, crm):
    data = written(tmp_path, ordinary(20).assign(amount=-5.0))
    before = files(tmp_path) | {"config.yaml"}
    code, _, err = crm("train", config(tmp_path, data))
    assert code == 2
    assert "no row is a purchase" in err
    assert files(tmp_path) == before


# --- own columns that know the outcome -------------------------------------------------------------------


@pytest.fixture(scope="module")
def leaking_table():
    """Reasons and loyalty tiers as known at the export, dated back: each value alone says little."""
    rows = [
        row
        for one in range(260)
        for row in _days(f"c{(one * 97) % 260:03d}", range(one % 50, 250 if one % 2 else 540, 10 + one % 9))
    ]
    table = pd.DataFrame(rows, columns=COLUMNS)
    random = np.random.default_rng(5)
    last = table.groupby("customer_id")["timestamp"].max()
    gone = (table["timestamp"].max() - last).dt.days.to_numpy() > 60
    words = np.where(gone, random.choice(["price", "moved"], len(gone)), random.choice(["a", "b"], len(gone)))
    extra = pd.DataFrame({"customer_id": last.index, "as_of": "2021-12-31", "status": words})
    return table, extra.assign(visits=random.poisson(3, len(extra)))


def _leaking(folder, leaking_table, **more):
    table, extra = leaking_table
    data = {
        "path": str(written(folder, table)),
        "amount": "amount",
        "extra": {"path": str(written(folder, extra, "extra.csv"))},
    }
    return config(folder, data, **{"horizon_days": 60, "tasks": ["stopped"], **more})


def test_a_text_column_recorded_after_the_fact_is_left_out_and_named(tmp_path, crm, leaking_table):
    """The categories are judged together; scoring then asks for the honest column only."""
    more = {"models": ["logistic"], "windows": {"n": 1}}
    code, out, _ = crm("train", path := _leaking(tmp_path, leaking_table, **more))
    assert code == 0
    assert "own column 'status' was left out" in out
    facts = read_bundle(out.splitlines()[-1]).facts
    assert facts["leaking"] == ["status"]
    assert facts["own_columns"] == {"categories": {}, "numbers": ["visits"]}
    assert not any(one.startswith("status") for one in facts["features"])
    code, out, _ = crm(
        "score", "--bundle", out.splitlines()[-1], "--config", path, "--out", tmp_path / "l.csv"
    )
    assert code == 0


def test_who_insists_keeps_the_column_and_is_told(tmp_path, crm, leaking_table):
    more = {"models": ["logistic"], "windows": {"n": 1}, "keep_leaking": ["status"]}
    code, out, _ = crm("train", _leaking(tmp_path, leaking_table, **more))
    assert code == 0
    assert "own column 'status' stays" in out
    facts = read_bundle(out.splitlines()[-1]).facts
    assert facts["leaking"] == []
    assert "status" in facts["own_columns"]["categories"]


def test_keep_leaking_of_an_unknown_column_is_refused(tmp_path, crm, leaking_table):
    code, _, err = crm("train", _leaking(tmp_path, leaking_table, keep_leaking=["statsu"]))
    assert code == 2
    assert "did you mean 'status'?" in err
    assert not (tmp_path / "models").exists()


def test_own_columns_with_too_short_a_history_are_no_error(tmp_path, crm, leaking_table):
    code, out, _ = crm("train", path := _leaking(tmp_path, leaking_table, horizon_days=400))
    assert code == 0
    bundle = out.splitlines()[-1]
    code, out, _ = crm("score", "--bundle", bundle, "--config", path, "--out", tmp_path / "l.csv")
    assert code == 0
    assert "trained without own columns" in out


def test_own_columns_of_strangers_are_told(tmp_path, crm, leaking_table):
    table, extra = leaking_table
    strangers = (table, extra.assign(customer_id="x" + extra["customer_id"]))
    code, out, _ = crm("train", _leaking(tmp_path, strangers, models=[]))
    assert code == 0
    assert "says nothing of any customer" in out


def test_a_forbidden_attribute_stops_before_anything_is_written(tmp_path, crm, leaking_table):
    table, extra = leaking_table
    code, _, err = crm("train", _leaking(tmp_path, (table, extra.assign(gender="f"))))
    assert code == 2
    assert "gender" in err
    assert not (tmp_path / "models").exists()


# --- wrong inputs leave nothing behind ---------------------------------------------------------------------


@pytest.fixture(scope="session")
def orders(tmp_path_factory):
    """A file with one row that is refused, so that a quarantine file would be written."""
    folder = tmp_path_factory.mktemp("hard")
    return written(folder, pd.concat([ordinary(120), pd.DataFrame([("", START, 1.0)], columns=COLUMNS)]))


@pytest.fixture(scope="session")
def short_bundle(orders, tmp_path_factory):
    """A bundle without models, for questions that do not depend on them."""
    from crm_ml.jobs.config_file import load_config
    from crm_ml.jobs.train import TrainConfig, train

    folder = tmp_path_factory.mktemp("bundle")
    made = config(folder, orders, horizon_days=400)
    return train(load_config(made, TrainConfig), quiet=True).bundle_folder


TABLES = {
    "twice": "id,owner,ok\nc0001,Els,ja\nc0001,Jan,ja\n",
    "word": "id,owner,ok\nc0001,Els,perhaps\n",
    "good": "id,owner,ok\nc0001,Els,ja\n",
    "stranger": "id\nc0001\nnobody\n",
    "empty": "",
}


def _score(crm, folder, bundle, orders, *more, out="out/list.csv", **data):
    names = {**TABLES, "orders": Path(orders).read_text(encoding="utf-8")}
    for name, text in names.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    path = folder / "score.yaml"
    path.write_text(yaml.safe_dump({"data": {"path": str(orders), **data}}), encoding="utf-8")
    return crm("score", "--bundle", bundle, "--config", path, "--out", folder / out, *more)


def _accounts(folder, name, **columns):
    section = {
        "path": str(folder / f"{name}.csv"),
        "customer_id": "id",
        "owner": "owner",
        "may_contact": "ok",
    }
    return {"accounts": {**section, **columns}}


@pytest.mark.parametrize(
    ("name", "columns", "message"),
    [
        ("twice", {}, "lists customers twice"),
        ("word", {}, "neither yes nor no"),
        ("good", {"owner": "ownr"}, "did you mean 'owner'?"),
        ("nowhere", {}, "not readable"),
        ("empty", {}, "not readable"),
    ],
)
def test_a_wrong_accounts_table_stops_and_leaves_nothing(
    name, columns, message, tmp_path, crm, orders, short_bundle
):
    code, _, err = _score(crm, tmp_path, short_bundle, orders, **_accounts(tmp_path, name, **columns))
    assert code == 2
    assert message in err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--as-of", "2022-02-01"], "before the training cutoff"),
        (["--last-list", "nowhere.parquet"], "not readable"),
    ],
)
def test_a_wrong_option_of_score_stops_and_leaves_nothing(more, message, tmp_path, crm, orders, short_bundle):
    code, _, err = _score(crm, tmp_path, short_bundle, orders, *more)
    assert code == 2
    assert message in err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("out", "message"), [("out/list.docx", "unknown kind of output"), ("orders.csv/l.csv", "is a file")]
)
def test_an_impossible_output_stops_at_once(out, message, tmp_path, crm, orders, short_bundle):
    code, _, err = _score(crm, tmp_path, short_bundle, orders, out=out)
    assert code == 2
    assert message in err


def test_ids_that_match_nobody_are_told(tmp_path, crm, orders, short_bundle):
    """A suppression list that is written differently would suppress nobody without a word."""
    section = {"suppression": {"path": str(tmp_path / "stranger.csv"), "customer_id": "id"}}
    code, out, _ = _score(crm, tmp_path, short_bundle, orders, **section)
    assert code == 0
    assert "1 of 2 ids of the suppression table" in out
    assert "1 suppressed" in out


def test_refused_rows_stand_beside_the_list_and_an_old_file_is_emptied(tmp_path, crm, orders, short_bundle):
    _score(crm, tmp_path, short_bundle, orders)
    refused = tmp_path / "out" / "quarantine.csv"
    assert len(pd.read_csv(refused)) == 1
    clean = written(tmp_path, ordinary(120), "clean.csv")
    _score(crm, tmp_path, short_bundle, clean)
    assert len(pd.read_csv(refused)) == 0
    assert files(tmp_path / "out") == {"list.csv", "quarantine.csv"}


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"cutoff": "2031-01-01"}, "not fully observed"),
        ({"cutoff": "2001-01-01"}, "nothing precedes the cutoff"),
        ({"features": ["recensy_days"]}, "did you mean 'recency_days'?"),
        ({"models": ["logistic"], "model_settings": {"logistic": {"CC": 3}}}, "unknown parameter"),
    ],
)
def test_a_wrong_training_stops_and_leaves_nothing(more, message, tmp_path, crm):
    data = written(tmp_path, ordinary())
    code, _, err = crm("train", config(tmp_path, data, **{"tasks": ["stopped"], "horizon_days": 60, **more}))
    assert code == 2
    assert message in err
    assert files(tmp_path) == {data.name, "config.yaml"}


def test_a_horizon_shorter_than_customers_wait_is_told(tmp_path, crm):
    """Of yearly buyers most do not buy in a quarter; the list must not pass that over in silence."""
    _, out, _ = crm("train", config(tmp_path, written(tmp_path, yearly())))
    assert "choose a longer horizon" in out


def test_a_class_that_nobody_had_in_training_gets_no_chance(tmp_path, crm):
    """Where everybody stays or stops, nobody dries up: a number, not a crash."""
    data = written(tmp_path, inverted())
    code, out, _ = crm("train", config(tmp_path, data, tasks=["stopped", "at_risk"], models=["logistic"]))
    assert code == 0
    crm("score", "--bundle", out.splitlines()[-1], "--data", data, "--out", tmp_path / "list.parquet")
    made = pd.read_parquet(tmp_path / "list.parquet")
    established = made["usual_spend"].notna()
    assert made.loc[established, "p_drying_up"].notna().all()
