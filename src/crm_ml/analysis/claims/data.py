"""What the claims are measured on: a company, its view of customers, and the last two periods."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from crm_ml.analysis.claims.draws import Draws
from crm_ml.analysis.company import Company
from crm_ml.analysis.day_table import first_days
from crm_ml.analysis.retention.bridge import customer_changes
from crm_ml.analysis.survey.answers import Answers, read_answers
from crm_ml.analysis.totals import customer_totals, last_window, measure_of, previous

if TYPE_CHECKING:
    from crm_ml.data.windows import Window

__all__ = ["ClaimData"]


@dataclass(frozen=True)
class ClaimData:
    """A company as the claims see it.

    Parameters
    ----------
    company : Company
        Transactions, optional tables, settings.
    view : DataFrame
        One row a customer of the last period.
    """

    company: Company
    view: pd.DataFrame

    @property
    def seed(self) -> int:
        """Seed of all draws."""
        return self.company.settings.seed

    @cached_property
    def draws(self) -> Draws:
        """What intervals are drawn from."""
        return Draws(self.seed)

    @cached_property
    def later(self) -> Window:
        """The last period."""
        return last_window(self.company.tx, self.company.as_of, self.company.settings.period_days)

    @cached_property
    def active(self) -> pd.DataFrame:
        """The customers who bought in the last period."""
        return self.view[self.view["orders"] > 0]

    @cached_property
    def changes(self) -> pd.DataFrame:
        """What happened to each customer between the period before and the last one."""
        return customer_changes(
            self.company.tx, previous(self.later), self.later, measure_of(self.company.tx)
        )

    @cached_property
    def was_active(self) -> pd.DataFrame:
        """The customers who bought in the period before the last, with ``stayed`` as 0 or 1."""
        found = self.changes[self.changes["event"].isin(["grown", "shrunk", "same", "stopped"])]
        return found.assign(stayed=(found["event"] != "stopped").astype("float64"))

    @cached_property
    def losses(self) -> pd.DataFrame:
        """What those who were active spent and left: ``before, stopped, shrunk``; their ``purchase_days``."""
        was = self.was_active
        days = customer_totals(self.company.tx, previous(self.later))["purchase_days"]
        lost = (was["before"] - was["after"]).astype("float64")
        return pd.DataFrame(
            {
                "before": was["before"].astype("float64"),
                "stopped": lost.where(was["event"] == "stopped", 0.0),
                "shrunk": lost.where(was["event"] == "shrunk", 0.0),
                "purchase_days": days.reindex(was.index),
            }
        )

    @cached_property
    def first(self) -> pd.Series[int]:
        """First day of purchase of every customer."""
        return first_days(self.company.tx, self.later.end_day)

    @cached_property
    def answers_before(self) -> Answers | None:
        """The answers given before the last period, on which what came after can be judged."""
        survey = self.company.table("survey", "date")
        if survey is None:
            return None
        scale = self.company.settings.survey_scale
        return read_answers(survey, scale=scale, as_of=self.later.cutoff, dated=True)
