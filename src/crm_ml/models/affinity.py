"""What is bought together: association rules with one consequent, counted exactly."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from crm_ml.base.exceptions import BundleError, InputError
from crm_ml.base.validation import check_fraction, check_positive
from crm_ml.models.frequent_sets import Baskets, Pairs, frequent_pairs, larger_sets, read_baskets
from crm_ml.models.parts import Parts
from crm_ml.models.suggestions import best_rules

__all__ = ["AssociationRules", "association_rules", "rules_of"]

Integers: TypeAlias = "npt.NDArray[np.int64]"

_KIND = "association_rules"
_COLUMNS = ("count", "support", "confidence", "lift")


@dataclass(frozen=True)
class AssociationRules:
    """Rules "who has these items also has that one".

    Parameters
    ----------
    table : DataFrame
        ``antecedent`` (tuple of items, sorted), ``consequent``, ``count`` (baskets with all of them),
        ``support``, ``confidence``, ``lift``; the highest lift first, then count, then names.
    baskets : int
        Number of baskets behind it.
    settings : dict
        The thresholds.
    """

    table: pd.DataFrame
    baskets: int
    settings: dict[str, Any] = field(default_factory=dict)

    def recommend(self, owned: pd.DataFrame, *, most: int = 3) -> pd.DataFrame:
        """Return for every customer the items that the rules suggest and the customer does not have.

        Parameters
        ----------
        owned : DataFrame
            Two columns: customer, item; repeats are harmless.
        most : int
            Most items a customer; the highest confidence first.

        Returns
        -------
        DataFrame
            The customer column, ``item``, ``because`` (tuple of items), ``confidence``, ``lift``,
            ``position``.
        """
        check_positive(most, what="most")
        ordered = self.table.sort_values(["confidence", "count"], ascending=False, kind="stable")
        items, antecedent, consequent = _numbered(ordered)
        customer, names = pd.factorize(owned.iloc[:, 0], sort=True)
        has = read_baskets(pd.DataFrame({"customer": customer, "item": owned.iloc[:, 1]}), pd.Index(items))
        row, rule, position = best_rules(has.matrix, antecedent, consequent, most)
        chosen = ordered.iloc[rule].reset_index(drop=True)
        columns = {"item": "consequent", "because": "antecedent", "confidence": "confidence", "lift": "lift"}
        suggested = {name: chosen[column] for name, column in columns.items()}
        return pd.DataFrame({owned.columns[0]: names[row], **suggested, "position": position})

    def to_parts(self) -> Parts:
        """Return the rules as data."""
        items, antecedent, consequent = _numbered(self.table)
        kinds = {name: np.int64 if name == "count" else np.float64 for name in _COLUMNS}
        arrays: dict[str, npt.NDArray[Any]] = {
            name: self.table[name].to_numpy(dtype=kind) for name, kind in kinds.items()
        }
        arrays |= {"antecedent": antecedent, "consequent": consequent}
        return Parts(_KIND, {"items": items, "baskets": self.baskets, **self.settings}, arrays)

    @classmethod
    def from_parts(cls, parts: Parts) -> AssociationRules:
        """Return the rules that the parts describe."""
        if parts.kind != _KIND:
            raise BundleError("these are not association rules", got=repr(parts.kind))
        settings = dict(parts.settings)
        items, baskets = settings.pop("items"), settings.pop("baskets")
        antecedent = [tuple(items[k] for k in row if k >= 0) for row in parts.arrays["antecedent"]]
        consequent = [items[k] for k in parts.arrays["consequent"]]
        numbers = {name: parts.arrays[name] for name in _COLUMNS}
        table = pd.DataFrame({"antecedent": antecedent, "consequent": consequent, **numbers})
        return cls(table, baskets, settings)


def association_rules(
    lines: pd.DataFrame,
    *,
    min_support: float = 0.005,
    min_confidence: float = 0.2,
    min_lift: float = 0.0,
    max_items: int = 10,
) -> AssociationRules:
    """Return every rule with one consequent above the thresholds.

    Item sets are found depth first on bit sets of baskets (Eclat; Zaki 2000, IEEE TKDE 12), pairs first by
    one sparse product XᵀX that tells which items can ever go together. Thresholds are compared as fractions
    of whole numbers: a confidence of 4/5 is exactly 0.8.

    Parameters
    ----------
    lines : DataFrame
        Two columns: basket (order or customer) and item; repeats are harmless.
    min_support : float
        Least share of baskets with all items of a rule.
    min_confidence : float
        Least share of baskets with the consequent among those with the antecedent.
    min_lift : float
        Least ratio of confidence to the consequent's own share.
    max_items : int
        Most items in a rule, the consequent counted.

    Examples
    --------
    >>> items = ["tea", "milk", "tea", "milk", "tea", "jam"]
    >>> lines = pd.DataFrame({"order": [1, 1, 2, 2, 3, 4], "item": items})
    >>> found = association_rules(lines, min_support=0.5, min_confidence=0.6)
    >>> found.table[["antecedent", "consequent", "lift"]]
      antecedent consequent      lift
    0    (milk,)        tea  1.333333
    1     (tea,)       milk  1.333333
    """
    check_fraction(min_support, what="min_support")
    check_fraction(min_confidence, what="min_confidence")
    if lines.shape[1] < 2 or not len(lines):
        raise InputError("baskets need two columns, basket and item, and at least one row", got=lines.shape)
    return rules_of(
        read_baskets(lines),
        min_support=min_support, min_confidence=min_confidence, min_lift=min_lift, max_items=max_items,
    )  # fmt: skip


def rules_of(
    baskets: Baskets, *, min_support: float, min_confidence: float, min_lift: float = 0.0, max_items: int = 10
) -> AssociationRules:
    """Return the rules of baskets that are read already; see :func:`association_rules`."""
    least = max(1, _ceiling(min_support, baskets.n))
    pairs = frequent_pairs(baskets, least)
    parts = [_pair_rules(pairs, baskets.counts)] if max_items > 1 else []
    larger = dict(larger_sets(baskets, pairs, least, max_items))
    if larger:
        parts.append(_larger_rules(larger, pairs, baskets.counts))
    rules = pd.concat(parts, ignore_index=True) if parts else _pair_rules(pairs, baskets.counts).iloc[:0]
    count, before, own = (rules[name].to_numpy() for name in ("count", "before", "own"))
    passed = _reaches(count, before, _fraction(min_confidence))
    passed &= _reaches(count * baskets.n, before * own, _fraction(min_lift))
    thresholds = {"min_support": min_support, "min_confidence": min_confidence, "min_lift": min_lift}
    table = _shown(rules[passed], baskets)
    return AssociationRules(table, baskets.n, {**thresholds, "max_items": max_items})


def _pair_rules(pairs: Pairs, counts: Integers) -> pd.DataFrame:
    before = np.concatenate([pairs.first, pairs.second])
    then = np.concatenate([pairs.second, pairs.first])
    return pd.DataFrame(
        {
            "antecedent": pd.Series(list(zip(before.tolist())), dtype=object),
            "consequent": then,
            "count": np.tile(pairs.count, 2),
            "before": counts[before],
            "own": counts[then],
        }
    )


def _larger_rules(larger: dict[tuple[int, ...], int], pairs: Pairs, counts: Integers) -> pd.DataFrame:
    both = zip(pairs.first.tolist(), pairs.second.tolist(), strict=True)
    known = dict(zip(both, pairs.count.tolist(), strict=True)) | larger
    rows = []
    for found, count in larger.items():
        for one in found:
            rest = tuple(k for k in found if k != one)
            rows.append((rest, one, count, known[rest], int(counts[one])))
    return pd.DataFrame(rows, columns=["antecedent", "consequent", "count", "before", "own"])


def _shown(rules: pd.DataFrame, baskets: Baskets) -> pd.DataFrame:
    """Return the table of a reader: names instead of numbers, the three shares, the highest lift first."""
    count, before, own = (rules[name].to_numpy() for name in ("count", "before", "own"))
    table = rules[["antecedent", "consequent", "count"]].assign(
        support=count / baskets.n, confidence=count / before, lift=count * baskets.n / (before * own)
    )
    # Items are numbered in the order of their names, so that numbers sort like names.
    table = table.sort_values(
        ["lift", "count", "antecedent", "consequent"], ascending=[False, False, True, True], ignore_index=True
    )
    named = [tuple(baskets.items[k] for k in rest) for rest in table["antecedent"]]
    table["antecedent"] = pd.Series(named, dtype=object)
    table["consequent"] = [baskets.items[k] for k in table["consequent"]]
    return table


def _numbered(rules: pd.DataFrame) -> tuple[list[str], Integers, Integers]:
    """Return the items of the rules, sorted, and the rules in numbers; if-parts padded with −1."""
    items = sorted({item for row in rules["antecedent"] for item in row} | set(rules["consequent"]))
    number = {item: k for k, item in enumerate(items)}
    longest = max((len(row) for row in rules["antecedent"]), default=1)
    antecedent = np.full((len(rules), longest), -1, dtype=np.int64)
    for k, row in enumerate(rules["antecedent"]):
        antecedent[k, : len(row)] = [number[item] for item in row]
    return items, antecedent, np.array([number[item] for item in rules["consequent"]], dtype=np.int64)


def _reaches(over: Integers, under: Integers, limit: Fraction) -> npt.NDArray[np.bool_]:
    """Say where over ÷ under ≥ limit, exactly: floats decide only where they are far from the limit."""
    ratio, border = over / under, float(limit)
    reached: npt.NDArray[np.bool_] = ratio > border
    for k in np.flatnonzero(np.abs(ratio - border) <= 1e-9 * max(1.0, border)):
        reached[k] = int(over[k]) * limit.denominator >= limit.numerator * int(under[k])
    return reached


def _fraction(number: float) -> Fraction:
    # The shortest decimal form is what the user wrote: 0.8 is 4/5, not 0.8000000000000000444.
    return Fraction(repr(float(number)))


def _ceiling(share: float, n: int) -> int:
    exact = _fraction(share) * n
    return int(-(-exact.numerator // exact.denominator))
