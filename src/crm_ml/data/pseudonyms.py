"""Names that say nothing: keyed pseudonyms instead of customer ids, for exports that leave the house.

Keyed, since ids can be tried one by one against a plain hash. Who holds the key can still find a customer;
who does not cannot, and two exports under one key can be joined.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from crm_ml.base.exceptions import ConfigError, FileError, InputError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PSEUDONYM_LENGTH", "PseudonymSettings", "pseudonym", "pseudonyms", "with_pseudonyms"]

PSEUDONYM_LENGTH = 32  # hexadecimal digits: 128 bits
_SHORTEST_KEY = 16
_ID, _NAMES = "customer_id", ("name",)


@dataclass(frozen=True)
class PseudonymSettings:
    """Where the key of the pseudonyms is kept; ids stay as they are when nothing is named.

    Parameters
    ----------
    key_file : str
        File whose text, without white space around it, is the key.
    environment : str
        Environment variable that holds the key.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}

    key_file: str = ""
    environment: str = ""

    def key(self) -> str:
        """Return the key, empty when nothing is named.

        Raises
        ------
        ConfigError
            When both places are named, the variable is not set, or the key is shorter than 16 characters.
        FileError
            When the file cannot be read.
        """
        if not (self.key_file or self.environment):
            return ""
        if self.key_file and self.environment:
            raise ConfigError("the key of pseudonyms has two places", do="name key_file or environment")
        found = _read(self.key_file) if self.key_file else os.environ.get(self.environment, "")
        if len(found) < _SHORTEST_KEY:
            where = self.key_file or f"variable {self.environment}"
            raise ConfigError(
                "the key of pseudonyms is too short to be secret",
                got=f"{len(found)} characters in {where}",
                do=f"give at least {_SHORTEST_KEY}, such as the output of `openssl rand -hex 32`",
            )
        return found


def pseudonym(customer_id: str, key: str) -> str:
    """Return a name that says nothing, the same for the same customer and key (HMAC-SHA-256, 128 bits).

    Examples
    --------
    >>> pseudonym("17850", "a secret")
    'cba4d42e7ad7588d2a1358ef6588ec37'

    Raises
    ------
    InputError
        When the key is empty.
    """
    return pseudonyms([customer_id], key)[0]


def pseudonyms(customer_ids: Iterable[str], key: str) -> list[str]:
    """Return the pseudonym of every id, in their order; see :func:`pseudonym`."""
    if not key:
        raise InputError("a pseudonym needs a key", do="set a secret that is not kept beside the list")
    secret = key.encode()
    return [
        hmac.digest(secret, one.encode(), hashlib.sha256).hex()[:PSEUDONYM_LENGTH] for one in customer_ids
    ]


def with_pseudonyms(table: pd.DataFrame, key: str) -> pd.DataFrame:
    """Return a list with pseudonyms for ``customer_id`` and nothing in ``name``.

    Parameters
    ----------
    table : DataFrame
        Any part of a risk list.
    key : str
        The secret; the table comes back as it is when empty.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"customer_id": ["17850"], "name": ["Jansen"], "clv": [12.5]})
    >>> with_pseudonyms(table, "a secret").loc[0, ["customer_id", "name"]].tolist()
    ['cba4d42e7ad7588d2a1358ef6588ec37', '']
    """
    if not key:
        return table
    hidden = {name: "" for name in _NAMES if name in table}
    made = table.assign(**hidden)
    made[_ID] = pseudonyms(table[_ID], key)
    return made.astype({name: table[name].dtype for name in (_ID, *hidden)})


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        raise FileError("the key of pseudonyms cannot be read", got=f"{path} ({error})") from error
