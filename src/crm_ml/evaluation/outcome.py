"""What did the list bring? Customers who were to be called against those held out at random, in money.

Everybody who was to be called counts, called or not (intention to treat): whom the owner skipped was not
skipped at random. What was expected of each customer when the list was made takes out most of the noise.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from crm_ml.base.notes import Note, day
from crm_ml.base.result import Result
from crm_ml.base.validation import check_fraction, check_positive
from crm_ml.data.windows import Window, is_observed
from crm_ml.evaluation.arms import adjust, difference, needed_controls
from crm_ml.evaluation.bootstrap import CustomerBootstrap, interval
from crm_ml.evaluation.metrics import Floats
from crm_ml.evaluation.past_lists import comparable, window_of
from crm_ml.labels.stopped import label_stopped
from crm_ml.labels.value import label_value

if TYPE_CHECKING:
    from crm_ml.data.transactions import Transactions

__all__ = ["OutcomeSettings", "list_outcome"]

_KNOWN_BEFORE = ("expected_spend", "usual_spend", "revenue_12m")


@dataclass(frozen=True)
class OutcomeSettings:
    """How the effect of a list is judged.

    Parameters
    ----------
    level : float
        Coverage of the intervals.
    power : float
        Chance that a real effect of the hoped size would be seen.
    save_rate : float
        Share of the expected loss that contacts are hoped to save: the effect worth finding.
    least_group : int
        Customers in either group below which nothing is judged.
    replicates, seed : int
        Of the customer bootstrap.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    level: float = 0.95
    power: float = 0.8
    save_rate: float = 0.1
    least_group: int = 30
    replicates: int = 1000
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("level", "power", "save_rate"):
            check_fraction(getattr(self, name), what=name)
        check_positive(self.least_group, what="least_group")


def list_outcome(
    lists: pd.DataFrame | Sequence[pd.DataFrame],
    tx: Transactions,
    *,
    called: Collection[str] | None = None,
    exempt: Collection[str] = (),
    settings: OutcomeSettings | None = None,
) -> Result:
    """Return what earlier risk lists brought, each and together.

    Parameters
    ----------
    lists : DataFrame or sequence of DataFrame
        Risk lists as they were handed out; of ``threat``, ``may_contact`` and the money columns what is
        there is used.
    tx : Transactions
        A log that reaches past the horizon of the lists.
    called : collection of str, optional
        Customers who were really called; only to say how well the list was followed.
    exempt : collection of str
        Customers who could not be held out (key accounts); they are left out, for they have no counterpart.
    settings : OutcomeSettings, optional
        Defaults when not given.

    Returns
    -------
    Result
        A row a list, and ``together`` when there are several: ``as_of, horizon_days, contacted, held_out,
        spend_contacted, spend_held_out`` (mean money in the horizon), ``difference`` (adjusted) with ``low,
        high``, ``brought`` = difference × contacted with ``brought_low, brought_high``, ``bought_contacted,
        bought_held_out`` (share that bought), ``followed`` (share of the contact group that was called),
        ``needed_held_out`` (size of the hold-out that would show the hoped effect) and ``verdict``:
        too_early, too_small, brought_money, cost_money or not_shown.

    Raises
    ------
    ColumnError
        When a list lacks a column that is needed.
    InputError
        When a list has several dates or horizons.
    """
    chosen = settings or OutcomeSettings()
    given = [lists] if isinstance(lists, pd.DataFrame) else list(lists)
    trials = [_trial(one, tx, called, set(exempt), chosen) for one in given]
    judged = [one for one in trials if not one.row["verdict"]]
    if judged:
        _judge(judged, chosen)
    rows = [one.row for one in trials]
    if len(judged) > 1:
        rows.append(_together(judged, chosen))
    customers = {customer for one in trials for customer in one.customers.tolist()}
    return Result(
        "list_outcome",
        pd.DataFrame(rows),
        parameters={"save_rate": chosen.save_rate, "power": chosen.power, "level": chosen.level},
        basis=tx.basis,
        n=len(customers),
        warnings=tuple(note for one in trials for note in one.notes),
        formula=Note("monitor_notes.outcome_formula"),
        source="regression adjustment: Lin 2013; the rest own",
    )


@dataclass
class _Trial:
    """One list as a randomised experiment."""

    row: dict[str, Any]
    customers: npt.NDArray[Any]
    contact: npt.NDArray[np.bool_]
    amount: Floats
    notes: list[Note] = field(default_factory=list)
    drawn: Floats = field(default_factory=lambda: np.empty(0))


