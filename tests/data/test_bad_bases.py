"""Bases as they come: thin, gapped, spiky, with lines that are no products (lines 25 to 29 of bad input)."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from crm_ml.data.quality import completeness
from crm_ml.jobs.config import ScoreConfig, TrainConfig
from crm_ml.jobs.score import score
from crm_ml.jobs.train import train

from .conftest import balanced, found


def base(days, customers=7):
    """Return a base with a row on each of these days since 2024-01-01."""
    start = dt.date(2023, 1, 1)
    return pd.DataFrame(
        {
            "id": [f"c{number % customers}" for number in range(len(days))],
            "day": [start + dt.timedelta(days=day) for day in days],
            "net": 1.0,
        }
    )


def findings(tx):
    """Return the report by finding."""
    return completeness(tx).table.set_index("finding")


@pytest.mark.parametrize(
    ("days", "customers", "finding"),
    [
        ([5] * 9, 9, "a single day"),
        (range(9), 9, "every customer bought once"),
        (range(9), 1, "a single customer"),
    ],
)
def test_line_25_thin_bases_are_read_and_named(read, days, customers, finding):
    """What no model can learn from is still a base: it is read, with the reason said."""
    tx = read(base(list(days), customers))
    assert tx.counts["accepted"] == 9
    assert findings(tx).loc[finding, "action"] == "warned"


def test_line_25_a_single_row(read):
    """The smallest base of all."""
    tx = read(base([0]))
    assert (tx.counts["accepted"], str(tx.first_day), str(tx.last_day)) == (1, "2023-01-01", "2023-01-01")
    assert len(completeness(tx).warnings) >= 2


def test_line_26_a_short_history_gives_a_list_that_says_what_it_rests_on(tmp_path):
    """150 days hold no two horizons of 90: no model, but chances, and every output says why."""
    rows = base([(number * 7) % 150 for number in range(240)], customers=60)
    path = tmp_path / "orders.csv"
    rows.to_csv(path, index=False)
    data = {"path": str(path), "customer_id": "id", "timestamp": "day", "amount": "net"}
    config = {"data": data, "horizon_days": 90, "models": ["logistic"], "tracking": {"enabled": False}}
    made = train(TrainConfig.model_validate(config | {"out": str(tmp_path / "models")}), quiet=True)
    assert any("no closed training window of 90 days" in warning for warning in made.warnings)
    assert "no closed training window" in "".join(
        one.read_text(encoding="utf-8")
        for one in made.bundle_folder.iterdir()
        if one.suffix in (".md", ".json")
    )
    scored = {
        "bundle": str(made.bundle_folder),
        "data": {"path": str(path)},
        "out": str(tmp_path / "list.csv"),
    }
    result = score(ScoreConfig.model_validate(scored), quiet=True)
    assert len(result.risk_list) == 60
    basis = pd.read_csv(tmp_path / "list.csv")["score_basis"]
    assert set(basis) <= {"btyd", "base_rate", "bought_once", "few_purchases"}


def test_line_27_gaps_and_partial_months_are_named(read):
    """Weeks without rows are an outage, not a habit; a month that stops early is no decline."""
    tx = read(base([*range(100), *range(130, 253)]))
    report = findings(tx)
    assert report.loc["gap in the calendar", "detail"] == "2023-04-11 to 2023-05-10 (30 days without rows)"
    assert report.loc["partial last month", "detail"] == "the last month ends on 2023-09-10"


def test_line_27_a_quiet_shop_has_no_gaps(read):
    """Where rows are weeks apart as a rule, weeks without rows are no finding."""
    assert "gap in the calendar" not in findings(read(base(list(range(0, 700, 20)))))


def test_line_28_spikes_are_named_with_their_day(read):
    """A day with ten times the usual rows is a migration or a campaign."""
    report = findings(read(base([*range(60), *[30] * 80])))
    assert report.loc["spike", "detail"] == "2023-01-31 has 81 rows"


def test_line_29_non_products_are_kept_apart_with_their_money(read):
    """Postage is money, not a product that somebody likes."""
    frame = base(list(range(10))).assign(code=["POST", "x"] * 5)
    tx = read(frame, roles={"product_id": "code"}, non_products=("POST",))
    table = tx.quality().table.set_index("finding")
    assert table.loc["not a product", "revenue"] == 5.0
    assert balanced(tx)


def test_overlap_with_another_table_is_counted(read):
    """Accounts that match no buyer show that the wrong id was exported."""
    tx = read(base(list(range(7))))
    detail = completeness(tx, {"accounts": ["c0", " c1 ", "zz", None]}).table.set_index("finding")["detail"]
    assert detail["ids in accounts"] == "2 of 7 customers are in accounts; 1 of its ids never bought"


def test_without_amounts_everything_is_counted(read):
    """A base without money is a base."""
    tx = read(base(list(range(7))), roles={"amount": ""})
    assert not tx.has_money
    assert tx.basis == ""
    assert tx.columns == ("customer_id", "day", "is_purchase")
    assert completeness(tx).n == 7


def test_merged_customers_end_at_the_id_that_counts(read):
    """Chains are followed, and the repair is counted."""
    from crm_ml.data.reading import read_transactions

    frame = base([0, 1, 2, 3], customers=4)
    merged = {"c0": "c1", "c1": "c2"}
    for id_map in (merged, pd.DataFrame({"old": merged.keys(), "new": merged.values()})):
        tx = read_transactions(frame, customer_id="id", timestamp="day", amount="net", id_map=id_map)
        assert tx.counts["customers"] == 2
        assert found(tx)["customer merged by the id map"] == 2


def test_id_map_from_files_keeps_leading_zeros(read, tmp_path):
    """An id in a file is text."""
    from crm_ml.data.reading import read_transactions

    (tmp_path / "map.csv").write_text("old,new\n001,1\n")
    frame = base([0, 1], customers=1).assign(id=["001", "01"])
    tx = read_transactions(frame, customer_id="id", timestamp="day", id_map=tmp_path / "map.csv")
    assert tx.counts["customers"] == 2
    assert tx.counts["merged"] == 1
