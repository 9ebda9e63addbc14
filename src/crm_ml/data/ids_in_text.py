"""Customer ids as exports leave them: padded with spaces, turned into 123.0 or rounded to 1.23E+05."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crm_ml.base.exceptions import InputError

if TYPE_CHECKING:
    import narwhals as nw

    from crm_ml.data.engines.base import Engine
    from crm_ml.data.rules import DataRules

__all__ = ["IdStyle", "decide_ids"]

_WHOLE = r"^\s*\d+(\.0+)?\s*$"
_ROUNDED = r"^\s*\d(\.\d+)?E\+\d+\s*$"


@dataclass(frozen=True)
class IdStyle:
    """What must happen to the ids of a whole column.

    Parameters
    ----------
    trim : bool
        Whether some have white space around them that must go.
    restore : bool
        Whether all are whole numbers that passed through a float, such as ``123.0``.
    """

    trim: bool = False
    restore: bool = False


def decide_ids(frame: nw.LazyFrame[Any], engine: Engine, rules: DataRules, label: str) -> IdStyle:
    """Decide on the ids of a frame of one column.

    Raises
    ------
    InputError
        When digits are lost: ids with decimals, or rounded by a spreadsheet.
    """
    import narwhals as nw

    [(name, dtype)] = frame.collect_schema().items()
    column = nw.col(name)
    if dtype.is_float():
        broken = _count(frame, engine, broken=(column != column.floor()) | (column.abs() >= 2**53))["broken"]
        if broken:
            do = "export the ids as text, or map the right column"
            raise InputError(
                f"customer ids in {label!r} are numbers with decimals", got=f"{broken:,} rows", do=do
            )
    if dtype != nw.String:
        return IdStyle()
    seen = _count(
        frame,
        engine,
        padded=column.str.contains(r"^\s|\s$"),
        point=column.str.contains(".0", literal=True),
        exponent=column.str.contains("E+", literal=True),
    )
    trim = rules.trim_ids and seen["padded"] > 0
    if not seen["point"] and not seen["exponent"]:
        return IdStyle(trim)
    # Only now the dear question, what the others look like.
    empty = column.str.strip_chars().str.to_lowercase().is_in(["", *map(str.lower, rules.missing_markers)])
    whole = column.str.contains(_WHOLE)
    form = _count(
        frame.filter(~empty), engine, rounded=column.str.contains(_ROUNDED), whole=whole, other=~whole
    )
    if form["rounded"]:
        raise InputError(
            f"customer ids in {label!r} were rounded by a spreadsheet (1.23E+05)",
            got=f"{form['rounded']:,} rows",
            do="export the ids as text: the last digits are lost",
        )
    return IdStyle(trim, restore=seen["point"] > 0 and not form["other"])


def _count(frame: nw.LazyFrame[Any], engine: Engine, **flags: nw.Expr) -> dict[str, int]:
    import narwhals as nw

    counted = frame.select(**{key: flag.cast(nw.Int64).sum() for key, flag in flags.items()})
    return {key: int(value or 0) for key, value in engine.to_arrow(counted).to_pylist()[0].items()}
