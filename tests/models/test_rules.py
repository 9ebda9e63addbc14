"""Rules that a marketer can read, about as good as what nobody can."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import log_loss, roc_auc_score

from crm_ml.base.exceptions import InputError
from crm_ml.models.rule_conditions import Rule
from crm_ml.models.rules import RuleListClassifier


def auc(model, shop):
    return roc_auc_score(shop.stopped, model.predict_proba(shop.X)[:, 1])


def test_ranks_within_a_hundredth_of_a_tree_and_two_of_boosting(models, shop_later):
    """The aim of the project, on other customers."""
    rules = auc(models["rule_list"], shop_later)
    assert rules > auc(models["decision_tree"], shop_later) - 0.01
    assert rules > auc(models["lightgbm"], shop_later) - 0.02


def test_probabilities_are_as_good_as_those_of_the_tree(models, shop_later):
    """Log loss on other customers, and the mean is the rate."""
    given = {name: model.predict_proba(shop_later.X)[:, 1] for name, model in models.items()}
    y = shop_later.stopped
    assert log_loss(y, given["rule_list"]) < log_loss(y, given["decision_tree"]) + 0.005
    assert given["rule_list"].mean() == pytest.approx(y.mean(), abs=0.02)


def test_the_list_is_short_and_its_conditions_round(models):
    """At most twelve rules and OTHERWISE, three conditions, four significant digits."""
    rules = models["rule_list"].rules_.rules
    assert 3 <= len(rules) <= 13
    assert rules[-1] == Rule()
    for rule in rules[:-1]:
        assert 1 <= len(rule.conditions) <= 3
        for condition in rule.conditions:
            assert float(f"{condition.threshold:.3g}") == condition.threshold


def test_numbers_are_those_of_held_out_customers(models, shop):
    """n, rate, interval and lift add up to the quarter that the search did not see."""
    frame = models["rule_list"].rules_.to_frame()
    assert frame["n"].sum() == pytest.approx(len(shop.X) / 4, abs=1)
    assert frame["n"].min() > 0
    np.testing.assert_allclose(frame["rate"], frame["hits"] / frame["n"])
    assert (frame["low"] <= frame["rate"]).all()
    assert (frame["rate"] <= frame["high"]).all()
    np.testing.assert_allclose(frame["lift"], frame["rate"] / (frame["hits"].sum() / frame["n"].sum()))


def test_held_out_rates_hold_on_other_customers(models, shop_later):
    """Nine of ten intervals of the held-out rates overlap those of a new sample."""
    shown = models["rule_list"].rules_.to_frame()
    later = models["rule_list"].measure(shop_later.X, shop_later.stopped).to_frame()
    overlap = (shown["low"] <= later["high"]) & (later["low"] <= shown["high"])
    assert overlap.mean() >= 0.9


def test_the_rule_that_fired_is_true_for_the_customer(models, shop_later):
    """The words are read back and checked against the row: the first true rule is the one named."""
    model = models["rule_list"]
    fired = model.rule_of(shop_later.X)
    assert fired.index.equals(shop_later.X.index)
    rules = model.rules_.rules
    held = np.array([rule.holds(shop_later.X.to_numpy()) for rule in rules])
    np.testing.assert_array_equal(fired["rule"], held.argmax(axis=0) + 1)
    texts = [rule.words(list(shop_later.X.columns), "en") or "OTHERWISE" for rule in rules]
    assert fired["text"].tolist() == [texts[number - 1] for number in fired["rule"]]


def test_prints_in_english_and_dutch(models):
    """IF … THEN … with n, rate, interval and lift; ALS … DAN … with decimal commas."""
    english, dutch = str(models["rule_list"].rules_), models["rule_list"].rules_.text("nl")
    assert " 1. IF " in english
    assert "THEN stopped" in english
    assert "OTHERWISE stopped" in english
    assert "lift" in english
    assert " 1. ALS " in dutch
    assert " DAN gestopt" in dutch
    assert "ANDERS gestopt" in dutch
    assert "," in dutch.splitlines()[1].split("(n = ")[1]
    assert "recency_days" in english
    assert "dagen sinds laatste aankoop" in dutch
    assert not any(name in dutch for name in ("recency_days", "purchase_days", "gap_mean"))
    assert "days since last purchase more than" in models["rule_list"].rules_.text("en")
    with pytest.raises(InputError, match="language"):
        models["rule_list"].rules_.text("de")


def test_money_at_risk_is_the_money_of_those_who_stopped(models, shop_later):
    """Summed over rules it is the money of all, and of all who stopped."""
    money = shop_later.X["revenue"]
    frame = models["rule_list"].measure(shop_later.X, shop_later.stopped, money=money).to_frame()
    assert frame["money"].sum() == pytest.approx(money.sum())
    assert frame["money_at_risk"].sum() == pytest.approx(money[shop_later.stopped].sum())


def test_order_within_rules_keeps_the_rates(models, shop):
    """The trend moves customers within a rule, not the rule."""
    model = models["rule_list"]
    plain = RuleListClassifier(within_rule_order=False).fit(shop.X, shop.stopped)
    group = model.rule_of(shop.X)["rule"]
    means = pd.Series(model.predict_proba(shop.X)[:, 1]).groupby(group.to_numpy()).mean()
    rates = (
        pd.Series(plain.predict_proba(shop.X)[:, 1]).groupby(plain.rule_of(shop.X)["rule"].to_numpy()).mean()
    )
    np.testing.assert_allclose(means, rates, atol=6e-3)
    assert len(np.unique(plain.predict_proba(shop.X))) < 30 < len(np.unique(model.predict_proba(shop.X)))


def test_a_planted_rule_is_found_in_its_own_words():
    """Two conditions, within what round cuts allow; hardly anybody else is called a high risk."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.integers(0, 100, (6000, 6)).astype(float), columns=list("abcdef"))
    y = rng.random(6000) < np.where((X["b"] > 70) & (X["e"] <= 40), 0.9, 0.1)
    rules = RuleListClassifier().fit(X, y).rules_
    found = [text for text, rate in zip(rules.texts(), rules.table["rate"], strict=True) if rate > 0.8]
    assert len(found) >= 1
    assert all("b > 7" in text and "e <= 3" in text for text in found)
    assert len(rules.rules) <= 4


