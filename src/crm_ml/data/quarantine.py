"""Write the refused rows to a file: where they stood, why they were refused, what they held."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crm_ml.base.exceptions import FileError
from crm_ml.base.files import atomic_path
from crm_ml.data.cleaning import REASON
from crm_ml.data.engines.base import FILE, ROW

if TYPE_CHECKING:
    from os import PathLike

    import narwhals as nw
    import pyarrow as pa

    from crm_ml.data.engines.base import Engine
    from crm_ml.data.engines.csv_files import BadRow

__all__ = ["write_quarantine"]

_OWN = ("quarantine_file", "quarantine_row", "quarantine_reason", "quarantine_text")
# A spreadsheet runs a cell that starts like this, unless it is a plain or a phone number.
_RISKY = r"^[\"'\s]*[=+\-@\t\r＝＋－＠]"
_HARMLESS = r"^[+-]?[\d\s.,()/-]+$"


def write_quarantine(
    path: str | PathLike[str],
    refused: nw.LazyFrame[Any],
    bad_rows: Sequence[tuple[str, BadRow]],
    labels: Mapping[str, str],
    engine: Engine,
) -> None:
    """Write refused rows to a ``.parquet`` or ``.csv`` file, atomically.

    Columns: ``quarantine_file`` (empty for a single source), ``quarantine_row`` (1-based, below the header),
    ``quarantine_reason``, ``quarantine_text`` (of a line without fields), then the mapped source columns
    as text.

    Raises
    ------
    FileError
        When the suffix is another one.
    """
    path = Path(path)
    if path.suffix not in (".parquet", ".csv"):
        raise FileError("a quarantine file is .parquet or .csv", got=path.name)
    with atomic_path(path) as temporary:
        _write(temporary, _tables(refused, bad_rows, labels, engine))


def _tables(
    refused: nw.LazyFrame[Any],
    bad_rows: Sequence[tuple[str, BadRow]],
    labels: Mapping[str, str],
    engine: Engine,
) -> Iterator[pa.Table]:
    import narwhals as nw
    import pyarrow as pa

    inside = [name for name in labels if name in refused.collect_schema()]
    names = [*_OWN, *(labels[name] for name in inside)]
    schema = pa.schema([(name, pa.int64() if name == "quarantine_row" else pa.string()) for name in names])
    several = FILE in refused.collect_schema()
    file = nw.col(FILE) if several else nw.lit("")
    shown = refused.select(
        file.cast(nw.String).alias("f"),
        nw.col(ROW).cast(nw.Int64),
        nw.col(REASON),
        nw.lit("").alias("t"),
        *(nw.col(name).cast(nw.String) for name in inside),
    )
    yield schema.empty_table()
    for batch in engine.to_batches(shown):
        yield pa.Table.from_batches([batch]).rename_columns(names).cast(schema)
    if bad_rows:
        lines = [
            dict(zip(_OWN, (name, row.row, f"{row.reason} (byte {row.byte})", row.text), strict=True))
            for name, row in bad_rows
        ]
        yield pa.Table.from_pylist(lines, schema=schema)


def _write(path: Path, tables: Iterator[pa.Table]) -> None:
    import pyarrow.csv as pa_csv
    import pyarrow.parquet as pq

    first = next(tables)
    if path.suffix == ".parquet":
        with pq.ParquetWriter(path, first.schema) as parquet:
            for table in tables:
                parquet.write_table(table)
        return
    header = first.rename_columns([_safe_name(name) for name in first.column_names])
    with pa_csv.CSVWriter(path, header.schema) as text:
        for table in tables:
            text.write_table(_harmless(table).rename_columns(header.column_names))


def _safe_name(name: str) -> str:
    return f"'{name}" if name[:1] in tuple("=+-@\t\r") else name


def _harmless(table: pa.Table) -> pa.Table:
    """Put an apostrophe before text that a spreadsheet would run."""
    import pyarrow as pa
    import pyarrow.compute as pc

    for number, one in enumerate(table.schema):
        if not pa.types.is_string(one.type):
            continue
        cells = pc.fill_null(table.column(number), "")
        risky = pc.and_not(
            pc.match_substring_regex(cells, _RISKY), pc.match_substring_regex(cells, _HARMLESS)
        )
        safe = pc.if_else(risky, pc.binary_join_element_wise("'", cells, ""), cells)
        table = table.set_column(number, one, safe)
    return table
