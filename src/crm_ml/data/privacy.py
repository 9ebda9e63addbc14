"""What people may not be judged on: refused by the name of a column."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from importlib import resources

from crm_ml.base.exceptions import ForbiddenAttributeError

__all__ = ["check_allowed", "forbidden_theme"]


@cache
def _forbidden() -> dict[str, list[str]]:
    """Return ground → words, as forbidden.yaml explains them."""
    import yaml

    words: dict[str, list[str]] = yaml.safe_load(
        resources.files("crm_ml.data").joinpath("forbidden.yaml").read_text("utf-8")
    )
    return words


def _parts(name: str) -> str:
    """Return a column name as words with ``_`` between and around, without case and accents."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    plain = unicodedata.normalize("NFKD", spaced).encode("ascii", "ignore").decode().casefold()
    return "_" + re.sub(r"[^a-z0-9]+", "_", plain).strip("_") + "_"


def forbidden_theme(name: str, extra_forbidden: Iterable[str] = ()) -> str | None:
    """Return on what forbidden ground a column name touches, if any.

    Examples
    --------
    >>> forbidden_theme("KlantGeslacht"), forbidden_theme("recency_days")
    ('gender', None)
    """
    parts = _parts(name)
    for theme, words in (*_forbidden().items(), ("forbidden by the config", list(extra_forbidden))):
        for word in words:
            stem = _parts(word.strip("=*"))
            if word.startswith("="):
                hit = stem == parts
            else:
                hit = (stem.rstrip("_") if word.endswith("*") else stem) in parts
            if hit:
                return theme
    return None


def check_allowed(
    names: Iterable[str], *, extra_forbidden: Iterable[str] = (), allow: Iterable[str] = ()
) -> None:
    """Refuse columns that judge people on a forbidden ground.

    A name is a hint, not proof: postcode or first name can stand for origin too. Whoever has a lawful reason
    names the column in `allow`, which the bundle then records.

    Parameters
    ----------
    names : iterable of str
        Columns that a model would see.
    extra_forbidden : iterable of str
        Further words; one that ends in ``*`` matches what begins with it.
    allow : iterable of str
        Columns that are lawful here.

    Raises
    ------
    ForbiddenAttributeError
        When at least one is forbidden; the message names all of them with their ground.

    Examples
    --------
    >>> check_allowed(["recency_days", "revenue"])
    >>> check_allowed(["is_female"])
    Traceback (most recent call last):
    ...
    crm_ml.base.exceptions.ForbiddenAttributeError: columns that nobody may be judged on – got:
    is_female (gender) – leave them out, or name them under allow when there is a lawful reason
    """
    extra, allowed = tuple(extra_forbidden), set(allow)
    themes = {name: forbidden_theme(name, extra) for name in names if name not in allowed}
    refused = [f"{name} ({theme})" for name, theme in themes.items() if theme]
    if refused:
        raise ForbiddenAttributeError(
            "columns that nobody may be judged on",
            got=", ".join(refused),
            do="leave them out, or name them under allow when there is a lawful reason",
        )
