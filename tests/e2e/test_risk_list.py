"""The risk list that marketing gets: complete, ordered by money, and true."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crm_ml.base.exceptions import InputError, WindowError
from crm_ml.prediction.columns import column_names
from crm_ml.prediction.contact import ContactSettings
from crm_ml.prediction.predictor import ListOptions


def test_columns_are_the_stable_ones_in_their_order(risk_list):
    assert list(risk_list.table.columns) == column_names()


def test_everybody_known_is_listed_once(risk_list, tx):
    assert risk_list.table["customer_id"].is_unique
    assert len(risk_list) == tx.counts["customers"] == 2357


def test_order_is_by_money_then_by_chance(risk_list):
    table = risk_list.table
    expected = table.sort_values(
        ["expected_loss", "p_stopped", "customer_id"], ascending=[False, False, True], kind="stable"
    )
    assert table["customer_id"].tolist() == expected["customer_id"].tolist()
    assert table["rank"].tolist() == list(range(1, len(table) + 1))


def test_expected_loss_is_what_the_columns_say(risk_list):
    table = risk_list.table
    loss = (table["usual_spend"] - table["expected_spend"]).clip(lower=0).fillna(0)
    np.testing.assert_allclose(table["expected_loss"], loss)


def test_probabilities_are_one_scale_and_add_up(risk_list):
    table = risk_list.table
    established = table["usual_spend"].notna()
    assert table["p_stopped"].between(0, 1).all()
    assert table.loc[~established, "p_drying_up"].isna().all()
    assert set(table.loc[~established, "score_basis"]) == {"bought_once", "few_purchases"}
    total = table["p_stopped"] + table["p_drying_up"].fillna(0)
    np.testing.assert_allclose(table["p_at_risk"], total)
    assert (total <= 1 + 1e-12).all()


def test_last_purchase_and_recency_tell_the_same(risk_list):
    table, as_of = risk_list.table, risk_list.meta["as_of"]
    days = pd.Series([(as_of - day).days for day in table["last_purchase"]])
    assert (days == table["recency_days"]).all()


def test_interval_holds_the_lifetime_value(risk_list):
    table = risk_list.table
    assert (table["clv_low"] <= table["clv"]).all()
    assert (table["clv"] <= table["clv_high"]).all()


def test_totals_tie_to_the_ledger(risk_list):
    totals = risk_list.totals
    parts = sum(totals[f"revenue_12m_{one}"] for one in ("listed", "suppressed", "never_bought"))
    assert parts == pytest.approx(totals["revenue_12m_ledger"], abs=1e-6)
    assert totals["customers_listed"] + totals["customers_suppressed"] == totals["customers_known"]


def test_suppressed_customers_stand_nowhere_and_are_counted(predictor, tx, risk_list):
    first = risk_list.table["customer_id"].iloc[:3].tolist()
    shorter = predictor.score(tx, options=ListOptions(suppressed=first))
    assert not shorter.table["customer_id"].isin(first).any()
    assert shorter.totals["customers_suppressed"] == 3
    gone = risk_list.table["revenue_12m"].iloc[:3].sum()
    assert shorter.totals["revenue_12m_suppressed"] == pytest.approx(gone)
    rest = risk_list.table.iloc[3:]["customer_id"].tolist()
    assert shorter.table["customer_id"].tolist() == rest


def test_accounts_are_joined_and_key_accounts_are_never_held_out(predictor, tx, risk_list):
    held = risk_list.table.query("contact_group == 'holdout'")["customer_id"].iloc[0]
    accounts = pd.DataFrame(
        {"name": ["Jansen & Zn"], "owner": ["Els"], "may_contact": [False], "key_account": [True]},
        index=[held],
    )
    made = predictor.score(tx, options=ListOptions(accounts=accounts)).table.set_index("customer_id")
    row = made.loc[held]
    assert (row["name"], row["owner"], row["may_contact"]) == ("Jansen & Zn", "Els", False)
    assert row["contact_group"] == "contact"
    others = made.drop(index=held)
    assert (others["name"] == "").all()
    assert others["may_contact"].isna().all()


def test_largest_customers_can_be_exempt_from_the_control_group(predictor, tx):
    settings = ContactSettings(holdout_share=1.0, exempt_top=5)
    table = predictor.score(tx, options=ListOptions(contact=settings)).table
    contacted = table.query("contact_group == 'contact'")
    assert set(contacted["customer_id"]) == set(table.nlargest(5, "revenue_12m")["customer_id"])


def test_since_last_list(predictor, tx, risk_list):
    last = risk_list.table[["customer_id", "risk_band"]].copy()
    last.loc[0, "risk_band"] = "low" if last.loc[0, "risk_band"] != "low" else "high"
    last = last.drop(index=1)
    table = predictor.score(tx, options=ListOptions(last_list=last)).table
    assert table.loc[0, "since_last_list"] in {"risen", "fallen"}
    assert table.loc[1, "since_last_list"] == "new"
    assert set(table.loc[2:, "since_last_list"]) == {"same"}


def test_something_else_than_a_list_is_refused_as_last_list(predictor, tx):
    with pytest.raises(InputError, match="not a risk list"):
        predictor.score(tx, options=ListOptions(last_list=pd.DataFrame({"id": [1]})))


def test_a_date_before_the_training_cutoff_is_refused(predictor, tx):
    with pytest.raises(WindowError, match="before the training cutoff"):
        predictor.score(tx, "1998-01-01")


def test_dutch_reasons_and_advice(predictor, tx, risk_list):
    dutch = predictor.score(tx, options=ListOptions(language="nl")).table
    assert (dutch["advice"] != risk_list.table["advice"]).all()
    numbers = [name for name in dutch if name not in {"reason_1", "reason_2", "reason_3", "advice", "rule"}]
    pd.testing.assert_frame_equal(dutch[numbers], risk_list.table[numbers])


def test_a_score_does_not_depend_on_who_else_is_in_the_batch(predictor, tx):
    rows = predictor.snapshot(tx)
    whole = predictor.predict(rows)
    part = predictor.predict(rows.iloc[100:160])
    pd.testing.assert_frame_equal(part, whole.iloc[100:160], rtol=1e-9)
