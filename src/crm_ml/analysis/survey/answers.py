"""The answers of a survey, each within its scale, the latest of each respondent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crm_ml.analysis.checked import checked_table, period_of
from crm_ml.analysis.words import Note, note
from crm_ml.base.exceptions import InputError
from crm_ml.data.optional_tables import SURVEY, VALUE_ASPECTS
from crm_ml.data.windows import DateLike

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

__all__ = ["SCALES", "Answers", "read_answers"]

SCALES = (5, 10)
_BY_ASPECT = frozenset({"expectation", "experience", "importance", "value"})
_COMPARED = (("expectation", "experience", "staff_estimate"), ("overall", "staff_estimate"))
_SHOWN_ROWS = 5


@dataclass(frozen=True)
class Answers:
    """The latest answers.

    Parameters
    ----------
    frame : DataFrame
        ``respondent, customer_id`` (missing when anonymous), ``kind, aspect`` (empty for none), ``score,
        scale``.
    warnings : tuple of Note
        What was left out.
    period : mapping
        First day of an answer, and the day after the last one; empty without dates.
    """

    frame: pd.DataFrame
    warnings: tuple[Note, ...] = ()
    period: Mapping[str, str] = field(default_factory=dict)

    def of(self, kind: str) -> pd.DataFrame:
        """Return the answers of a kind."""
        return self.frame[self.frame["kind"] == kind]

    def by_customer(self, kind: str) -> pd.Series[float]:
        """Return the score of each known customer, sorted by ``customer_id``."""
        named = self.of(kind).dropna(subset="customer_id")
        scores: pd.Series[float] = named.set_index("customer_id")["score"].sort_index()
        return scores

    def grid(self, kind: str) -> pd.DataFrame:
        """Return respondents × aspects."""
        found: pd.DataFrame = self.of(kind).pivot_table(
            index="respondent", columns="aspect", values="score", sort=False
        )
        return found.sort_index()

    def scale(self, kind: str) -> int:
        """Return the highest score of a kind; 0 when nobody answered."""
        scales = self.of(kind)["scale"]
        return int(scales.iloc[0]) if len(scales) else 0


def read_answers(
    survey: IntoFrame, *, scale: int = 5, as_of: DateLike | None = None, dated: bool = False
) -> Answers:
    """Check a survey and keep the latest answer of each respondent to each question.

    Parameters
    ----------
    survey : table
        See :data:`~crm_ml.data.optional_tables.SURVEY`. Who answers is the customer; an anonymous answer
        belongs to its ``response_id``, or stands alone.
    scale : {5, 10}
        Highest score of rows that do not say it. Recommendation is asked from 0 to 10 unless its row says 5.
    as_of : date-like, optional
        First day that is not seen.
    dated : bool
        Whether answers without a date are left out, because nothing says that they came before `as_of`.

    Raises
    ------
    InputError
        When scores lie outside their scale, aspects are missing or unknown, or answers that are compared are
        on two scales; the message names rows.

    Examples
    --------
    >>> survey = pd.DataFrame({"customer_id": ["a", "a"], "kind": ["overall", "recommend"], "score": [5, 9]})
    >>> read_answers(survey).by_customer("recommend").to_dict()
    {'a': 9.0}
    """
    if scale not in SCALES:
        raise InputError("unknown scale of a survey", got=scale, do="use 5 (1–5) or 10 (1–10)")
    rows, notes = checked_table(survey, SURVEY, as_of=as_of)
    frame = _completed(rows, scale)
    frame = frame[frame["day"].notna()] if dated else frame
    _check_scores(frame)
    _check_aspects(frame)
    _check_scales(frame)
    latest = _latest(frame)
    replaced = len(frame) - len(latest)
    notes += [note("answers_replaced", rows=replaced)] if replaced else []
    columns = ["respondent", "customer_id", "kind", "aspect", "score", "scale"]
    return Answers(latest[columns].reset_index(drop=True), tuple(notes), period_of(latest["day"]))


def _completed(rows: pd.DataFrame, scale: int) -> pd.DataFrame:
    frame = rows.copy()
    for name in ("aspect", "response_id"):
        if name not in frame:
            frame[name] = None
    frame["aspect"] = frame["aspect"].fillna("").astype("str")
    usual = np.where(frame["kind"] == "recommend", 10, scale)
    stated = frame["scale"] if "scale" in frame else pd.Series(np.nan, index=frame.index)
    frame["scale"] = stated.where(stated.notna(), usual).astype("float64")
    alone = pd.Series(
        [f"row {number + 1}" for number in range(len(frame))], index=frame.index, dtype="object"
    )
    respondent = frame["customer_id"].where(frame["customer_id"].notna(), frame["response_id"])
    frame["respondent"] = respondent.where(respondent.notna(), alone).astype("str")
    frame["day"] = frame["date"] if "date" in frame else pd.array([pd.NA] * len(frame), dtype="Int64")
    return frame


def _latest(frame: pd.DataFrame) -> pd.DataFrame:
    """Keep the last answer of each respondent to each question; of one day the lowest row."""
    day = frame["day"].astype("Float64").fillna(-np.inf)
    ordered = frame.assign(place=day).sort_values("place", kind="stable")
    return ordered.drop_duplicates(["respondent", "kind", "aspect"], keep="last").sort_index()


def _check_scores(frame: pd.DataFrame) -> None:
    odd = ~frame["scale"].isin(SCALES)
    _refuse(frame, odd, "scales other than 5 and 10", "write 5 or 10 in the column scale")
    lowest = np.where((frame["kind"] == "recommend") & (frame["scale"] == 10), 0, 1)
    outside = (frame["score"] < lowest) | (frame["score"] > frame["scale"])
    _refuse(
        frame, outside, "scores outside their scale", "correct them, or state the scale (survey_scale: 10)"
    )


def _check_aspects(frame: pd.DataFrame) -> None:
    empty = frame["kind"].isin(_BY_ASPECT) & (frame["aspect"] == "")
    _refuse(frame, empty, "answers without an aspect", "name what the answer is about")
    strange = (frame["kind"] == "value") & ~frame["aspect"].isin(VALUE_ASPECTS)
    _refuse(frame, strange, "unknown aspects of value", f"use {', '.join(VALUE_ASPECTS)}")


def _check_scales(frame: pd.DataFrame) -> None:
    """Refuse to compare or average answers that were given on two scales."""
    for kind, rows in frame.groupby("kind"):
        if len(rows["scale"].unique()) > 1:
            raise InputError(f"{kind} answers on two scales", do="convert one of them")
    for compared in _COMPARED:
        rows = frame[frame["kind"].isin(compared)]
        same = rows[(rows["aspect"] != "") == (compared[0] == "expectation")]
        if len(same["scale"].unique()) > 1:
            raise InputError(f"{' and '.join(compared)} answers on two scales", do="convert one of them")


def _refuse(frame: pd.DataFrame, wrong: pd.Series[bool], what: str, do: str) -> None:
    if wrong.any():
        places = ", ".join(str(place + 1) for place in frame.index[wrong][:_SHOWN_ROWS])
        got = f"{int(wrong.sum()):,} rows, such as {places}"
        raise InputError(f"the survey table has {what}", got=got, do=do)
