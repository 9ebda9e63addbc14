"""Options of learning from a campaign whom a contact changes."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field

from crm_ml.evaluation.uplift_settings import UpliftSettings
from crm_ml.jobs.base_config import TrackedConfig
from crm_ml.jobs.sections import ListSection, Positive, PrivacySection, Section, Share

__all__ = ["CampaignTable", "UpliftConfig"]


class CampaignTable(Section):
    """Who got what in a past campaign, and what they did; the defaults read an earlier list of ours."""

    path: str = Field("", description="CSV or Parquet: a row a customer, contacted or left alone on purpose")
    customer_id: str = Field(
        "customer_id", description="column with the customer's id; empty: rows are numbered"
    )
    arm: str = Field("contact_group", description="column that says what the customer got")
    contacted: tuple[str, ...] = Field(
        ("contact",), min_length=1, description="its values for who was contacted"
    )
    control: tuple[str, ...] = Field(
        ("holdout",), min_length=1, description="its values for who was left alone; other rows are left aside"
    )
    randomised: bool | None = Field(
        None, description="whether chance decided who was contacted; empty: only known of a list of ours"
    )
    control_share: Annotated[float, Field(gt=0, lt=1)] | None = Field(
        None, description="share that was to be left alone, compared with what is found"
    )
    insist: str = Field(
        "", description="why to go on although chance did not decide; stands in report and run"
    )
    date: dt.date | None = Field(
        None, description="day of the contact; empty: as_of of the table, if it has one"
    )
    horizon_days: Positive | None = Field(
        None, description="days in which the outcome counts; empty: horizon_days of the table, if it has it"
    )
    outcome: str = Field(
        "", description="column with yes or no, or money; empty: from the transactions after the contact"
    )
    measure: Literal["bought", "spent"] = Field("bought", description="which outcome of the transactions")
    features: tuple[str, ...] = Field(
        (), description="columns known before the contact; empty: features from the transactions"
    )
    contact_value: str = Field("", description="column with the contact value at the time, as a rival")
    at_risk: str = Field("", description="column by which the most at risk come first, as a rival")


class UpliftConfig(TrackedConfig):
    """Options of ``crm-ml uplift``."""

    campaign: CampaignTable = Field(default_factory=CampaignTable, description="the past campaign")
    as_of: dt.date | None = Field(
        None, description="rank customers as known before this day; empty: the day after the data"
    )
    present: str = Field(
        "", description="table of today's customers with the same columns; empty: those of the campaign"
    )
    bundle: str = Field("", description="folder of the bundle whose contact value is the rival and fall-back")
    features: tuple[str, ...] = Field(
        (), description="features of the transactions to use, by name; empty: all that the data allow"
    )
    privacy: PrivacySection = Field(default_factory=PrivacySection, description="forbidden attributes")
    uplift: UpliftSettings = Field(
        default_factory=UpliftSettings, description="how the model is fitted and judged"
    )
    value: Annotated[float, Field(gt=0)] | None = Field(
        None, description="money of one outcome, or margin of money spent; empty: gains are told in outcomes"
    )
    budget: Share | None = Field(None, description="largest share of the customers to contact; empty: all")
    list: ListSection = Field(
        default_factory=ListSection, description="the list; list.contact.cost is what a contact costs"
    )
    out: str = Field("uplift", description="folder for what the job makes")