def test_three_classes_have_rates_of_each(shop):
    """Per rule the rates of the classes add up to one."""
    threat = np.where(shop.stopped, "stops", np.where(shop.X["purchase_days"] > 3, "stays", "dries_up"))
    model = RuleListClassifier().fit(shop.X, threat)
    rates = [model.rules_for(name).table["rate"] for name in model.classes_]
    np.testing.assert_allclose(sum(rates), 1.0)
    assert "stops" in str(model.rules_)
    with pytest.raises(InputError, match="class"):
        model.rules_for("gone")


def test_labels_that_the_model_does_not_know_are_refused(models, shop_later):
    """Measuring on another label would print nonsense."""
    with pytest.raises(InputError, match="classes"):
        models["rule_list"].measure(shop_later.X, np.full(len(shop_later.X), "x"))


def test_noise_gives_no_rules_to_act_on():
    """Without signal, every rate with its interval holds the base rate or nearly so."""
    rng = np.random.default_rng(3)
    X = pd.DataFrame(rng.random((4000, 10)), columns=[f"n{k}" for k in range(10)])
    table = RuleListClassifier().fit(X, rng.random(4000) < 0.3).rules_.table
    outside = (table["low"] > 0.3) | (table["high"] < 0.3)
    assert outside.mean() <= 0.2


@pytest.mark.slow
def test_cdnow_aims(data_folder):
    """On real data, features of a panel and a later window: the same two aims."""
    from crm_ml.data.datasets import load_cdnow
    from crm_ml.data.windows import Window
    from crm_ml.features.build import build_feature_panel, build_features
    from crm_ml.labels.stopped import label_stopped
    from crm_ml.models.catalog import align, make_model

    tx, test = load_cdnow(), Window("1998-01-01", horizon_days=90)
    cutoffs = ["1997-07-01", "1997-10-01"]
    X = build_feature_panel(tx, cutoffs)
    labels = {cutoff: label_stopped(tx, Window(cutoff, horizon_days=90)) for cutoff in cutoffs}
    y = pd.concat({pd.Timestamp(cutoff).date(): label for cutoff, label in labels.items()}).swaplevel()
    y.index.names = X.index.names
    later, truth = align(build_features(tx, test.cutoff), label_stopped(tx, test))
    scores = {}
    for name in ("decision_tree", "lightgbm", "rule_list"):
        model = make_model(name).fit(*align(X, y))
        scores[name] = roc_auc_score(truth, model.predict_proba(later)[:, 1])
    assert scores["rule_list"] > scores["decision_tree"] - 0.01
    assert scores["rule_list"] > scores["lightgbm"] - 0.02
    assert scores["rule_list"] > roc_auc_score(truth, later["recency_days"])
