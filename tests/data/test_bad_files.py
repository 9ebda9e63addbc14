"""Files as they come: what a whole file can have wrong (lines 1 to 9, 36 and 37 of the list of bad input)."""

from __future__ import annotations

import gzip
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from crm_ml.base.exceptions import ColumnError, FileError, InputError

from .conftest import balanced, found, rows_of

HEAD = "id,day,net"
GOOD = ("a,2024-01-01,1.50", "b,2024-01-02,2.50")


def test_line_1_missing_file_names_the_nearest(csv, read):
    """A typing error in a path must not cost a search."""
    path = csv(HEAD, *GOOD)
    with pytest.raises(FileError, match=r"did you mean .*orders\.csv"):
        read(path.with_name("order.csv"))


def test_line_1_folder_without_tables(tmp_path, read):
    """A folder is read only when it holds tables."""
    with pytest.raises(FileError, match="no CSV or Parquet file in the folder"):
        read(tmp_path)


def test_line_1_unreadable_file(csv, read, monkeypatch):
    """Missing rights are told apart from a missing file."""
    path = csv(HEAD, *GOOD)

    def refuse(self, *args, **kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(FileError, match="not readable"):
        read(path)


@pytest.mark.parametrize("content", [b"", b"\n\n", b"   "])
def test_line_2_empty_file(csv, read, content):
    """An empty export stops the run."""
    with pytest.raises(FileError, match="no rows"):
        read(csv(raw=content))


def test_line_2_header_only_lists_the_columns(csv, read):
    """A header alone shows what was exported."""
    with pytest.raises(FileError, match="id, day, net"):
        read(csv(HEAD))


def test_line_2_empty_parquet(tmp_path, read):
    """Parquet without rows is as empty as CSV without rows."""
    path = tmp_path / "orders.parquet"
    pq.write_table(pa.table({"id": pa.array([], pa.string())}), path)
    with pytest.raises(FileError, match="no rows"):
        read(path)


@pytest.mark.parametrize("cut", [3, 40, -10])
def test_line_3_truncated_parquet(tmp_path, read, cut):
    """A Parquet file that was cut off is named as such."""
    path = tmp_path / "orders.parquet"
    pq.write_table(pa.table({"id": ["a"], "day": ["2024-01-01"], "net": [1.0]}), path)
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(FileError, match="not readable as Parquet"):
        read(path)


def test_line_3_damage_in_the_middle_of_parquet(tmp_path, read):
    """A page that cannot be unpacked is an error of the file, not a crash."""
    path = tmp_path / "orders.parquet"
    ids = [f"c{number}" for number in range(5000)]
    pq.write_table(pa.table({"id": ids, "day": ["2024-01-01"] * 5000, "net": [1.0] * 5000}), path)
    content = bytearray(path.read_bytes())
    content[30:2000] = b"\xff" * 1970
    path.write_bytes(bytes(content))
    with pytest.raises(FileError, match="cannot be read"):
        read(path)


def test_line_3_truncated_gzip(csv, read):
    """A gzip file that was cut off is not half an export."""
    lines = [HEAD, *(f"c{number},2024-01-01,{number}.00" for number in range(5000))]
    packed = gzip.compress("\n".join(lines).encode())
    with pytest.raises(FileError, match="not readable as gzip"):
        read(csv(raw=packed[: len(packed) // 2], name="orders.csv.gz"))


@pytest.mark.parametrize("name", ["orders.csv", "orders.parquet", "orders.xlsx"])
def test_line_3_binary_files(csv, read, name):
    """A picture or a workbook is not parsed as text."""
    head = b"PK\x03\x04" if name.endswith("xlsx") else b"\x89PNG\r\n"
    with pytest.raises(FileError, match=r"not a text file|not readable as Parquet|workbook"):
        read(csv(raw=head + b"\x00\x01\x02" * 100, name=name))


@pytest.mark.parametrize("mark", [";", "\t", "|", ","])
def test_line_4_delimiter_is_detected_and_reported(csv, read, mark):
    """The four usual delimiters need no config."""
    tx = read(csv(*(line.replace(",", mark) for line in (HEAD, *GOOD))))
    assert tx.counts["accepted"] == 2
    assert f"delimiter {mark!r}" in found(tx)


def test_line_4_decimal_commas_do_not_pass_for_delimiters(csv, read):
    """1,50 in a file with semicolons has one field more under a comma."""
    tx = read(csv("id;day;net", "a;2024-01-01;1,50", "b;2024-01-02;2,50"))
    assert rows_of(tx, "amount") == [(15_000,), (25_000,)]


def test_line_4_ambiguous_delimiter_asks(csv, read):
    """Two delimiters that fit equally well are not chosen between."""
    path = csv("id,day;net,x", "a,b;c,d")
    with pytest.raises(InputError, match=r"delimiter of orders\.csv is ambiguous"):
        read(path, roles={"customer_id": "nowhere", "timestamp": "never", "amount": ""})


@pytest.mark.parametrize(
    ("encoding", "reported"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("cp1252", "cp1252"),
    ],
)
def test_line_5_encoding_is_detected_and_reported(csv, read, encoding, reported):
    """Names with accents survive every usual encoding, with or without byte order mark."""
    rows = [f"José-{number},2024-01-01,1.00" for number in range(300)]
    tx = read(csv(raw="\n".join([HEAD, *rows]).encode(encoding)))
    assert ("José-0",) in rows_of(tx, "customer_id")
    assert f"encoding {reported}" in found(tx)


def test_line_5_undecodable_bytes_go_to_quarantine(csv, read, tmp_path):
    """One damaged row does not change the encoding of the others, and is found by its offset."""
    path = csv(raw=b"id,day,net\na,2024-01-01,1\n\xff\xfeb,2024-01-02,2\n\xc3\xa9,2024-01-03,3\n")
    tx = read(path)
    assert rows_of(tx, "customer_id") == [("a",), ("é",)]
    assert found(tx)["undecodable bytes"] == 1
    assert balanced(tx)


def test_line_6_quoted_newlines_and_ragged_rows(csv, read):
    """Rows with too few or too many fields are set apart with their numbers; quoted newlines are text."""
    tx = read(
        csv(
            "id,day,net",
            '"a ""x""\nb",2024-01-01,1',
            "b,2024-01-02",
            "c,2024-01-03,1,2,3",
            "",
            "d,2024-01-04,4",
        )
    )
    assert rows_of(tx, "customer_id") == [('a "x"\nb',), ("d",)]
    table = tx.quality().table.set_index("finding")
    assert table.loc["too few fields", "example_rows"] == "2"
    assert table.loc["too many fields", "example_rows"] == "3"
    assert balanced(tx)


def test_line_7_duplicate_names_stop_only_when_mapped(csv, read):
    """A column that is there twice must not be chosen by chance."""
    lines = ("id,day,net,net,,", "a,2024-01-01,1,2,,")
    with pytest.raises(ColumnError, match="'net' is ambiguous"):
        read(csv(*lines))
    assert read(csv(*lines), roles={"amount": ""}).counts["accepted"] == 1


def test_line_7_spaces_and_case_are_overlooked_and_reported(csv, read):
    """Exports differ in spaces and capitals; the report says what was taken for what."""
    tx = read(csv(" ID ,Day,NET", *GOOD))
    assert "column found as 'NET'" in found(tx)
    with pytest.raises(ColumnError, match="ambiguous"):
        read(csv("Id,ID,day,net", "a,b,2024-01-01,1"))


def test_line_7_exact_name_wins_in_parquet(tmp_path, read):
    """DuckDB itself does not tell Net from net; the mapping does."""
    path = tmp_path / "orders.parquet"
    pq.write_table(pa.table({"id": ["a"], "day": ["2024-01-01"], "Net": [1.0], "net": [2.0]}), path)
    assert rows_of(read(path), "amount") == [(20_000,)]
    assert rows_of(read(path, roles={"amount": "Net"}), "amount") == [(10_000,)]


def test_line_8_missing_columns_come_together_with_near_misses(csv, read):
    """A user mends the whole mapping in one round."""
    with pytest.raises(ColumnError, match=r"did you mean 'id'") as caught:
        read(csv(HEAD, *GOOD), roles={"customer_id": "idd", "amount": "nett"})
    assert "2 problems" in str(caught.value)
    assert "did you mean 'net'" in str(caught.value)


@pytest.mark.parametrize(
    "expression",
    [
        "net.sum()",
        "__import__('os')",
        "net ** 2",
        "net if id else 1",
        "net[0]",
        "net == 1",
        "'text'",
        "1 +",
        "net, 2",
        "True",
    ],
)
def test_line_9_expressions_hold_columns_numbers_and_four_signs(csv, read, expression):
    """Text from a config never runs as code."""
    with pytest.raises(ColumnError):
        read(csv(HEAD, *GOOD), roles={"amount": expression})


def test_line_9_unknown_column_in_an_expression(csv, read):
    """The near miss is named inside an expression too."""
    with pytest.raises(ColumnError, match="did you mean 'net'"):
        read(csv(HEAD, *GOOD), roles={"amount": "nett * 2"})


def test_line_9_expression_is_computed(csv, read):
    """Brackets, signs, numbers and names between backquotes do what they say."""
    path = csv("id,day,qty,unit price", "a,2024-01-01,3,1.25", "b,2024-01-01,-2,0.10")
    tx = read(path, roles={"amount": "-(qty × `unit price`) / 2 + 1"})
    assert rows_of(tx, "customer_id", "amount") == [("a", -8_750), ("b", 11_000)]


@pytest.mark.parametrize(
    "name",
    [
        'net "total"; DROP TABLE x --',
        "select",
        "naïve 💶",
        "n" * 300,
        "a.b",
        "day__",
        "__row__x",
        "it's",
        "100%",
    ],
)
def test_line_36_any_column_name_works(read, name, csv):
    """Identifiers are quoted, never pasted into SQL."""
    table = pd.DataFrame({"id": ["a"], "day": ["2024-01-01"], name: [2.0]})
    assert rows_of(read(table, roles={"amount": name}), "amount") == [(20_000,)]
    quoted = '"' + name.replace('"', '""') + '"'
    assert rows_of(read(csv(f"id,day,{quoted}", "a,2024-01-01,2"), roles={"amount": name}), "amount") == [
        (20_000,)
    ]


def test_line_36_names_of_the_canonical_log_may_mean_something_else(read):
    """A source column called "day" or "amount" that plays no such role changes nothing."""
    table = pd.DataFrame({"id": ["a"], "day": ["2024-01-01"], "net": [2.0], "amount": ["x"], "category": [1]})
    table["customer_id"] = "z"
    assert rows_of(read(table, roles={"category": "customer_id"}), "amount", "category") == [(20_000, "z")]


@pytest.mark.parametrize("name", ["a[1].csv", "sales *.csv", "it's ; --.csv", "with space.csv"])
def test_line_36_any_file_name_works(csv, read, name):
    """A path is neither a pattern nor SQL."""
    assert read(csv(HEAD, *GOOD, name=name)).counts["accepted"] == 2


def test_line_37_too_many_columns(csv, read):
    """Millions of columns stop with a message, not with an exhausted machine."""
    header = ",".join(["id", "day", "net", *(f"x{number}" for number in range(30_000))])
    with pytest.raises(FileError, match="too many columns"):
        read(csv(header, "a"))


def test_line_37_one_endless_line(csv, read):
    """A file without line ends is not read into memory."""
    with pytest.raises(FileError, match="no line end"):
        read(csv(raw=b"id,day,net," + b"x" * (40 << 20)))


def test_line_37_size_limit_counts_unpacked(csv, read):
    """A small gzip file that bursts open is stopped by the same limit as a large file."""
    bomb = gzip.compress(b"id,day,net\n" + b"a,2024-01-01,1\n" * 200_000)
    with pytest.raises(FileError, match="too large"):
        read(csv(raw=bomb, name="orders.csv.gz"), max_bytes=1_000_000)


def test_several_files_folder_glob_and_list_are_one_table(csv, read, tmp_path):
    """How a log is split over files changes neither rows nor fingerprint."""
    whole = read(csv(HEAD, *GOOD, name="all.txt"))
    first, second = csv(HEAD, GOOD[0], name="p1.csv"), csv(HEAD, GOOD[1], name="p2.csv")
    for source in (tmp_path / "p*.csv", [first, second]):
        tx = read(str(source) if isinstance(source, Path) else source)
        assert tx.fingerprint == whole.fingerprint
    with pytest.raises(ColumnError, match="other columns"):
        read([first, csv("id,day,price", "c,2024-01-01,1", name="p3.csv")])


def test_rows_of_several_files_are_named_by_file(csv, read):
    """A row number alone does not find a row among many files."""
    paths = [csv(HEAD, "a,2024-01-01,1", "b,bad,2", name=f"part{number}.csv") for number in (1, 2)]
    table = read(paths).quality().table.set_index("finding")
    assert table.loc["date unreadable", "example_rows"] == "part1.csv:2, part2.csv:2"


def test_excel_separator_line_is_understood(csv, read):
    """Excel writes sep=; above the header."""
    assert read(csv("sep=;", "id;day;net", "a;2024-01-01;1")).counts["accepted"] == 1
