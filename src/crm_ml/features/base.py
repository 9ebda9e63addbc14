"""What a feature is: one documented function from a grain to a column of customers."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from crm_ml.features.aggregates import Column, EngineGrain, Grain

__all__ = ["FeatureSpec", "Formula", "declaration", "feature"]

Dtype = Literal["int", "float"]


Formula: TypeAlias = Callable[[Grain], Column]


@dataclass(frozen=True)
class FeatureSpec:
    """A feature as the catalogue lists it.

    Parameters
    ----------
    name, group : str
        Column name and the behaviour it belongs to.
    grain : str
        The table it is computed over.
    unit : str
        What one means; ``"currency"`` at the start for money.
    meaning : str
        The behaviour it measures, in one line.
    dtype : {"int", "float"}
        int → Int64, never null; float → Float64.
    null : str
        When it is null; ``"never"`` otherwise.
    formula : callable
        The function itself.
    looks_back : int
        Days of history without which it does not mean what it says.
    """

    name: str
    group: str
    grain: str
    unit: str
    meaning: str
    dtype: Dtype
    null: str
    formula: Formula
    looks_back: int = 0

    @functools.cached_property
    def columns(self) -> frozenset[str]:
        """Columns of the grain that it uses."""
        # Running the formula on an empty grain tells; nobody has to list them by hand.
        grain = EngineGrain(self.grain)
        self.formula(grain)
        return frozenset(grain.columns)

    @property
    def money(self) -> bool:
        """Whether the value scales with the money of the log."""
        return self.unit.startswith("currency")


def feature(
    group: str,
    *,
    unit: str,
    meaning: str,
    dtype: Dtype = "float",
    null: str = "never",
    grain: str = "day",
    looks_back: int = 0,
) -> Callable[[Formula], Formula]:
    """Declare a function as a feature; the catalogue finds it by this mark.

    Parameters
    ----------
    group, unit, meaning, dtype, null, grain, looks_back
        As in :class:`FeatureSpec`; the function's name is the feature's name.

    Examples
    --------
    >>> @feature("rfm", unit="days", meaning="days since the last purchase day", dtype="int")
    ... def recency(day: Grain) -> Column:
    ...     return day.min("purchase_age")
    >>> declaration(recency).columns
    frozenset({'purchase_age'})
    """

    def declare(formula: Formula) -> Formula:
        facts = {
            "group": group,
            "grain": grain,
            "unit": unit,
            "meaning": meaning,
            "dtype": dtype,
            "null": null,
            "looks_back": looks_back,
        }
        formula.__dict__["feature"] = facts
        return formula

    return declare


def declaration(formula: Any) -> FeatureSpec | None:
    """Return what `feature` said about an object, or None when it is no feature."""
    facts = getattr(formula, "__dict__", {}).get("feature")
    if not isinstance(facts, dict) or not callable(formula):
        return None
    return FeatureSpec(name=formula.__name__, formula=formula, **facts)
