"""Look at whole columns before judging rows: which date format, which decimal mark, what kind of ids."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crm_ml.base.exceptions import InputError
from crm_ml.data.dates_in_text import candidates, date_text, decide_format, number_format, shape_of
from crm_ml.data.engines.base import DayFrom
from crm_ml.data.ids_in_text import IdStyle, decide_ids
from crm_ml.data.markers import is_marker
from crm_ml.data.numbers_in_text import NumberStyle, decide_style, is_plain, mark_counts, style_counts

if TYPE_CHECKING:
    import narwhals as nw

    from crm_ml.data.engines.base import Engine
    from crm_ml.data.mapping import Columns
    from crm_ml.data.rules import DataRules

__all__ = ["Conventions", "survey"]

_SAMPLE_ROWS = 2_000


@dataclass(frozen=True)
class Conventions:
    """What was decided on whole columns.

    Parameters
    ----------
    formats : mapping of str to str
        Date format by column; empty text for a column of dates.
    styles : mapping of str to NumberStyle
        Number style by column, for columns of text.
    ids : IdStyle
        What must happen to the customer ids.
    plain : set of str
        Columns of text that hold nothing but numbers or dates in their plainest form, and empty cells.
    complete : set of str
        Columns of text in which no cell means "no value".
    """

    formats: Mapping[str, str] = field(default_factory=dict)
    styles: Mapping[str, NumberStyle] = field(default_factory=dict)
    ids: IdStyle = field(default_factory=IdStyle)
    plain: frozenset[str] = frozenset()
    complete: frozenset[str] = frozenset()

    @property
    def parses(self) -> bool:
        """Whether dates or numbers are parsed out of text, which is done once and kept."""
        return bool(self.styles) or any(self.formats.values())

    def notes(self, labels: Mapping[str, str]) -> list[tuple[str, str]]:
        """Return what was detected: column and finding."""
        found = [(labels[column], f"date format {name}") for column, name in self.formats.items() if name]
        found += [
            (labels[column], f"decimal mark {style.decimal!r}") for column, style in self.styles.items()
        ]
        return found


def survey(frame: nw.LazyFrame[Any], columns: Columns, rules: DataRules, engine: Engine) -> Conventions:
    """Decide the conventions of the columns that need deciding; typed columns cost nothing.

    Parameters
    ----------
    frame : narwhals LazyFrame
        The columns of `Columns.labels`.
    columns : Columns
        Which column plays which role.

    Raises
    ------
    InputError
        When a column can be read in two ways; the message says which rule settles it.
    """
    import narwhals as nw

    schema, labels = frame.collect_schema(), columns.labels
    customer = columns.sources["customer_id"][0]
    formats = {
        name: _format(frame.select(name), engine, rules, labels[name]) for name in columns.of_kind("day")
    }
    text = [name for name, dtype in schema.items() if dtype == nw.String]
    numbers = [name for name in columns.of_kind("money", "number") if name in text]
    named = [
        name for name in (*columns.of_kind("text"), columns.currency) if name in text and name != customer
    ]
    dates = {name: format_ for name, format_ in formats.items() if name in text}
    looks = _looks(frame, engine, rules, numbers=numbers, dates=dates, named=named)
    if columns.currency and not rules.rates:
        _check_one_currency(frame.select(columns.currency), engine, labels[columns.currency])
    return Conventions(
        formats,
        _styles(frame, engine, rules, labels, {name: name in looks for name in numbers}),
        decide_ids(frame.select(customer), engine, rules, labels[customer]),
        plain=looks & {*numbers, *formats},
        complete=looks & {*named},
    )


def _looks(
    frame: nw.LazyFrame[Any],
    engine: Engine,
    rules: DataRules,
    *,
    numbers: Sequence[str],
    dates: Mapping[str, str],
    named: Sequence[str],
) -> frozenset[str]:
    """Return the columns of text in which every cell is as simple as can be: one pass that saves many."""
    import narwhals as nw

    wanted: dict[str, nw.Expr] = {}
    if rules.decimal != ",":
        wanted |= {name: is_plain(nw.col(name)) for name in numbers}
    shapes = {name: shape_of(format_) for name, format_ in dates.items()}
    wanted |= {name: nw.col(name).str.contains(f"{shape}|^$") for name, shape in shapes.items() if shape}
    wanted |= {name: ~is_marker(nw.col(name), rules) for name in named}
    if not wanted:
        return frozenset()
    counts = {f"{name}|simple": simple.cast(nw.Int64).sum() for name, simple in wanted.items()}
    counts |= {f"{name}|known": nw.col(name).count().cast(nw.Int64) for name in wanted}
    counts |= {f"{name}|{key}": one for name in numbers for key, one in mark_counts(nw.col(name)).items()}
    seen = {
        key: int(value or 0) for key, value in engine.to_arrow(frame.select(**counts)).to_pylist()[0].items()
    }
    simple = {name for name in wanted if seen[f"{name}|simple"] == seen[f"{name}|known"]}
    # 1.234 may be a thousand: some number must show what the point means.
    unclear = {name for name in numbers if seen[f"{name}|point"] and not seen[f"{name}|decimal"]}
    return frozenset(simple - unclear)


def _styles(
    frame: nw.LazyFrame[Any],
    engine: Engine,
    rules: DataRules,
    labels: Mapping[str, str],
    numbers: Mapping[str, bool],
) -> dict[str, NumberStyle]:
    """Decide the style of every column of numbers in text; of plain ones it is known."""
    import narwhals as nw

    styles = {name: NumberStyle(".") for name, plain in numbers.items() if plain}
    wanted: dict[str, nw.Expr] = {}
    for name in (one for one, plain in numbers.items() if not plain):
        wanted |= style_counts(name, nw.col(name))
    counts = engine.to_arrow(frame.select(**wanted)).to_pylist()[0] if wanted else {}
    for name in (one for one, plain in numbers.items() if not plain):
        own = {key.split("|")[-1]: value for key, value in counts.items() if key.startswith(f"{name}|")}
        styles[name] = decide_style(labels[name], own, rules.decimal)
    return styles


def _check_one_currency(frame: nw.LazyFrame[Any], engine: Engine, label: str) -> None:
    """Refuse to add up euros and dollars."""
    column = engine.to_arrow(frame.unique().head(10)).column(0)
    found = sorted({str(code).strip() for code in column.to_pylist() if str(code or "").strip()})
    if len(found) > 1:
        raise InputError(
            f"several currencies in the column {label!r}",
            got=", ".join(found),
            do="set the rule rates: the worth of one unit of each in the reporting currency",
        )


def _format(frame: nw.LazyFrame[Any], engine: Engine, rules: DataRules, label: str) -> str:
    """Decide the date format of a frame of one column."""
    import narwhals as nw

    [(name, dtype)] = frame.collect_schema().items()
    if isinstance(dtype, nw.Date | nw.Datetime):
        return ""
    if rules.date_format:
        return rules.date_format
    column = nw.col(name)
    if dtype.is_numeric():
        limits = engine.to_arrow(frame.select(low=column.min(), high=column.max())).to_pylist()[0]
        if limits["low"] is None:
            raise InputError(
                f"no date in the column {label!r}", got="only empty cells", do="map another column"
            )
        return number_format(label, float(limits["low"]), float(limits["high"]))
    if dtype != nw.String:
        raise InputError(f"the column {label!r} holds no dates", got=str(dtype), do="map another column")
    markers = ["", *(marker.lower() for marker in rules.missing_markers)]
    known = frame.filter(~column.str.strip_chars().str.to_lowercase().is_in(markers))
    sample = engine.to_arrow(known.head(_SAMPLE_ROWS)).column(0).to_pylist()
    found = candidates(label, sample)
    return found[0] if len(found) == 1 else _most_fitting(frame, engine, label, found)


def _most_fitting(frame: nw.LazyFrame[Any], engine: Engine, label: str, found: list[str]) -> str:
    """Count on the whole column what each candidate format fits, alone and in pairs."""
    import narwhals as nw

    column = nw.col(frame.collect_schema().names()[0])
    texts = frame.select(**{f"t{number}": date_text(column, one) for number, one in enumerate(found)})
    days = engine.days(texts, [DayFrom(f"d{number}", f"t{number}", one) for number, one in enumerate(found)])
    fit = {one: ~nw.col(f"d{number}").is_null() for number, one in enumerate(found)}
    pairs = list(itertools.combinations(found, 2))
    counts = {f"f{number}": fit[one].cast(nw.Int64).sum() for number, one in enumerate(found)}
    counts |= {f"p{number}": (fit[a] & fit[b]).cast(nw.Int64).sum() for number, (a, b) in enumerate(pairs)}
    seen = engine.to_arrow(days.select(**counts)).to_pylist()[0]
    fits = {one: int(seen[f"f{number}"] or 0) for number, one in enumerate(found)}
    both = {pair: int(seen[f"p{number}"] or 0) for number, pair in enumerate(pairs)}
    return decide_format(label, fits, both)
