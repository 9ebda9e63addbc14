"""Whether the customers to be scored still look like those that the models were fitted for.

Training keeps a histogram of every feature; scoring counts the same bins. The population stability index
PSI = Σ (now − then) · ln(now ÷ then) over the bins is 0 for equal shares; by custom 0.1 is worth a look and
0.25 a large shift (Siddiqi 2006, *Credit Risk Scorecards*). Without any shift it is about χ² with
bins − 1 degrees of freedom, times 1/n + 1/m (Yurdakul & Naranjo 2020, *Journal of Risk Model Validation* 14),
so in small bases a custom threshold alone would cry wolf: what chance explains is never a finding.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from crm_ml.base.notes import Note
from crm_ml.base.result import Result
from crm_ml.base.validation import check_fraction, check_positive

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["DriftSettings", "Histogram", "drift_of", "fit_reference", "histograms_of", "psi"]

_BINS = 10
_CHANCE = 0.001  # how often chance alone may look like a shift of one feature


@dataclass(frozen=True)
class DriftSettings:
    """When customers who differ from those of the training are worth a warning, and when a stop.

    Parameters
    ----------
    check : bool
        Whether to look at all.
    psi_warn : float
        Population stability index of a feature from which it is named.
    psi_refuse : float
        From which a feature has shifted badly.
    refuse_share : float
        Share of the models' features that must have shifted badly before the job stops. A base that ages
        shifts some of them (time since the first purchase, totals) without being another base.
    missing_warn, missing_refuse : float
        Rise of the share of missing values of a feature that is named, and that stops the job: a column that
        came in empty.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    check: bool = True
    psi_warn: float = 0.1
    psi_refuse: float = 0.25
    refuse_share: float = 0.3
    missing_warn: float = 0.1
    missing_refuse: float = 0.5

    def __post_init__(self) -> None:
        for name in ("psi_warn", "psi_refuse"):
            check_positive(getattr(self, name), what=name)
        for name in ("refuse_share", "missing_warn", "missing_refuse"):
            check_fraction(getattr(self, name), what=name)


@dataclass
class Histogram:
    """How often the values of a feature fall into its bins, and how often there is none.

    Parameters
    ----------
    edges : ndarray of shape (bins − 1,)
        Upper edges of all bins but the last.
    counts : ndarray of shape (bins,)
        Customers in each bin.
    missing : int
        Customers without a value.

    Examples
    --------
    >>> one = Histogram.fit(np.array([1.0, 2.0, 3.0, np.nan]))
    >>> one.n, one.missing
    (4, 1)
    """

    edges: npt.NDArray[np.float64]
    counts: npt.NDArray[np.int64]
    missing: int = 0

    @classmethod
    def fit(cls, values: npt.NDArray[np.float64]) -> Histogram:
        """Choose tenths of the values as bins and count them; a value that many share is a bin of its own."""
        known = values[~np.isnan(values)]
        shares = np.arange(1, _BINS) / _BINS
        edges = np.unique(np.quantile(known, shares, method="inverted_cdf")) if len(known) else np.zeros(0)
        if len(edges) > 1 and edges[-1] == known.max():
            edges = edges[:-1]
        return cls.empty(edges).add(values)

    @classmethod
    def empty(cls, edges: npt.NDArray[np.float64]) -> Histogram:
        """Start with the bins of another histogram."""
        return cls(np.asarray(edges, dtype=np.float64), np.zeros(len(edges) + 1, dtype=np.int64))

    def add(self, values: npt.NDArray[np.float64]) -> Histogram:
        """Count more values; returns itself."""
        known = values[~np.isnan(values)]
        places = np.searchsorted(self.edges, known, side="left")
        self.counts += np.bincount(places, minlength=len(self.counts))
        self.missing += len(values) - len(known)
        return self

    @property
    def n(self) -> int:
        """Customers with and without a value."""
        return int(self.counts.sum()) + self.missing

    @property
    def missing_share(self) -> float:
        """Share of the customers without a value."""
        return self.missing / self.n if self.n else 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {"edges": self.edges.tolist(), "counts": self.counts.tolist(), "missing": self.missing}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Histogram:
        """Restore what `to_dict` gave."""
        edges = np.array(stored["edges"], dtype=np.float64)
        return cls(edges, np.array(stored["counts"], dtype=np.int64), int(stored["missing"]))


