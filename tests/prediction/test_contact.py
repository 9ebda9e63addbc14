"""The control group depends on customer, campaign and key, and on nothing else."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crm_ml.base.exceptions import InputError
from crm_ml.prediction.contact import ContactSettings, break_even_save_rate, contact_groups, contact_value

IDS = [f"C{number}" for number in range(20_000)]


def groups(ids=IDS, **settings):
    return pd.Series(contact_groups(ids, ContactSettings(**settings)), index=ids)


def test_order_and_batch_do_not_matter():
    shuffled = list(np.random.default_rng(0).permutation(IDS))
    assert groups(shuffled).reindex(IDS).equals(groups())
    assert groups(IDS[:100]).equals(groups().iloc[:100])


def test_share_is_as_configured():
    share = (groups(holdout_share=0.2) == "holdout").mean()
    assert share == pytest.approx(0.2, abs=0.012)  # four standard errors


def test_another_campaign_or_key_draws_independently():
    first, second = groups(campaign="a") == "holdout", groups(campaign="b") == "holdout"
    both = (first & second).mean()
    assert both == pytest.approx(0.01, abs=0.003)
    assert not (groups(key="x") == groups(key="y")).all()


def test_campaign_and_customer_cannot_be_mixed_up():
    many = [contact_groups([f"1{i}"], ContactSettings(campaign="c"))[0] for i in range(300)]
    other = [contact_groups([f"{i}"], ContactSettings(campaign="c1"))[0] for i in range(300)]
    assert many != other


def test_exempt_customers_are_never_held_out():
    held = [one for one, group in groups().items() if group == "holdout"]
    assert (groups(exempt=tuple(held)) == "contact").all()
    assert set(contact_groups(held, ContactSettings(), exempt=held)) == {"contact"}


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_nobody_or_everybody(share):
    expected = "holdout" if share else "contact"
    assert set(groups(holdout_share=share)) == {expected}


def test_value_is_gain_minus_cost():
    settings = ContactSettings(margin=0.4, save_rate=0.1, cost=2.0)
    value = contact_value(pd.Series([0.5, 0.0]), pd.Series([100.0, 100.0]), settings)
    assert value.tolist() == [0.0, -2.0]
    assert break_even_save_rate(0.5, 100.0, settings) == pytest.approx(0.1)
    assert break_even_save_rate(0.0, 100.0, settings) == float("inf")


def test_a_share_above_one_is_refused():
    with pytest.raises(InputError, match="holdout_share"):
        ContactSettings(holdout_share=1.5)
