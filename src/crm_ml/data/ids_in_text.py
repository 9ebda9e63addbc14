"""Customer ids as exports leave them: padded with spaces, turned into 123.0 or rounded to 1.23E+05."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from crm_ml.base.exceptions import InputError
from crm_ml.data.markers import markers, unknown_customers

if TYPE_CHECKING:
    import narwhals as nw

    from crm_ml.data.engines.base import Engine
    from crm_ml.data.rules import DataRules

__all__ = ["IdStyle", "decide_ids"]

_WHOLE = r"^\s*\d+(\.0+)?\s*$"
_ROUNDED = r"^\s*\d(\.\d+)?E\+\d+\s*$"


@dataclass(frozen=True)
class IdStyle:
    """What must happen to the ids of a whole column, and what has to be looked for in its rows.

    Parameters
    ----------
    trim : bool
        Whether some have white space around them that must go.
    restore : bool
        Whether all are whole numbers that passed through a float, such as ``123.0``.
    missing, marked, unknown, long : bool
        Whether some may be missing, be text that means so, mean nobody in particular, or be too long; rows
        are not asked what no id of the column is.
    distinct : int, optional
        How many different ids there are, when that is known.
    kept : narwhals LazyFrame, optional
        The different ids with their `number` in the order of ids; the engine keeps it for who asks for
        customers as numbers.
    """

    trim: bool = False
    restore: bool = False
    missing: bool = True
    marked: bool = True
    unknown: bool = True
    long: bool = True
    distinct: int | None = None
    kept: nw.LazyFrame[Any] | None = None

    @property
    def clean(self) -> bool:
        """Whether every id can stay as it is written."""
        doubts = (self.trim, self.restore, self.missing, self.marked, self.unknown, self.long)
        return not any(doubts)


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
    # Every id is looked at once, however many rows it has.
    ids = frame.group_by(name).agg(rows=nw.len().cast(nw.Int64))
    kept = engine.materialise(ids.with_row_index("number", order_by=name)) if engine.room else None
    ids = ids if kept is None else kept
    bare = column.str.strip_chars().str.to_lowercase()
    seen = _count(
        ids,
        engine,
        distinct=~column.is_null(),
        missing=column.is_null(),
        marked=bare.is_in(markers(rules)),
        unknown=bare.is_in(unknown_customers(rules)),
        long=column.str.len_chars() > rules.max_id_length,
        padded=column.str.contains(r"^\s|\s$"),
        point=column.str.contains(".0", literal=True),
        exponent=column.str.contains("E+", literal=True),
    )
    style = IdStyle(
        trim=rules.trim_ids and seen["padded"] > 0,
        restore=_passed_through_float(ids.select(name, "rows"), engine, rules, label)
        if seen["point"] or seen["exponent"]
        else False,
        distinct=seen["distinct"],
        kept=kept,
        **{key: seen[key] > 0 for key in ("missing", "marked", "unknown", "long")},
    )
    return replace(style, unknown=True) if style.restore else style  # 0.0 turns into 0


def _passed_through_float(ids: nw.LazyFrame[Any], engine: Engine, rules: DataRules, label: str) -> bool:
    """Whether all ids are whole numbers with a decimal point; stop where digits are lost."""
    import narwhals as nw

    column = nw.col(ids.collect_schema().names()[0])
    known = ids.filter(~column.str.strip_chars().str.to_lowercase().is_in(markers(rules)))
    whole, rows = column.str.contains(_WHOLE), nw.col("rows")
    form = engine.to_arrow(
        known.select(
            point=column.str.contains(".0", literal=True).cast(nw.Int64).sum(),
            other=(~whole).cast(nw.Int64).sum(),
            rounded=nw.when(column.str.contains(_ROUNDED)).then(rows).sum(),
        )
    ).to_pylist()[0]
    if form["rounded"]:
        raise InputError(
            f"customer ids in {label!r} were rounded by a spreadsheet (1.23E+05)",
            got=f"{int(form['rounded']):,} rows",
            do="export the ids as text: the last digits are lost",
        )
    return bool(form["point"]) and not form["other"]


def _count(frame: nw.LazyFrame[Any], engine: Engine, **flags: nw.Expr) -> dict[str, int]:
    import narwhals as nw

    counted = frame.select(**{key: flag.cast(nw.Int64).sum() for key, flag in flags.items()})
    return {key: int(value or 0) for key, value in engine.to_arrow(counted).to_pylist()[0].items()}
