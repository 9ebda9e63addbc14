"""Accounts: significance, strategy, rating, classes, Whitney, price buyers, look-alikes."""

import numpy as np
import pandas as pd
import pytest

from crm_ml.analysis.accounts.classes import account_classes
from crm_ml.analysis.accounts.look_alikes import look_alikes
from crm_ml.analysis.accounts.price_buyers import price_or_value_buyers
from crm_ml.analysis.accounts.rating import Criterion, customer_rating
from crm_ml.analysis.accounts.significance import significance, strategic_importance
from crm_ml.analysis.accounts.whitney import ACTIONS, whitney, whitney_action
from crm_ml.analysis.words import word
from crm_ml.base.exceptions import ForbiddenAttributeError, InputError

# The table of the source: strategic, significant, profitable → Dutch action.
WHITNEY = {
    "JJJ": "klant zien te behouden; investeer",
    "JJN": "verbeter winstgevendheid; wijzig mix van service, levering, prijs",
    "JNJ": "indien verkooppotentieel groot: poog verkoopvolume te verhogen",
    "JNN": "probeer winstgevendheid en verkoopvolume te verhogen",
    "NJJ": "investeer in andere klanten; onvoldoende toekomstwaarde",
    "NJN": "grootte is niet genoeg; stop investeren",
    "NNJ": "onvoldoende bijdrage; stop investeren",
    "NNN": "uitbesteden aan de belangrijkste concurrent",
}


@pytest.mark.parametrize(("flags", "action"), WHITNEY.items())
def test_whitneys_eight_rows(flags, action):
    assert word(whitney_action(*(flag == "J" for flag in flags)), "nl") == action
    assert len(set(ACTIONS.values())) == 8


def test_dismissal_asks_for_a_person_and_stands_in_neutral_words():
    flags = pd.DataFrame(list(ACTIONS), columns=["strategic", "significant", "profitable"])
    result = whitney(flags.assign(customer_id=range(8)))
    customers = result.tables["customers"]
    assert customers["human_review_required"].tolist() == [False] * 4 + [True] * 4
    assert "hand_over" not in set(customers["whitney_action"])
    assert result.table["customers"].tolist() == [1] * 8


def test_an_unknown_flag_is_counted_not_guessed():
    flags = pd.DataFrame(
        {"customer_id": ["a", "b"], "strategic": [True, None], "significant": True, "profitable": True}
    )
    result = whitney(flags)
    assert result.n == 1
    assert result.warnings == ("1 customers with an unknown flag are not classified",)
    with pytest.raises(InputError, match="true or false"):
        whitney(flags.assign(strategic=["yes", "no"]))


def test_the_customer_that_crosses_the_border_is_significant():
    table = pd.DataFrame({"customer_id": list("abcde"), "revenue": [40.0, 40, 10, 5, 5]})
    assert significance(table).tables["customers"]["significant"].tolist() == [
        True,
        True,
        False,
        False,
        False,
    ]
    assert significance(table, minimum=10).figures["significant"] == 3
    assert significance(pd.DataFrame({"customer_id": ["a"], "revenue": [-5.0]})).figures["significant"] == 0


def test_strategic_scores_outside_the_scale_are_refused():
    with pytest.raises(InputError, match="between 0 and 5"):
        strategic_importance(pd.DataFrame({"customer_id": ["a"], "learning": [7]}))


def test_without_any_table_strategic_importance_is_not_computed():
    assert strategic_importance(None).warnings[0] == "not computed: accounts table missing"


def test_rating_reweights_what_is_missing_and_says_the_coverage():
    criteria = {"profit": Criterion(0.6, "min_max"), "score": Criterion(0.4, "score", score_range=(0, 10))}
    customers = pd.DataFrame(
        {"customer_id": list("abc"), "profit": [0.0, 5.0, 10.0], "score": [10.0, None, 0.0]}
    )
    table = customer_rating(customers, criteria).table.set_index("customer_id")
    assert table["rating"].round(6).to_dict() == {"a": 4.6, "b": 5.5, "c": 6.4}
    assert table["coverage"].to_dict() == {"a": 1.0, "b": 0.6, "c": 1.0}


def test_rating_by_breaks_and_of_one_customer():
    by_breaks = {"revenue": Criterion(1.0, "breaks", breaks=(10.0, 100.0, 1000.0))}
    table = pd.DataFrame({"customer_id": list("abcd"), "revenue": [5, 10, 500, 5000]})
    assert customer_rating(table, by_breaks).table.set_index("customer_id")["rating"].to_dict() == {
        "a": 1.0, "b": 4.0, "c": 7.0, "d": 10.0,
    }  # fmt: skip
    assert customer_rating(table.head(1)).table["rating"].tolist() == [5.5]
    with pytest.raises(InputError, match="no criterion"):
        customer_rating(table.rename(columns={"revenue": "omzet"}))


def test_key_accounts_are_limited():
    n = 100
    customers = pd.DataFrame(
        {"customer_id": [f"{one:03d}" for one in range(n)], "revenue": 10.0, "rating": 9.0}
    )
    result = account_classes(customers)
    assert result.table.set_index("account_class")["customers"]["key_account"] == 5
    assert account_classes(customers, max_key_accounts=2).table["customers"].iloc[0] == 2


def test_price_buyers_from_discounts(shop):
    result = price_or_value_buyers(shop, discount=0.2, cut=0.3)
    assert result.table["customers"].sum() == result.n
    assert 0 < result.figures["price_buyers"] < 0.5
    assert price_or_value_buyers(shop, discount=1.0).figures["price_buyers"] == 0


def test_look_alikes_find_a_planted_rule_and_refuse_forbidden_attributes():
    generator = np.random.default_rng(3)
    n = 400
    sector = generator.choice(["food", "sport"], n)
    good = generator.random(n) < np.where(sector == "food", 0.8, 0.1)
    known = pd.DataFrame(
        {"customer_id": range(n), "sector": sector, "size": generator.random(n), "good": good}
    )
    prospects = pd.DataFrame({"customer_id": ["x", "y"], "sector": ["food", "sport"], "size": [0.5, 0.5]})
    result = look_alikes(
        known, prospects, wanted="good", attributes=["sector", "size"], model="decision_tree"
    )
    assert result.table["customer_id"].tolist() == ["x", "y"]
    assert result.figures["auc"] > 0.75
    with pytest.raises(ForbiddenAttributeError):
        look_alikes(known, prospects, wanted="good", attributes=["gender"])
    few = look_alikes(known.head(12), prospects, wanted="good", attributes=["sector"])
    assert few.table.empty
    assert "at least 10" in few.warnings[0]
