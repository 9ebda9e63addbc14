"""CSV to Parquet, every column as text, bad rows set apart; DuckDB does it for all engines."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from crm_ml.data.engines.sql_text import literal, path_literal

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["LINE", "BadRow", "spool_csv"]

# Number of a good row below the header, where bad rows stand between the good ones.
LINE = "__line__"

_REASONS = {
    "MISSING COLUMNS": "too few fields",
    "TOO MANY COLUMNS": "too many fields",
    "UNQUOTED VALUE": "broken quotes",
    "INVALID ENCODING": "undecodable bytes",
    "LINE SIZE OVER MAXIMUM": "line too long",
}
# A missing field must differ from an empty one, so no text may stand for NULL.
_NO_NULL_TEXT = "\x01\x02"


@dataclass(frozen=True)
class BadRow:
    """A row of a text file that has no fields to judge.

    Parameters
    ----------
    row : int
        1-based number below the header.
    reason : str
        What is wrong with it.
    byte : int
        Offset of its first byte in the (unpacked) file.
    text : str
        The row as far as it can be shown.
    """

    row: int
    reason: str
    byte: int
    text: str


def spool_csv(
    path: Path, target: Path, *, columns: int, delimiter: str, blanks: tuple[int, ...] = ()
) -> list[BadRow]:
    """Write the good rows of a CSV file to a Parquet file with text columns c0, c1, …; return the bad ones.

    Parameters
    ----------
    path, target : Path
        UTF-8 text, plain or gzip, and the Parquet file to write.
    columns : int
        Number of fields a good row has.
    delimiter : str
        One character.
    blanks : tuple of int
        Byte offsets of empty lines, which are no rows.
    """
    names = ", ".join(f"c{number}: 'VARCHAR'" for number in range(columns))
    scan = (
        f"read_csv({path_literal(str(path))}, columns={{{names}}}, delim={literal(delimiter)}, header=true, "
        f"quote='\"', escape='\"', nullstr={literal(_NO_NULL_TEXT)}, auto_detect=false, "
        "strict_mode=true, store_rejects=true, rejects_limit=0, compression="
        f"{'gzip' if _packed(path) else 'none'!r})"
    )
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"COPY (FROM {scan}) TO {literal(str(target))} (FORMAT parquet)")
        rejects = connection.execute(
            "SELECT line, line_byte_position, first(error_type::VARCHAR ORDER BY column_idx), "
            "first(csv_line ORDER BY column_idx) FROM reject_errors GROUP BY ALL ORDER BY line"
        ).fetchall()
        bad = [
            BadRow(line - 1 - bisect_left(blanks, byte), _reason(kind), byte - 1, text)
            for line, byte, kind, text in rejects
        ]
        if bad:
            _number_lines(connection, target, [one.row for one in bad])
    return bad


def _reason(kind: str) -> str:
    return _REASONS.get(kind, kind.lower())


def _number_lines(connection: duckdb.DuckDBPyConnection, target: Path, bad: list[int]) -> None:
    """Add `LINE` to the good rows: their numbers jump where a bad row stood between them."""
    # Before the i-th bad row stand (its number − i) good ones; all good rows after those are i further.
    jumps = {row - passed: passed for passed, row in enumerate(bad, start=1)}
    connection.execute("CREATE TABLE jumps (good BIGINT, passed BIGINT)")
    connection.executemany("INSERT INTO jumps VALUES (?, ?)", list(jumps.items()))
    numbered = target.with_name(f"{target.name}.numbered")
    connection.execute(
        f"COPY (FROM (FROM read_parquet({path_literal(str(target))}, file_row_number=true)) AS rows "
        "ASOF LEFT JOIN jumps ON file_row_number + 1 > good SELECT rows.* EXCLUDE (file_row_number), "
        f"file_row_number + 1 + coalesce(passed, 0) AS {LINE} ORDER BY {LINE}) "
        f"TO {literal(str(numbered))} (FORMAT parquet)"
    )
    numbered.replace(target)


def _packed(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"
