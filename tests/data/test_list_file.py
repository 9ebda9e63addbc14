"""A list file is asked and never loaded; names are checked, values are parameters."""

import datetime as dt
import threading

import duckdb
import pandas as pd
import pytest

from crm_ml.base.exceptions import ColumnError, FileError
from crm_ml.data.engines.list_file import Condition, ListFile, Position
from crm_ml.data.pseudonyms import pseudonyms

KEY = "a secret of a fair length, longer than one block of the hash, which is hashed before it is padded"


@pytest.fixture
def path(tmp_path):
    """A small list with ties, missing values, and hostile names and texts."""
    table = pd.DataFrame(
        {
            "rank": range(1, 8),
            "customer_id": ["a", "b", "c'; DROP TABLE x", "d", "é😀", "f", "g"],
            "clv": [5.0, None, 5.0, 9.0, None, 1.0, 5.0],
            "last_purchase": [dt.date(2024, 1, one) for one in range(1, 8)],
            'odd "name"; --': list("xyxyxyx"),
        }
    )
    path = tmp_path / "a [list]*.parquet"
    table.to_parquet(path, index=False, row_group_size=2)
    return path


def ranks(rows):
    return [row["rank"] for row in rows]


@pytest.mark.parametrize(
    ("descending", "expected"), [(True, [4, 1, 3, 7, 6, 2, 5]), (False, [6, 1, 3, 7, 4, 2, 5])]
)
@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_pages_put_together_are_the_whole_in_order(path, descending, expected, size):
    """Ties by rank, missing last, whatever the size of a page."""
    file, found, after = ListFile(path), [], None
    while True:
        rows = file.page(["rank", "clv"], sort="clv", descending=descending, after=after, limit=size)
        if not rows:
            break
        found += ranks(rows)
        after = Position(rows[-1]["clv"], rows[-1]["rank"])
    assert found == expected


def test_conditions_hold_together(path):
    """All of them, on any kind of value; an odd name is quoted."""
    file = ListFile(path)
    odd = Condition('odd "name"; --', "=", "x")
    assert ranks(file.page(["rank"], conditions=[odd])) == [1, 3, 5, 7]
    late = Condition("last_purchase", ">=", dt.date(2024, 1, 4))
    assert ranks(file.page(["rank"], conditions=[odd, late])) == [5, 7]
    assert ranks(file.page(["rank"], conditions=[odd, Condition("clv", "<=", 5)], descending=True)) == [
        7,
        3,
        1,
    ]


@pytest.mark.parametrize("value", ["c'; DROP TABLE x", "é😀"])
def test_a_customer_is_found_by_any_id(path, value):
    """A value is compared, whatever it holds."""
    assert ListFile(path).row(["customer_id"], value) == {"customer_id": value}


@pytest.mark.parametrize("value", ["' OR 1=1 --", "", "?", "\x00", "%"])
def test_nobody_else_is_found(path, value):
    """No pattern, no condition."""
    assert ListFile(path).row(["customer_id"], value) is None


def test_a_pseudonym_finds_its_customer(path):
    """The hash in the engine is the one that the pseudonyms are made with."""
    file = ListFile(path)
    for customer in ("a", "é😀"):
        hidden = pseudonyms([customer], KEY)[0]
        assert file.row(["customer_id"], hidden, key=KEY) == {"customer_id": customer}
        assert file.row(["customer_id"], customer, key=KEY) is None


@pytest.mark.parametrize("name", ["nothing", "clv) FROM x; --", "*", "RANK"])
def test_unknown_columns_are_refused_by_name(path, name):
    """In every place that takes a name."""
    file = ListFile(path)
    for ask in (
        lambda: file.page([name]),
        lambda: file.page(["rank"], sort=name),
        lambda: file.page(["rank"], conditions=[Condition(name, "=", 1)]),
        lambda: file.row([name], "a"),
        lambda: file.first([name]),
    ):
        with pytest.raises(ColumnError, match="no such column"):
            ask()


def test_other_files_are_out_of_reach(path, tmp_path):
    """Even SQL that got in would read nothing but the folder of the list, and could not change that."""
    connection = ListFile(path)._connection
    for query in (
        "SELECT * FROM read_text('/etc/hosts')",
        "COPY (SELECT 1) TO '/var/tmp/x.csv'",
        "SET enable_external_access = true",
        "INSTALL httpfs",
    ):
        with pytest.raises(duckdb.Error):
            connection.execute(query)


def test_a_replaced_file_is_met_by_the_next_question(path):
    """Nothing of the old one is remembered."""
    file = ListFile(path)
    assert len(file) == 7
    table = pd.read_parquet(path)
    new = path.with_name("new.parquet")
    table.tail(2).to_parquet(new, index=False)
    new.replace(path)
    assert len(file) == 2
    assert ranks(file.page(["rank"])) == [6, 7]


def test_missing_values_are_none_and_dates_are_texts(path):
    """A row is JSON as it stands."""
    row = ListFile(path).row(["clv", "last_purchase"], "b")
    assert row == {"clv": None, "last_purchase": "2024-01-02"}


def test_what_is_no_parquet_file_is_refused(tmp_path):
    """By name, with what to do."""
    (tmp_path / "list.parquet").write_text("rank,customer_id")
    with pytest.raises(FileError, match="not a Parquet file"):
        ListFile(tmp_path / "list.parquet")


def test_many_threads_ask_at_a_time(path):
    """Each gets its own answer."""
    file, wrong = ListFile(path), []

    def ask(number):
        for _ in range(20):
            rows = file.page(["rank"], conditions=[Condition("rank", "=", number)])
            if ranks(rows) != [number]:
                wrong.append(number)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(1, 6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert wrong == []
