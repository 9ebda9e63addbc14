"""Reasons: every sentence is true for its customer, agrees with the model, and reads well."""

from __future__ import annotations

import re
import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_ml.base.texts import LANGUAGES, text
from crm_ml.prediction.reasons import reasons_for

from .histories import History, feature_table, random_history

PEERS = {"peer_gap": 60.0}


def number(shown: str) -> float:
    return float(re.sub(r"[^\d.\-]", "", shown.replace("−", "-")))


def near(shown: str, value: float) -> bool:
    """Whether a shown number is the value, rounded as lists do."""
    return abs(number(shown) - value) <= (0.5 if "." not in shown else 0.005) + 1e-9


def usual(history: History, of) -> float:
    return (of(1, 365) - of(1, 90)) * 90 / 275


def less(shown: str, value: float, other_shown: str, other: float) -> bool:
    """Whether both numbers are right and the first is the smaller one, also as shown."""
    return near(shown, value) and near(other_shown, other) and number(shown) < number(other_shown)


def median_gap(h: History) -> float:
    return float(np.median(h.gaps))


def quarter(h: History, k: int) -> float:
    return h.spent(1 + 91 * k, 91 * (k + 1))


# What each sentence claims, checked on the purchases themselves and not on the features it was made from.
CLAIMS = {
    "once": lambda h, recency: len(h.ages) == 1 and near(recency, h.ages[0]),
    "new_customer": lambda h, recency: len(h.ages) == 1 and near(recency, h.ages[0]) and h.ages[0] <= 30,
    "twice": lambda h, gap, recency: len(h.ages) == 2 and less(gap, h.gaps[0], recency, h.ages[-1]),
    "overdue": lambda h, recency, gap: less(gap, median_gap(h), recency, h.ages[-1]),
    "longer_than_ever": lambda h, recency, longest: less(longest, max(h.gaps), recency, h.ages[-1]),
    "slower": lambda h, last, gap: less(gap, median_gap(h), last, h.gaps[-1]),
    "on_rhythm": lambda h, recency, gap: not less(gap, median_gap(h), recency, h.ages[-1]),
    "slower_than_peers": lambda h, recency, peers: less(peers, PEERS["peer_gap"], recency, h.ages[-1]),
    "spend_fallen": lambda h, spent, normal: less(spent, h.spent(1, 90), normal, usual(h, h.spent)),
    "nothing_spent": lambda h, normal: h.orders(1, 90) == 0 and less("0", 0, normal, usual(h, h.spent)),
    "spend_below_before": lambda h, spent, before: less(spent, h.spent(1, 90), before, h.spent(91, 180)),
    "spend_year_fallen": lambda h, spent, before: less(spent, h.spent(1, 365), before, h.spent(366, 730)),
    "falling_quarters": lambda h, n: all(quarter(h, k) < quarter(h, k + 1) for k in range(int(number(n)))),
    "spend_risen": lambda h, spent, normal: less(normal, usual(h, h.spent), spent, h.spent(1, 90)),
    "spend_year_risen": lambda h, spent, before: less(before, h.spent(366, 730), spent, h.spent(1, 365)),
    "orders_fallen": lambda h, orders, normal: less(orders, h.orders(1, 90), normal, usual(h, h.orders)),
    "orders_below_before": lambda h, orders, before: less(orders, h.orders(1, 90), before, h.orders(91, 180)),
    "orders_risen": lambda h, orders, normal: less(normal, usual(h, h.orders), orders, h.orders(1, 90)),
    "faithful": lambda h, tenure, bought: h.ages[0] >= 365 and near(bought, len(h.ages)),
    "fact": lambda h, recency, bought: near(recency, h.ages[-1]) and near(bought, len(h.ages)),
}
_VALUE = r"([^;,]*?\d[\d,.]*)(?: days?| orders?| quarters?| months?| years?)?"
PATTERNS = {
    name: re.compile(re.sub(r"\\\{\w+\\\}", lambda _: _VALUE, re.escape(text(f"reasons.{name}", "en"))) + "$")
    for name in CLAIMS
}


def check(sentence: str, history: History) -> str:
    matches = {name: pattern.match(sentence) for name, pattern in PATTERNS.items()}
    true = [name for name, match in matches.items() if match and CLAIMS[name](history, *match.groups())]
    assert true, f"{sentence!r} is not true of {history}"
    return true[0]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.booleans(), st.booleans())
