"""Options that several verbs share, so that they are called the same everywhere."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

__all__ = [
    "Capacity",
    "Config",
    "Data",
    "DataOption",
    "Language",
    "LanguageOption",
    "LocaleOption",
    "OptionalConfig",
]


class Language(StrEnum):
    """Languages of lists and reports."""

    EN = "en"
    NL = "nl"


Config = Annotated[str, typer.Argument(metavar="CONFIG", help="YAML file; see `crm-ml schema config`.")]
Data = Annotated[str | None, typer.Argument(metavar="DATA", help="Transactions: file, glob or folder.")]
DataOption = Annotated[str | None, typer.Option("--data", help="Transactions: file, glob or folder.")]
Store = Annotated[str | None, typer.Option("--store", help="SQLite file or address of the tracking server.")]
OptionalConfig = Annotated[str | None, typer.Option("--config", help="YAML file with mapping and rules.")]
LanguageOption = Annotated[
    Language | None, typer.Option("--language", help="Language of reasons, advice, workbook and report.")
]
LocaleOption = Annotated[
    Language | None, typer.Option("--locale", help="Number format of CSV; nl: semicolons, decimal commas.")
]
Capacity = Annotated[int | None, typer.Option("--capacity", min=1, help="Calls that one owner can make.")]
