"""The catalogue is complete, documented and the same as its page."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import pytest

import crm_ml.features
from crm_ml.base.exceptions import InputError
from crm_ml.data.schema import LOG
from crm_ml.features.base import declaration
from crm_ml.features.catalogue import GROUPS, catalogue, choose, left_out, missing, to_markdown

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "features.md"
RELIED_ON = {
    "recency_days", "purchase_days", "orders", "revenue", "revenue_12m", "revenue_prev_12m",
    "order_value_mean", "gap_mean", "gap_median", "gap_std", "gap_last", "overdue_ratio", "tenure_days",
    "frequency", "t_x", "T", "monetary_value",
}  # fmt: skip


def test_the_committed_page_is_up_to_date():
    # To renew it: python -m crm_ml.features.catalogue > docs/reference/features.md
    assert PAGE.read_text(encoding="utf-8") == to_markdown()


def test_names_that_other_floors_rely_on_exist():
    assert {spec.name for spec in catalogue()} >= RELIED_ON


def test_every_group_has_its_file_and_every_feature_lies_in_it():
    for spec in catalogue():
        assert inspect.getmodule(spec.formula).__name__ == f"crm_ml.features.{spec.group}"
    assert [group for group in GROUPS if any(spec.group == group for spec in catalogue())] == list(GROUPS)


def test_no_feature_lies_in_a_file_that_the_catalogue_does_not_read():
    for file in pkgutil.iter_modules(crm_ml.features.__path__, "crm_ml.features."):
        declared = [one for one in vars(importlib.import_module(file.name)).values() if declaration(one)]
        assert {declaration(one).name for one in declared} <= {spec.name for spec in catalogue()}


@pytest.mark.parametrize("spec", catalogue(), ids=lambda spec: spec.name)
def test_a_feature_is_documented_with_an_example_that_uses_it(spec):
    documentation = inspect.getdoc(spec.formula)
    assert f">>> value_of({spec.name}, " in documentation or f"value_of({spec.name}, " in documentation
    assert spec.unit
    assert spec.meaning
    assert spec.meaning[0].islower()
    assert spec.null
    assert re.fullmatch(r"[a-z][a-z0-9_]*|T", spec.name)
    assert spec.dtype == "float" or spec.null == "never", "a count is never null"


def test_all_columns_allow_all_features_and_two_columns_some():
    assert not left_out(LOG)
    bare = {spec.name for spec in choose(None, ("customer_id", "day", "is_purchase"))}
    assert {"recency_days", "purchase_days", "orders", "gap_median", "T"} <= bare
    assert not any(spec.money for spec in catalogue() if spec.name in bare)


def test_a_column_can_be_replaced_by_another_way():
    by_name = {spec.name: spec for spec in catalogue()}
    assert missing(by_name["margin"], ("profit",)) == ()
    assert missing(by_name["margin"], ("amount", "cost")) == ()
    assert missing(by_name["margin"], ("amount",)) == ("profit",)
    assert missing(by_name["discount_mean"], ("list_price", "amount")) == ()


def test_choosing_an_unknown_name_is_refused():
    with pytest.raises(InputError, match="unknown feature"):
        choose(["nonsense"], LOG)
