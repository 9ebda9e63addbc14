"""A wrong argument is answered with the nearest right one."""

from __future__ import annotations

import math

import pytest

from crm_ml.base.exceptions import InputError, MissingPackageError
from crm_ml.base.optional import require
from crm_ml.base.validation import check_choice, check_fraction, check_positive, nearest


def test_near_misses_are_found_whatever_the_case():
    assert nearest("Custmer_ID ", ["customer_id", "amount"]) == ["customer_id"]
    assert nearest("zzz", ["customer_id"]) == []


def test_an_unknown_choice_names_the_nearest():
    with pytest.raises(InputError, match="did you mean 'lightgbm'"):
        check_choice("lightbgm", ["lightgbm", "logistic"], what="model")
    with pytest.raises(InputError, match="known: nl, en"):
        check_choice("xx", ["nl", "en"], what="language")


@pytest.mark.parametrize("value", [0, -1, math.inf, math.nan])
def test_only_finite_numbers_above_zero_are_positive(value):
    with pytest.raises(InputError, match="horizon"):
        check_positive(value, what="horizon")


@pytest.mark.parametrize("value", [-0.1, 1.1, math.nan])
def test_a_share_lies_between_zero_and_one(value):
    with pytest.raises(InputError, match="share"):
        check_fraction(value, what="share")


def test_a_missing_package_comes_with_the_install_command():
    with pytest.raises(MissingPackageError, match=r'pip install "crm-ml\[polars\]"'):
        require("no_such_package_at_all", extra="polars")
