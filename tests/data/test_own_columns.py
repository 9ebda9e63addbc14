"""Own columns: known from their date on, categories fixed at training, forbidden attributes refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from crm_ml.base.exceptions import ColumnError, ForbiddenAttributeError, InputError
from crm_ml.data.own_columns import CategoryEncoding, OwnColumns, read_table

TABLE = pd.DataFrame(
    {
        "customer_id": ["a", "a", "b", "c"],
        "as_of": ["2024-01-01", "2024-03-01", "2024-02-01", "2024-02-01"],
        "visits": ["1", "9", "2", ""],
        "channel": ["web", "shop", "web", "web"],
    }
)


def test_a_row_counts_from_the_day_after_its_date():
    own = OwnColumns(TABLE)
    assert own.known_at("2024-03-01").loc["a", "visits"] == 1.0
    assert own.known_at("2024-03-02").loc["a", "visits"] == 9.0
    assert own.known_at("2024-01-01").empty


def test_numbers_written_as_text_are_numbers_and_empty_is_missing():
    known = OwnColumns(TABLE).known_at("2024-02-15")
    assert known["visits"].dtype == np.float64
    assert np.isnan(known.loc["c", "visits"])
    assert known["channel"].tolist() == ["web", "web", "web"]


def test_a_category_that_training_did_not_see_is_other_and_counted():
    own = OwnColumns(TABLE)
    encoding = CategoryEncoding.fit(own.known_at("2024-02-15"))
    made, unseen = CategoryEncoding.from_dict(encoding.to_dict()).transform(own.known_at("2024-04-01"))
    assert unseen == {"channel": 1}
    assert made.loc["a", ["channel=web", "channel=other"]].tolist() == [0.0, 1.0]


def test_a_column_of_the_training_that_is_gone_stops():
    encoding = CategoryEncoding.fit(OwnColumns(TABLE).known_at("2024-04-01"))
    with pytest.raises(ColumnError, match="channel"):
        encoding.transform(OwnColumns(TABLE, columns=["visits"]).known_at("2024-04-01"))


def test_a_misspelt_column_gets_the_nearest_name():
    with pytest.raises(ColumnError, match="did you mean 'visits'"):
        OwnColumns(TABLE, columns=["vists"])


@pytest.mark.parametrize("name", ["gender", "geslacht", "religion"])
def test_forbidden_attributes_are_refused_by_name(name):
    with pytest.raises(ForbiddenAttributeError, match=name):
        OwnColumns(TABLE.rename(columns={"channel": name}))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match="nowhere"):
        read_table(tmp_path / "nowhere.csv")
