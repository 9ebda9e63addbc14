"""Who asks: a key in ``Authorization: Bearer``, kept as a hash only; on this machine none is needed.

Without keys the service answers to the names of this machine only, so that no page in a browser can reach it
under a name of its own (DNS rebinding).
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from crm_ml.jobs.serve import on_this_machine
from crm_ml.jobs.serve_config import KeySection
from crm_ml.web.errors import Problem

__all__ = ["OPEN_PATHS", "CheckedKeys", "client_of"]

OPEN_PATHS = frozenset({"/health", "/ready"})  # a supervisor has no key
_CLIENT = "client_name"


class CheckedKeys:
    """Lets requests with a known key pass, and notes whose it is.

    Parameters
    ----------
    app : ASGI application
    keys : sequence of KeySection
        Clients; empty: anybody on this machine.
    """

    def __init__(self, app: ASGIApp, keys: Sequence[KeySection]) -> None:
        self._app = app
        self._keys = tuple((one.name, one.sha256) for one in keys)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check one request."""
        if scope["type"] == "http" and scope["path"] not in OPEN_PATHS:
            headers = dict(scope["headers"])
            if self._keys:
                scope[_CLIENT] = "unknown"
                scope[_CLIENT] = self._name(headers.get(b"authorization", b""))
            else:
                _check_host(headers.get(b"host", b""))
        await self._app(scope, receive, send)

    def _name(self, header: bytes) -> str:
        scheme, _, key = header.partition(b" ")
        shown = sha256(key.strip()).hexdigest()
        found = ""
        for name, known in self._keys:  # all of them, always: time must not tell which one was nearly right
            if hmac.compare_digest(shown, known):
                found = name
        if scheme.lower() != b"bearer" or not found:
            raise Problem(
                401,
                "a key is needed: send the header Authorization: Bearer KEY",
                {"WWW-Authenticate": 'Bearer realm="crm_ml"'},
            )
        return found


def client_of(scope: Scope) -> str:
    """Return whose key a request has; the address of the caller where no keys are used."""
    name = scope.get(_CLIENT)
    return str(name) if name else "local"


def _check_host(header: bytes) -> None:
    if not _names_this_machine(header):
        raise Problem(
            421, "without keys the service answers to this machine only, under 127.0.0.1 or localhost"
        )


@lru_cache(maxsize=64)  # a client sends the same name with every request
def _names_this_machine(header: bytes) -> bool:
    try:
        host = urlsplit(f"//{header.decode('latin-1')}").hostname or ""
    except ValueError:
        host = ""
    return on_this_machine(host)
