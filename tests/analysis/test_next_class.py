"""Classes as features and as targets: what was known before the cutoff, and nothing that came later."""

import numpy as np
import pandas as pd
import pytest

from crm_ml.analysis.as_known import as_known
from crm_ml.analysis.class_borders import ClassBorders
from crm_ml.analysis.class_history import ACCOUNT_COLUMNS, class_history, classes_as_known
from crm_ml.analysis.company import Company
from crm_ml.analysis.customer_classes import customer_classes
from crm_ml.analysis.customer_view import customer_view
from crm_ml.analysis.next_class import NEXT_CLASSES, label_next_class, next_class_panel
from crm_ml.analysis.settings import AnalysisSettings
from crm_ml.base.exceptions import InputError
from crm_ml.data.company.make import SimulatedCompany, make_company
from crm_ml.data.reading import read_transactions
from crm_ml.data.windows import Window
from crm_ml.labels.segment import label_segment
from crm_ml.labels.settings import LabelSettings

CUTOFF = "2024-01-01"
WINDOW = Window(CUTOFF, 180)


@pytest.fixture(scope="module")
def made():
    return make_company(200, seed=3)


@pytest.fixture(scope="module")
def judged(made):
    """Scores of people before the cutoff, on it, and long after it."""
    ids = sorted(made.customers.index)[:60]
    rows = [(one, day, score) for one in ids for day, score in (("2023-03-01", 4), (CUTOFF, 0))]
    return pd.DataFrame(rows, columns=["customer_id", "as_of", "learning"]).assign(potential=1000.0)


def log(lines):
    return read_transactions(lines, **SimulatedCompany.mapping)


def test_rows_on_and_after_the_cutoff_never_change_a_class(made, judged):
    """Purchases and scores alike; a class of the whole log is that of the log that ends at the cutoff."""
    lines, early = made.transactions, judged[judged["as_of"] < CUTOFF]
    whole = classes_as_known(Company(log(lines), {"accounts": judged}), CUTOFF)
    cut = classes_as_known(Company(log(lines[lines["date"] < CUTOFF]), {"accounts": early}), CUTOFF)
    assert list(whole.columns[-2:]) == list(ACCOUNT_COLUMNS)
    pd.testing.assert_frame_equal(whole, cut)


def test_scores_count_from_the_day_on_which_they_were_known(made, judged):
    company = Company(made.log(), {"accounts": judged})
    before, after = (as_known(company, day).table("accounts") for day in (CUTOFF, "2024-01-02"))
    assert set(before["learning"]) == {4.0}
    assert set(after["learning"]) == {0.0}


def test_scores_without_a_date_are_refused_and_those_without_a_score_are_not(made):
    """Nobody can say whether they were given because of what happened after the cutoff."""
    company = Company(made.log(), {"accounts": made.tables["accounts"]})
    with pytest.raises(InputError, match=r"does not say when its scores were known.*as_of"):
        classes_as_known(company, CUTOFF)
    names = Company(made.log(), {"accounts": made.tables["accounts"][["customer_id", "owner"]]})
    assert set(classes_as_known(names, CUTOFF)) == set(classes_as_known(Company(made.log()), CUTOFF))


def test_lists_and_costs_say_nothing_of_an_earlier_day(made):
    """A list comes from a model that may have seen the future; costs are sums that no cutoff divides."""
    tables = {name: made.tables[name] for name in ("scores", "costs", "contacts")}
    found = classes_as_known(Company(made.log(), tables), CUTOFF)
    pd.testing.assert_frame_equal(found, classes_as_known(Company(made.log()), CUTOFF))


def test_borders_give_back_the_classes_of_the_period_they_were_fitted_on(made, judged):
    known = as_known(Company(made.log(), {"accounts": judged}), CUTOFF)
    view = customer_view(known)
    classes = customer_classes(known, view)
    found = ClassBorders.fit(known, view).classes(view)
    for name in ACCOUNT_COLUMNS:
        assert (found[name] == classes[name]).mean() > 0.99  # equal amounts share a side of a border


@pytest.mark.parametrize("kind", NEXT_CLASSES)
def test_nothing_after_the_horizon_changes_a_label(made, kind):
    lines = made.transactions
    whole = label_next_class(Company(made.log()), WINDOW, kind)
    cut = label_next_class(Company(log(lines[lines["date"] < str(WINDOW.end)])), WINDOW, kind)
    pd.testing.assert_series_equal(whole, cut)
    assert set(whole.cat.categories) == set(NEXT_CLASSES[kind])
    assert whole.notna().all()


