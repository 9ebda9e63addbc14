"""What the config of an uplift names, read: the campaign, the transactions, the bundle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crm_ml.base.exceptions import ConfigError
from crm_ml.data.windows import as_date, as_day
from crm_ml.jobs.inputs import read_accounts, read_log
from crm_ml.jobs.score import data_section
from crm_ml.jobs.uplift_campaign import Campaign, read_campaign
from crm_ml.prediction.accounts import key_accounts
from crm_ml.prediction.predictor import Predictor

if TYPE_CHECKING:
    import datetime as dt
    import os

    import pandas as pd

    from crm_ml.data.transactions import Transactions
    from crm_ml.jobs.uplift_config import UpliftConfig

__all__ = ["Sources", "read_sources"]


@dataclass(frozen=True)
class Sources:
    """What a config names.

    Parameters
    ----------
    config : UpliftConfig
        The options, with the mapping of the bundle where the config has none.
    campaign : Campaign
        The past campaign.
    tx : Transactions, optional
        None where the table of the campaign holds features and outcome.
    predictor : Predictor, optional
        Of the bundle whose contact value is the rival.
    accounts : DataFrame, optional
        Names, owners, permissions.
    """

    config: UpliftConfig
    campaign: Campaign
    tx: Transactions | None = None
    predictor: Predictor | None = None
    accounts: pd.DataFrame | None = None

    @property
    def day(self) -> dt.date:
        """The day as known before which customers are ranked.

        Raises
        ------
        ConfigError
            When nobody says.
        """
        if self.config.as_of is not None:
            return self.config.as_of
        if self.tx is not None:
            return as_date(as_day(self.tx.last_day) + 1)
        if self.campaign.window is None:
            raise ConfigError("nobody says of which day the list is", do="set as_of, or campaign.date")
        return self.campaign.window.end

    @property
    def ranks_campaign_itself(self) -> bool:
        """Whether the list names the customers of the campaign: nothing tells of others."""
        return bool(self.config.campaign.features) and not self.config.present


def read_sources(config: UpliftConfig, quarantine: str | os.PathLike[str]) -> Sources:
    """Read what a config names; mapping and rules of the transactions come from the bundle where it has one.

    Raises
    ------
    BundleError
        When there is no bundle where the config says, or it was changed.
    InputError
        When a table or the transactions are wrong.
    """
    predictor = Predictor.load(config.bundle) if config.bundle else None
    section = config.data if predictor is None else data_section(config.data, predictor)
    accounts = read_accounts(section.accounts)
    exempt = {*config.list.key_accounts, *key_accounts(accounts)}
    campaign = read_campaign(config.campaign, exempt)
    tx = read_log(section, config.engine, quarantine=quarantine) if section.has_source else None
    return Sources(config.model_copy(update={"data": section}), campaign, tx, predictor, accounts)
