"""Who is to be forgotten, and how that is recognised in a cell or in a text."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from functools import cached_property

from crm_ml.base.exceptions import InputError

__all__ = ["Person"]

_SHORTEST = 4  # a shorter id cannot be told from the numbers in a text


@dataclass(frozen=True)
class Person:
    """A customer by id.

    Parameters
    ----------
    id : str
        As written in the outputs.
    columns : tuple of str
        Columns that hold ids; where a table has one of them, no other column is looked at.

    Examples
    --------
    >>> person = Person("C-1042")
    >>> person.mentioned("order of C-1042, late"), person.mentioned("C-10420")
    (True, False)
    """

    id: str
    columns: tuple[str, ...] = ("customer_id",)

    def __post_init__(self) -> None:
        if not self.id.strip():
            raise InputError("there is no id to forget", got=repr(self.id))

    def is_id(self, cell: str) -> bool:
        """Whether a cell is the id, also behind the apostrophe that keeps spreadsheets from running it."""
        return cell in (self.id, f"'{self.id}")

    @property
    def distinct(self) -> bool:
        """Whether the id can be searched in texts, where short ones would be found in any number."""
        return len(self.id) >= _SHORTEST

    def mentioned(self, text: str) -> bool:
        """Whether a text holds the id as a word of its own; never for an id that is too short to tell."""
        return self.distinct and self._word.search(text) is not None

    def mentioned_in_bytes(self, content: bytes) -> bool:
        """Whether bytes hold the id as a word, in UTF-8 or escaped for JSON or markup."""
        return self.mentioned(content.decode("utf-8", "replace"))

    @cached_property
    def _word(self) -> re.Pattern[str]:
        import json

        ways = {self.id, html.escape(self.id), html.escape(self.id, quote=False), json.dumps(self.id)[1:-1]}
        either = "|".join(sorted(map(re.escape, ways)))
        # Not inside a longer word or number: 10421 is not in 110421, nor in 10421.5.
        return re.compile(rf"(?<![\w])(?<!\d[.,])(?:{either})(?![\w])(?![.,]\d)")
