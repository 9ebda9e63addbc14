"""Texts that stand for nothing: no value, nobody in particular."""

from __future__ import annotations

import functools
import operator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import narwhals as nw

    from crm_ml.data.rules import DataRules

__all__ = ["is_marker", "markers", "unknown_customers"]


def markers(rules: DataRules) -> list[str]:
    """Return the texts that mean "no value", in small letters."""
    return sorted({"", *(marker.lower() for marker in rules.missing_markers)})


def unknown_customers(rules: DataRules) -> list[str]:
    """Return the ids that mean "nobody in particular", in small letters."""
    return sorted({name.lower() for name in rules.unknown_customers})


def is_marker(value: nw.Expr, rules: DataRules) -> nw.Expr:
    """Whether each text of a column that few read means "no value", in whatever case.

    Not ``is_in``: DuckDB makes a join of that and keeps it for nobody. Only short texts are looked at closer.
    """
    import narwhals as nw

    texts, small = markers(rules), value.str.to_lowercase()
    found = functools.reduce(operator.or_, (small == text for text in texts))
    return nw.when(value.str.len_chars() <= max(map(len, texts))).then(found).otherwise(nw.lit(False))