def _trial(
    table: pd.DataFrame,
    tx: Transactions,
    called: Collection[str] | None,
    exempt: set[str],
    settings: OutcomeSettings,
) -> _Trial:
    rows, window = comparable(table, exempt), window_of(table)
    ids = rows["customer_id"].astype(str).to_numpy()
    contact = (rows["contact_group"] == "contact").to_numpy(dtype=bool)
    row: dict[str, Any] = {
        "list": str(window.cutoff),
        "as_of": window.cutoff,
        "horizon_days": window.horizon_days,
        "contacted": int(contact.sum()),
        "held_out": int((~contact).sum()),
        "followed": float("nan") if called is None else float(np.isin(ids[contact], list(called)).mean()),
        "verdict": "",
    }
    trial = _Trial(row, ids, contact, np.empty(0))
    if not is_observed(tx, window):
        row["verdict"] = "too_early"
        late = {"days": window.horizon_days, "list": day(window.cutoff)}
        trial.notes.append(Note("monitor_notes.not_passed", late))
    elif min(row["contacted"], row["held_out"]) < settings.least_group:
        row["verdict"] = "too_small"
        sizes = {name: row[name] for name in ("contacted", "held_out")}
        sizes |= {"list": day(window.cutoff), "least": settings.least_group}
        trial.notes.append(Note("monitor_notes.too_small", sizes))
    else:
        _observe(trial, rows, tx, window, settings)
    return trial


def _observe(
    trial: _Trial, rows: pd.DataFrame, tx: Transactions, window: Window, settings: OutcomeSettings
) -> None:
    """Add what the customers did in the horizon."""
    spent = label_value(tx, window).reindex(trial.customers)
    strangers = int(spent.isna().sum())
    if strangers:
        lost = {"n": strangers, "list": day(window.cutoff)}
        trial.notes.append(Note("monitor_notes.taken_as_lost", lost))
    amount = spent.fillna(0.0).to_numpy(dtype=float)
    stopped = label_stopped(tx, window).reindex(trial.customers).fillna(True).to_numpy(dtype=float)
    known = [pd.to_numeric(rows[name], errors="coerce") for name in _KNOWN_BEFORE if name in rows]
    facts = np.column_stack(known).astype(float) if known else np.empty((len(rows), 0))
    trial.amount = adjust(amount, trial.contact, facts)
    for name, arm in (("contacted", trial.contact), ("held_out", ~trial.contact)):
        trial.row[f"spend_{name}"] = float(amount[arm].mean())
        trial.row[f"bought_{name}"] = float(1 - stopped[arm].mean())
    if "expected_loss" in rows:
        losses = pd.to_numeric(rows["expected_loss"], errors="coerce").fillna(0.0)
        hoped = settings.save_rate * float(losses.mean())
        trial.row["needed_held_out"] = needed_controls(
            trial.amount, trial.contact, hoped, level=settings.level, power=settings.power
        )


def _judge(trials: Sequence[_Trial], settings: OutcomeSettings) -> None:
    """Add differences with intervals; a customer on several lists is drawn for all of them at once."""
    ends = np.cumsum([len(one.customers) for one in trials])
    draws = CustomerBootstrap(
        np.concatenate([one.customers for one in trials]), settings.replicates, settings.seed
    )
    for one, end in zip(trials, ends, strict=True):
        rows = slice(end - len(one.customers), end)
        one.drawn = draws.figures(
            lambda weights, one=one, rows=rows: difference(one.amount, one.contact, weights[..., rows])  # type: ignore[misc]
        )
        found = float(difference(one.amount, one.contact, np.ones(len(one.contact))))
        one.row |= _money(found, interval(one.drawn, settings.level), one.row["contacted"])


def _together(trials: Sequence[_Trial], settings: OutcomeSettings) -> dict[str, Any]:
    contacted = sum(one.row["contacted"] for one in trials)
    drawn = np.sum([one.drawn * one.row["contacted"] for one in trials], axis=0) / contacted
    found = sum(one.row["brought"] for one in trials) / contacted
    sizes = {"contacted": contacted, "held_out": sum(one.row["held_out"] for one in trials)}
    return {"list": "together", **sizes, **_money(found, interval(drawn, settings.level), contacted)}


def _money(found: float, ends: tuple[float, float], contacted: int) -> dict[str, Any]:
    low, high = ends
    return {
        "difference": found,
        "low": low,
        "high": high,
        "brought": found * contacted,
        "brought_low": low * contacted,
        "brought_high": high * contacted,
        "verdict": "brought_money" if low > 0 else "cost_money" if high < 0 else "not_shown",
    }
