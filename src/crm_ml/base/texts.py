"""Every text that a reader sees, in Dutch and English, from the data files in ``base/languages``.

A key is ``theme.name``: the file ``languages/theme.yaml`` holds ``name`` with one text a language.
Texts may hold named places (``{days}``), filled by :func:`text`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Literal, TypeAlias

from crm_ml.base.exceptions import InputError
from crm_ml.base.validation import check_choice, nearest

__all__ = ["LANGUAGES", "Language", "has_text", "keys", "label", "text", "themes"]

Language: TypeAlias = Literal["nl", "en"]
LANGUAGES: tuple[str, ...] = ("nl", "en")


def text(key: str, language: str = "en", /, **values: object) -> str:
    """Return the text of a key, with its places filled.

    Parameters
    ----------
    key : str
        ``theme.name``.
    language : {"nl", "en"}
        Language of the reader.
    **values
        What fills the places; formatted beforehand (see :mod:`crm_ml.base.formats`).

    Raises
    ------
    InputError
        When the key, the language or a value is missing.

    Examples
    --------
    >>> text("values.threat.stops", "nl")
    'stopt'
    """
    template = _entry(key)[check_choice(language, LANGUAGES, what="language")]
    if not values:
        return template
    try:
        return template.format_map(values)
    except KeyError as error:
        raise InputError(
            f"the text {key!r} needs a value", got=", ".join(values), do=f"give {error}"
        ) from None


def label(name: str, language: str = "en") -> str:
    """Return the label of a table column, or the name in plain words when it has none.

    Examples
    --------
    >>> label("customers", "nl"), label("gini_index", "nl")
    ('klanten', 'gini index')
    """
    known = _theme("columns").get(name)
    return known[language] if known else name.replace("_", " ")


def has_text(key: str) -> bool:
    """Return whether a key has a text.

    Examples
    --------
    >>> has_text("values.threat.stops"), has_text("values.threat.perhaps")
    (True, False)
    """
    theme, _, name = key.partition(".")
    return theme in themes() and name in _theme(theme)


def keys(theme: str) -> tuple[str, ...]:
    """Return the full keys of a theme, in the order of its file.

    Examples
    --------
    >>> keys("units")[0]
    'units.day'
    """
    return tuple(f"{theme}.{name}" for name in _theme(theme))


@cache
def themes() -> tuple[str, ...]:
    """Return the names of all themes, sorted."""
    files = resources.files("crm_ml.base").joinpath("languages").iterdir()
    return tuple(sorted(file.name.removesuffix(".yaml") for file in files if file.name.endswith(".yaml")))


def _entry(key: str) -> Mapping[str, str]:
    theme, _, name = key.partition(".")
    entries = _theme(check_choice(theme, themes(), what="theme of texts"))
    if name not in entries:
        near = nearest(name, entries)
        raise InputError(
            "unknown text", got=repr(key), do=f"did you mean {theme}.{near[0]}?" if near else None
        )
    return entries[name]


@cache
def _theme(theme: str) -> Mapping[str, Mapping[str, str]]:
    import yaml

    file = resources.files("crm_ml.base").joinpath("languages", f"{theme}.yaml")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same rules in C: ten times as fast
    entries: Mapping[str, Mapping[str, str]] = yaml.load(file.read_text("utf-8"), Loader=loader)  # noqa: S506
    return entries
