"""CSV to Parquet, every column as text, bad rows set apart; DuckDB does it for all engines."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from crm_ml.data.engines.sql_text import literal, path_literal

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["BadRow", "spool_csv"]

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
    path: Path, target: Path, *, columns: int, delimiter: str, skip: int = 0, blanks: tuple[int, ...] = ()
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
    skip : int
        Lines above the header.
    blanks : tuple of int
        Byte offsets of empty lines, which are no rows.
    """
    names = ", ".join(f"c{number}: 'VARCHAR'" for number in range(columns))
    scan = (
        f"read_csv({path_literal(str(path))}, columns={{{names}}}, delim={literal(delimiter)}, header=true, "
        f"skip={skip}, quote='\"', escape='\"', nullstr={literal(_NO_NULL_TEXT)}, auto_detect=false, "
        "strict_mode=true, store_rejects=true, rejects_limit=0, compression="
        f"{'gzip' if _packed(path) else 'none'!r})"
    )
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"COPY (FROM {scan}) TO {literal(str(target))} (FORMAT parquet)")
        rejects = connection.execute(
            "SELECT line, line_byte_position, first(error_type::VARCHAR ORDER BY column_idx), "
            "first(csv_line ORDER BY column_idx) FROM reject_errors GROUP BY ALL ORDER BY line"
        ).fetchall()
    return [
        BadRow(int(line) - 1 - bisect_left(blanks, byte), _REASONS.get(kind, kind.lower()), int(byte) - 1, text)
        for line, byte, kind, text in rejects
    ]


def _packed(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"
