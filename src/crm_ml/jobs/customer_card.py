"""The card of one customer from the config of an analysis."""

from __future__ import annotations

import re
from pathlib import Path

from crm_ml.jobs.company import read_company
from crm_ml.jobs.config import AnalyseConfig
from crm_ml.jobs.inputs import read_suppressed
from crm_ml.reporting.customer_card import customer_card

__all__ = ["run_card"]


def run_card(config: AnalyseConfig, customer_id: str, out: str = "") -> Path:
    """Write the card of a customer and return its file.

    Parameters
    ----------
    config : AnalyseConfig
        Transactions, optional tables, settings and language, as for an analysis.
    customer_id : str
        The customer.
    out : str
        File to write; ``card_<customer>.html`` in the folder of the config when empty.

    Raises
    ------
    InputError
        When nobody has that number, or a table is not readable.
    """
    company = read_company(config)
    suppressed = read_suppressed(config.data.suppression, config.data.id_map)
    card = customer_card(
        company, customer_id, language=config.language, may_not_contact=customer_id in suppressed
    )
    # A number from the command line acts as text, never as a path.
    safe = re.sub(r"[^\w.-]", "_", customer_id).strip(".") or "customer"
    return card.save(out or Path(config.out) / f"card_{safe}.html")
