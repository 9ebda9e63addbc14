"""``crm-ml schema config|bundle|risk-list``."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated

import typer


class Subject(StrEnum):
    """What can be described."""

    CONFIG = "config"
    BUNDLE = "bundle"
    RISK_LIST = "risk-list"


def command(subject: Annotated[Subject, typer.Argument(help="Which format.")]) -> None:
    """Print the format of a config, a bundle or the risk list, as JSON."""
    from crm_ml.jobs.schema import schema

    print(json.dumps(schema(subject.value), indent=2, ensure_ascii=False))
