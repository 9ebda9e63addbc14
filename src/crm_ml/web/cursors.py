"""Where a page ended, as a text that a client hands back: signed, for one list and one question only."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from hashlib import sha256
from typing import Any

from crm_ml.data.engines.list_file import Position
from crm_ml.web.errors import Problem

__all__ = ["Cursors"]

_SIGNATURE = 16  # bytes


class Cursors:
    """Makes and reads cursors.

    Parameters
    ----------
    secret : bytes
        Signs them; who restarts the service with another one makes the old ones void.

    Examples
    --------
    >>> cursors = Cursors(b"secret")
    >>> cursors.read(cursors.make(Position(9.5, 50), "list", "question"), "list", "question")
    Position(value=9.5, rank=50)
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def make(self, after: Position, stamp: str, question: str) -> str:
        """Return the cursor of the page after a position.

        Parameters
        ----------
        after : Position
            The last row that was given.
        stamp : str
            Which list it was.
        question : str
            Order and filters.
        """
        body = json.dumps([stamp, _digest(question), after.value, after.rank]).encode()
        return base64.urlsafe_b64encode(self._sign(body) + body).decode("ascii").rstrip("=")

    def read(self, cursor: str, stamp: str, question: str) -> Position:
        """Return the position that a cursor stands for.

        Raises
        ------
        Problem
            When it is none of ours (400), belongs to another question (400), or the list was replaced since
            (410).
        """
        content = self._content(cursor)
        if content[1] != _digest(question):
            raise Problem(400, "the cursor belongs to other filters or another order: start without it")
        if content[0] != stamp:
            raise Problem(410, "the list was replaced since that page: start without the cursor")
        return Position(content[2], int(content[3]))

    def _content(self, cursor: str) -> list[Any]:
        try:
            raw = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        except (UnicodeEncodeError, binascii.Error):
            raw = b""
        signature, body = raw[:_SIGNATURE], raw[_SIGNATURE:]
        if not body or not hmac.compare_digest(signature, self._sign(body)):
            raise Problem(400, "not a cursor of this service: use the one that came with the page before")
        content: list[Any] = json.loads(body)
        return content

    def _sign(self, body: bytes) -> bytes:
        return hmac.digest(self._secret, body, sha256)[:_SIGNATURE]


def _digest(question: str) -> str:
    return sha256(question.encode()).hexdigest()[:16]