@pytest.mark.parametrize("kind", NEXT_CLASSES)
def test_a_label_does_not_depend_on_how_others_do_in_the_horizon(made, kind):
    lines = made.transactions.copy()
    ids = sorted(lines["customer_id"].unique())
    others = set(ids[::2])
    happens = (lines["date"] >= CUTOFF) & lines["customer_id"].isin(others)
    money = ["amount", "cost"]
    lines.loc[happens, money] = lines.loc[happens, money] * 10
    before = label_next_class(Company(made.log()), WINDOW, kind)
    after = label_next_class(Company(log(lines)), WINDOW, kind)
    quiet = [one for one in before.index if one not in others]
    assert (before[quiet] == after[quiet]).all()
    assert (before != after).any()


def test_who_buys_nothing_is_inactive_and_who_costs_money_is_a_loss():
    days = pd.date_range("2023-01-01", "2023-12-31", freq="15D")
    rows = [(f"c{i}", day, 10.0 * (i + 1), 4.0) for i in range(30) for day in days]
    frame = pd.DataFrame(rows, columns=["who", "day", "net", "cost"])
    late = frame["day"] >= "2023-09-01"
    frame.loc[late & (frame["who"] == "c7"), "cost"] = 900.0
    frame = frame[~(late & (frame["who"] == "c3"))]
    tx = read_transactions(frame, customer_id="who", timestamp="day", amount="net", cost="cost")
    window = Window("2023-09-01", 90)
    found = label_next_class(Company(tx), window)
    assert (found["c3"], found["c7"]) == ("inactive", "loss")
    assert label_next_class(Company(tx), window, "whitney_action")["c3"] == "inactive"
    assert found["c29"] in ("key_account", "large")


def test_what_a_class_needs_is_said(made):
    lines = made.transactions
    mapping = {name: lines.columns[lines.columns == name][0] for name in ("customer_id", "amount")}
    no_profit = read_transactions(lines, timestamp="date", **mapping)
    with pytest.raises(InputError, match=r"whitney_action needs profit.*margin_rate"):
        label_next_class(Company(no_profit), WINDOW, "whitney_action")
    assert label_next_class(Company(no_profit), WINDOW).notna().all()
    estimated = Company(no_profit, settings=AnalysisSettings(margin_rate=0.3))
    assert "keep_and_invest" in set(label_next_class(estimated, WINDOW, "whitney_action"))
    counts = read_transactions(lines, customer_id="customer_id", timestamp="date")
    with pytest.raises(InputError, match="account_class needs money"):
        label_next_class(Company(counts), WINDOW)
    with pytest.raises(InputError, match="label_next_class"):
        label_segment(made.log(), WINDOW, LabelSettings(segment="account_class"))


def test_labels_of_several_windows_stand_by_customer_and_cutoff(made):
    company = Company(made.log())
    windows = [WINDOW, Window("2023-10-01", 180)]
    panel = next_class_panel(company, windows, "account_class")
    assert panel.index.names == ["customer_id", "cutoff"]
    alone = label_next_class(company, WINDOW)
    at = panel[panel.index.get_level_values("cutoff") == WINDOW.cutoff].droplevel("cutoff")
    assert at.tolist() == alone.reindex(at.index).tolist()


def test_the_history_of_classes_holds_what_people_judge_too(made, judged):
    history = class_history(Company(made.log(), {"accounts": judged}), quarters=2)
    assert list(history.columns) == [
        "customer_id", "as_of", "pyramid_class", "abc_class", "rfm_segment", "account_class",
        "whitney_action",
    ]  # fmt: skip
    last = history[history["as_of"] == history["as_of"].max()].set_index("customer_id")
    fresh = classes_as_known(Company(made.log(), {"accounts": judged}), made.as_of)
    for name in ACCOUNT_COLUMNS:
        assert np.array_equal(last[name].fillna("–"), fresh[name].reindex(last.index).fillna("–"))


def test_a_short_history_is_stretched_to_the_horizon(made):
    """Half a horizon of history must not halve the money that makes a large customer."""
    lines = made.transactions
    young = Company(log(lines[lines["date"] >= "2023-10-01"]))
    share = (label_next_class(young, WINDOW) == "large").mean()
    assert share == pytest.approx((label_next_class(Company(made.log()), WINDOW) == "large").mean(), abs=0.15)