def test_every_sentence_is_true_for_its_customer(seed, modelled, calm):
    """The promise of the list: what stands beside a name can be looked up in the purchases."""
    rng = np.random.default_rng(seed)
    histories = [random_history(rng) for _ in range(20)]
    features = feature_table(histories)
    contributions = None
    if modelled:
        contributions = pd.DataFrame(rng.normal(size=features.shape), features.index, features.columns)
    threat = pd.Series("none" if calm else "stops", features.index)
    reasons = reasons_for(features, contributions, threat=threat, peers=PEERS)
    for customer, history in zip(features.index, histories, strict=True):
        said = [sentence for sentence in reasons.loc[customer] if sentence]
        assert said, history
        kinds = [check(sentence, history) for sentence in said]
        assert len(set(kinds)) == len(kinds)
        assert list(reasons.loc[customer]) == said + [""] * (3 - len(said)), "filled from the left"


def test_the_issue_s_own_example():
    """'last purchase 94 days ago; usually every 21 days'."""
    history = History(tuple((94 + 21 * k, 10.0) for k in range(10)))
    assert (
        reasons_for(feature_table([history])).iloc[0, 0] == "last purchase 94 days ago; usually every 21 days"
    )
    dutch = reasons_for(feature_table([history]), language="nl").iloc[0, 0]
    assert dutch == "laatste aankoop 94 dagen geleden; normaal om de 21 dagen"


def test_money_is_written_as_the_reader_writes_it():
    """Currency and marks follow the language."""
    purchases = (*((age, 1234.5) for age in range(95, 500, 10)), (10, 1500.0))
    features = feature_table([History(purchases)])
    contributions = pd.DataFrame({"revenue_90d": [1.0]}, index=features.index)
    english = reasons_for(features, contributions, currency="EUR").iloc[0, 0]
    dutch = reasons_for(features, contributions, currency="EUR", language="nl").iloc[0, 0]
    assert english.startswith("spent €1,500 in the last 90 days, usually €1")
    assert dutch.startswith("besteedde € 1.500 in de laatste 90 dagen, normaal € 1")


def test_reasons_agree_with_the_model():
    """A behaviour that the model says lowers the risk is never given as a reason for it."""
    history = History(tuple((94 + 21 * k, 10.0) for k in range(40)))
    features = feature_table([history])
    against = pd.DataFrame(
        {"recency_days": [0.5], "overdue_ratio": [-2.0], "revenue_90d": [1.0]}, features.index
    )
    said = reasons_for(features, against).iloc[0]
    assert not said.str.startswith("last purchase").any(), "the theme as a whole lowers the risk"
    assert said.iloc[0].startswith("spent nothing in the last 90 days")
    first = pd.DataFrame({"recency_days": [3.0], "revenue_90d": [1.0]}, features.index)
    assert reasons_for(features, first).iloc[0, 0].startswith("last purchase 94 days ago")


def test_what_the_model_does_not_know_is_said_last():
    """An open complaint is a reason, but never before what the model found."""
    features = feature_table([History(tuple((94 + 21 * k, 10.0) for k in range(10)))])
    model = pd.DataFrame({"recency_days": [0.2]}, features.index)
    said = reasons_for(features.assign(complaints_open=2), model).iloc[0].tolist()
    assert said[0].startswith("last purchase 94 days ago")
    assert "2 complaints not dealt with yet" in said[1:]


def test_contributions_to_stopping_do_not_explain_buying_less():
    """Who buys less still comes: what fell is the reason, though it hardly speaks for stopping."""
    purchases = (*((age, 100.0) for age in range(95, 500, 7)), (10, 40.0))
    features = feature_table([History(purchases)])
    model = pd.DataFrame({"recency_days": [-2.0], "revenue_90d": [-1.0]}, features.index)
    stops, less = (
        reasons_for(features, model, threat=pd.Series([one], features.index))
        for one in ("stops", "buys less")
    )
    assert not stops.iloc[0].str.startswith("spent").any()
    assert less.iloc[0].str.startswith("spent $40".replace("$", "")).any()


