"""What is bought together: association rules with one consequent, counted exactly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csr_array

from crm_ml.base.exceptions import BundleError, InputError
from crm_ml.base.validation import check_fraction, check_positive
from crm_ml.models.parts import Parts

__all__ = ["AssociationRules", "association_rules"]

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
        customer = owned.columns[0]
        has = owned.groupby(customer, sort=True)[owned.columns[1]].agg(frozenset)
        ordered = self.table.sort_values(["confidence", "count"], ascending=False, kind="stable")
        columns = ["antecedent", "consequent", "confidence", "lift"]
        rules = list(ordered[columns].itertuples(index=False, name=None))
        rows = [
            (who, item, because, confidence, lift, position)
            for who, items in has.items()
            for position, (because, item, confidence, lift) in enumerate(
                _suggest(rules, items, most), start=1
            )
        ]
        names = [customer, "item", "because", "confidence", "lift", "position"]
        return pd.DataFrame(rows, columns=names)

    def to_parts(self) -> Parts:
        """Return the rules as data."""
        mentioned = {item for row in self.table["antecedent"] for item in row}
        items = sorted(mentioned | set(self.table["consequent"]))
        number = {item: k for k, item in enumerate(items)}
        longest = max((len(row) for row in self.table["antecedent"]), default=1)
        antecedent = np.full((len(self.table), longest), -1, dtype=np.int64)
        for k, row in enumerate(self.table["antecedent"]):
            antecedent[k, : len(row)] = [number[item] for item in row]
        kinds = {name: np.int64 if name == "count" else np.float64 for name in _COLUMNS}
        arrays: dict[str, npt.NDArray[Any]] = {
            name: self.table[name].to_numpy(dtype=kind) for name, kind in kinds.items()
        }
        arrays["antecedent"] = antecedent
        arrays["consequent"] = np.array([number[item] for item in self.table["consequent"]], dtype=np.int64)
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
    baskets, items, matrix = _baskets(lines)
    least = max(1, _ceiling(min_support, baskets))
    counts = {(): baskets, **dict(_frequent(matrix, least, max_items))}
    rows = list(_rules(counts, _fraction(min_confidence), _fraction(min_lift)))
    table = pd.DataFrame(rows, columns=["antecedent", "consequent", *_COLUMNS])
    named = [tuple(items[k] for k in rest) for rest in table["antecedent"]]
    table["antecedent"] = pd.Series(named, dtype=object)
    table["consequent"] = [items[k] for k in table["consequent"]]
    table = table.sort_values(
        ["lift", "count", "antecedent", "consequent"], ascending=[False, False, True, True], ignore_index=True
    )
    thresholds = {"min_support": min_support, "min_confidence": min_confidence, "min_lift": min_lift}
    return AssociationRules(table, baskets, {**thresholds, "max_items": max_items})


def _rules(counts: dict[tuple[int, ...], int], confidence: Fraction, lift: Fraction) -> Iterator[Any]:
    """Yield antecedent, consequent, count, support, confidence and lift of every rule that passes."""
    baskets = counts[()]
    for found, count in counts.items():
        for one in found if len(found) > 1 else ():
            rest = tuple(k for k in found if k != one)
            before, own = counts[rest], counts[one,]
            sure = count * confidence.denominator >= confidence.numerator * before
            if sure and count * baskets * lift.denominator >= lift.numerator * before * own:
                yield rest, one, count, count / baskets, count / before, count * baskets / (before * own)


def _baskets(lines: pd.DataFrame) -> tuple[int, list[str], csr_array]:
    pairs = lines.iloc[:, :2].dropna().drop_duplicates()
    basket, baskets = pd.factorize(pairs.iloc[:, 0])
    item, names = pd.factorize(pairs.iloc[:, 1].astype(str), sort=True)
    ones = np.ones(len(pairs), dtype=np.int64)
    matrix = csr_array((ones, (basket, item)), shape=(len(baskets), len(names)))
    return len(baskets), [str(name) for name in names], matrix


def _frequent(matrix: csr_array, least: int, longest: int) -> Iterator[tuple[tuple[int, ...], int]]:
    """Yield every set of items in at least `least` baskets, with its count."""
    count = np.asarray(matrix.sum(axis=0)).ravel()
    kept = np.flatnonzero(count >= least)
    yield from (((int(k),), int(count[k])) for k in kept)
    chosen = matrix[:, kept]
    together = (chosen.T @ chosen).toarray() >= least
    bits = _bits(chosen)
    pending: list[tuple[tuple[int, ...], Any, Any]] = [
        ((k,), bits[k], np.flatnonzero(together[k, k + 1 :]) + k + 1) for k in range(len(kept))
    ]
    while pending:
        prefix, baskets, partners = pending.pop()
        if not len(partners) or len(prefix) >= longest:
            continue
        shared = bits[partners] & baskets
        counts = np.bitwise_count(shared).sum(axis=1, dtype=np.int64)
        good = np.flatnonzero(counts >= least)
        for place in good:
            found = (*prefix, int(partners[place]))
            yield tuple(int(kept[k]) for k in found), int(counts[place])
            later = partners[good[good > place]]
            pending.append((found, shared[place], later[together[partners[place], later]]))


def _bits(matrix: csr_array) -> npt.NDArray[np.uint8]:
    """Return one row of bits an item, one bit a basket, in slices so that no large dense table is made."""
    step = 1 << 16
    starts = range(0, matrix.shape[0], step)
    packed = [np.packbits(matrix[one : one + step].toarray().T > 0, axis=1) for one in starts]
    return np.concatenate(packed, axis=1)


def _suggest(rules: list[Any], items: frozenset[Any], most: int) -> list[Any]:
    found: dict[Any, Any] = {}
    for rule in rules:
        if rule[1] not in items and rule[1] not in found and items.issuperset(rule[0]):
            found[rule[1]] = rule
            if len(found) == most:
                break
    return list(found.values())


def _fraction(number: float) -> Fraction:
    # The shortest decimal form is what the user wrote: 0.8 is 4/5, not 0.8000000000000000444.
    return Fraction(repr(float(number)))


def _ceiling(share: float, n: int) -> int:
    exact = _fraction(share) * n
    return int(-(-exact.numerator // exact.denominator))
