"""Merged ids that contradict each other are refused."""

import pytest

from crm_ml.base.exceptions import InputError
from crm_ml.data.id_map import follow, id_table


def test_a_customer_cannot_be_merged_into_two():
    """One of two truths would be chosen by the order of rows."""
    with pytest.raises(InputError, match="into two others"):
        follow([("a", "b"), ("a", "c")])


@pytest.mark.parametrize("pairs", [[("a", "b"), ("b", "a")], [("a", "b"), ("b", "c"), ("c", "a")]])
def test_circles_are_refused(pairs):
    """A circle has no end."""
    with pytest.raises(InputError, match="circle"):
        follow(pairs)


def test_long_chains_end():
    """Ten thousand mergers in a row end at the last id, at once."""
    chain = follow([(str(number), str(number + 1)) for number in range(10_000)])
    assert set(chain.values()) == {"10000"}


def test_an_id_merged_into_itself_stays():
    """Systems list the survivors too."""
    assert follow([("a", "a"), ("b", "a")]) == {"a": "a", "b": "a"}


def test_a_table_needs_two_columns(tmp_path):
    """The message says what an id map looks like."""
    path = tmp_path / "map.csv"
    path.write_text("old\na\n")
    with pytest.raises(InputError, match="two columns"):
        id_table(path)
    with pytest.raises(InputError, match="not found"):
        id_table(tmp_path / "none.csv")
