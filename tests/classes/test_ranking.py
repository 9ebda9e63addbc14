"""The order of customers and the names of their classes, by place."""

import numpy as np
import pandas as pd

from crm_ml.classes.abc import Abc
from crm_ml.classes.pyramid import PYRAMID, Pyramid
from crm_ml.classes.ranking import largest_first, names_at


def test_equal_amounts_go_by_customer_id_wherever_they_stand():
    amounts = pd.Series({"c": 5.0, "a": 5.0, "d": np.nan, "b": 9.0})
    assert amounts.index[largest_first(amounts)].tolist() == ["b", "a", "c", "d"]


def test_names_are_text_also_when_nobody_is_there():
    assert names_at(np.array([], dtype="int64"), ["A"]).dtype == "str"


def test_a_class_does_not_depend_on_the_order_of_customers():
    generator = np.random.default_rng(1)
    amounts = pd.Series(generator.integers(-2, 9, 200).astype(float), [f"c{one:03d}" for one in range(200)])
    amounts = amounts.sample(frac=1, random_state=0)
    for ranking in (Abc(), Pyramid()):
        there, back = ranking.rank(amounts), ranking.rank(amounts.sort_index())
        pd.testing.assert_series_equal(there.sort_index(), back)


def test_places_of_the_pyramid_name_its_classes():
    amounts = pd.Series({"a": 3.0, "b": 0.0, "c": 8.0})
    places = Pyramid().places(amounts)
    assert (
        [PYRAMID[place] for place in places]
        == Pyramid().rank(amounts).tolist()
        == ["small", "inactive", "top"]
    )