def test_own_columns_may_join_a_theme():
    """A column that only this company has can speak for its theme; the catalogue's own stay as they are."""
    features = feature_table([History(tuple((94 + 21 * k, 10.0) for k in range(10)))])
    model = pd.DataFrame({"visits_to_our_site": [2.0], "recency_days": [-1.0]}, features.index)
    own = {"visits_to_our_site": "rhythm", "recency_days": "price"}
    assert reasons_for(features, model, themes=own).iloc[0, 0].startswith("last purchase 94 days ago")
    assert not reasons_for(features, model).iloc[0].str.startswith("last purchase 94 days ago; usually").any()


def test_customers_without_a_score_fall_back_to_what_stands_out():
    """Rows that the model did not score have NaN contributions and still get true reasons."""
    history = History(tuple((94 + 21 * k, 10.0) for k in range(10)))
    features = feature_table([history])
    unscored = pd.DataFrame({"recency_days": [np.nan]}, features.index)
    assert reasons_for(features, unscored).iloc[0, 0].startswith("last purchase 94 days ago")


def test_one_time_buyers_have_a_sentence_of_their_own():
    """Who bought once has no normal to fall from."""
    features = feature_table([History(((120, 30.0),)), History(((12, 30.0),))])
    nothing = pd.DataFrame(-1.0, features.index, features.columns)
    reasons = reasons_for(features, nothing)["reason_1"]
    assert reasons.tolist() == [
        "bought once, 120 days ago, and nothing since",
        "first purchase only 12 days ago",
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_amounts_and_with_other_tables(language):
    """A log of counts still gives reasons, and complaints and contacts speak where the tables exist."""
    history = History(tuple((94 + 21 * k, 10.0) for k in range(10)))
    features = feature_table([history]).drop(columns=["revenue_90d", "revenue_180d", "revenue_12m"])
    features = features.assign(complaints_open=1, days_since_contact=200)
    reasons = reasons_for(features, language=language).iloc[0]
    assert text(
        "reasons.complaint_open", language, complaints="1 klacht" if language == "nl" else "1 complaint"
    ) in set(reasons)
    assert (reasons != "").all()


@pytest.mark.parametrize(
    ("features", "sentence"),
    [
        (
            {"order_value_trend": -1 / 3},
            "an order of the last half year was worth 50% less on average than before",
        ),
        ({"new_product_share": 0.0, "distinct_products": 12}, "tried nothing new in the last 180 days"),
        ({"days_since_return": 20.0, "return_money_share": 0.1}, "last return 20 days ago"),
        ({"return_money_share": 0.25}, "25% of the money spent came back as returns"),
        ({"discounted_share": 0.9}, "bought 90% of the lines at a discount"),
        ({"on_time_share": 0.6}, "40% of the promised deliveries came late or not at all"),
        ({"complaints_12m": 3}, "3 complaints in the last 12 months"),
        ({"days_since_contact": 200}, "no contact from our side for 200 days"),
    ],
)
def test_baskets_returns_prices_deliveries_and_contacts_speak(features, sentence):
    """Where the columns exist, they give reasons too."""
    table = pd.DataFrame([{"purchase_days": 8, "tenure_days": 500, **features}])
    assert reasons_for(table).iloc[0, 0].startswith(sentence)


def test_trying_new_products_explains_a_low_risk():
    """A calm customer gets a calm sentence."""
    table = pd.DataFrame([{"tenure_days": 500, "new_product_share": 0.25, "distinct_products": 8}])
    calm = reasons_for(table, threat=pd.Series(["none"]))
    assert calm.iloc[0, 0] == "bought 2 different products for the first time in the last 180 days"


def test_nothing_known_says_nothing():
    """No features, no sentences; no customers, no rows."""
    assert (reasons_for(pd.DataFrame({"colour": [1.0]})) == "").all(axis=None)
    assert reasons_for(feature_table([History(((5, 1.0),))]).iloc[:0]).shape == (0, 3)


def test_twenty_five_thousand_customers_in_about_a_second():
    """A list is made while somebody waits."""
    rng = np.random.default_rng(1)
    features = feature_table([random_history(rng) for _ in range(500)])
    many = pd.concat([features] * 50, ignore_index=True)
    contributions = pd.DataFrame(rng.normal(size=many.shape), many.index, many.columns)
    start = time.perf_counter()
    reasons_for(many, contributions, peers=PEERS, currency="EUR", language="nl")
    assert time.perf_counter() - start < 5