def psi(then: npt.NDArray[np.int64], now: npt.NDArray[np.int64]) -> float:
    """Return the population stability index of two histograms over the same bins; NaN without customers.

    Half a customer is added to every bin, so that an empty one does not make the index infinite.

    Examples
    --------
    >>> psi(np.array([50, 50]), np.array([500, 500]))
    0.0
    >>> round(psi(np.array([500, 500]), np.array([300, 700])), 2)
    0.17
    """
    if not then.sum() or not now.sum():
        return float("nan")
    before, after = (one / one.sum() for one in (then + 0.5, now + 0.5))
    return float(((after - before) * np.log(after / before)).sum())


def fit_reference(rows: pd.DataFrame, features: Iterable[str]) -> dict[str, Any]:
    """Return the histograms of some features, to be stored at training: feature → plain values."""
    present = [name for name in features if name in rows]
    return {name: Histogram.fit(_numbers(rows[name])).to_dict() for name in present}


def histograms_of(parts: Iterable[pd.DataFrame], reference: Mapping[str, Any]) -> dict[str, Histogram]:
    """Count customers that come in parts into the bins of a stored reference."""
    found = {name: Histogram.empty(one["edges"]) for name, one in reference.items()}
    for part in parts:
        for name, histogram in found.items():
            if name in part:
                histogram.add(_numbers(part[name]))
    return found


def drift_of(
    reference: Mapping[str, Any], found: Mapping[str, Histogram], settings: DriftSettings | None = None
) -> Result:
    """Return how far every feature has shifted since training.

    Parameters
    ----------
    reference : mapping
        From :func:`fit_reference`.
    found : mapping
        From :func:`histograms_of`.
    settings : DriftSettings, optional
        Defaults when not given.

    Returns
    -------
    Result
        A row a feature, the largest shift first: ``psi``, ``psi_by_chance`` (what chance stays below in 999
        of 1,000 cases), ``missing_then, missing_now`` (shares) and ``verdict``: same, worth_a_look, shifted
        or gone_missing. Figures: ``features``, ``shifted`` (how many), ``shifted_share``, ``gone_missing``.
    """
    chosen = settings or DriftSettings()
    rows = [_judged(name, Histogram.from_dict(one), found[name], chosen) for name, one in reference.items()]
    names = ["feature", "psi", "psi_by_chance", "missing_then", "missing_now", "verdict"]
    table = pd.DataFrame(rows, columns=names)
    table = table.sort_values(["psi", "feature"], ascending=[False, True], ignore_index=True)
    counts = {one: int((table["verdict"] == one).sum()) for one in ("shifted", "gone_missing")}
    return Result(
        "drift",
        table,
        parameters={"psi_warn": chosen.psi_warn, "psi_refuse": chosen.psi_refuse},
        n=max((one.n for one in found.values()), default=0),
        formula=Note("monitor_notes.drift_formula"),
        source="Siddiqi 2006; bound by chance: Yurdakul & Naranjo 2020",
        figures={
            "features": len(table),
            **counts,
            "shifted_share": counts["shifted"] / len(table) if len(table) else 0.0,
        },
    )


def _judged(name: str, then: Histogram, now: Histogram, settings: DriftSettings) -> tuple[Any, ...]:
    shift, chance = psi(then.counts, now.counts), _by_chance(then, now)
    risen = now.missing_share - then.missing_share
    verdict = "same"
    if risen > settings.missing_refuse:
        verdict = "gone_missing"
    elif shift > max(settings.psi_refuse, chance):
        verdict = "shifted"
    elif shift > max(settings.psi_warn, chance) or risen > settings.missing_warn:
        verdict = "worth_a_look"
    return name, shift, chance, then.missing_share, now.missing_share, verdict


def _by_chance(then: Histogram, now: Histogram) -> float:
    from scipy.special import chdtri

    sizes = [int(one.counts.sum()) for one in (then, now)]
    if not all(sizes) or len(then.counts) < 2:
        return float("nan")
    return float(chdtri(len(then.counts) - 1, _CHANCE)) * sum(1 / size for size in sizes)


def _numbers(column: pd.Series) -> npt.NDArray[np.float64]:
    return column.to_numpy(dtype=np.float64, na_value=np.nan)
