"""What people may not be judged on, and who wants to be left alone."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from crm_ml.base.exceptions import ForbiddenAttributeError

__all__ = ["FORBIDDEN", "Suppression", "check_allowed", "forbidden_theme"]

# Special categories of the GDPR (article 9), criminal records (article 10) and the grounds of Dutch and
# European equal-treatment law, with the words by which columns betray them. A word matches a whole part of
# a name (is_male, klant_geslacht), one that begins with = the whole name only (age_of_account is harmless),
# and one that ends in * also what begins with it.
FORBIDDEN: dict[str, tuple[str, ...]] = {
    "gender": (
        "gender*",
        "sex",
        "sexe",
        "geslacht*",
        "male",
        "female",
        "=man",
        "vrouw",
        "mr_mrs",
        "dhr_mevr",
        "aanhef",
        "salutation*",
        "honorific",
        "pronoun*",
        "voornaamwoord*",
        "transgender",
        "nonbinary",
    ),
    "sexual orientation": (
        "sexual*",
        "seksue*",
        "orientation",
        "geaardheid",
        "lgbt*",
        "lhbt*",
        "gay",
        "homo",
        "hetero*",
    ),
    "religion or belief": (
        "relig*",
        "faith",
        "belief*",
        "church*",
        "kerk*",
        "geloof*",
        "gezindte",
        "levensovertuiging*",
        "denomination*",
        "muslim",
        "moslim",
        "christian",
        "christen",
        "jewish",
        "joods",
        "hindu",
        "islam*",
    ),
    "ethnic origin": (
        "ethnic*",
        "etnic*",
        "etnis*",
        "=race",
        "customer_race",
        "racial",
        "=ras",
        "skin_colo*",
        "huidskleur",
        "birth_country",
        "country_of_birth",
        "geboorteland",
        "birthplace",
        "place_of_birth",
        "geboorteplaats",
        "nationalit*",
        "national_origin",
        "migratie*",
        "migration_background",
        "migrant*",
        "afkomst",
        "land_van_herkomst",
        "herkomst_ouders",
        "allochtoon",
        "mother_tongue",
        "moedertaal",
        "tribe",
        "caste",
    ),
    "health": (
        "health*",
        "gezondheid*",
        "disease*",
        "ziekte*",
        "illness*",
        "diagnos*",
        "medical*",
        "medisch*",
        "medicine*",
        "medicatie",
        "medication",
        "medicijn*",
        "disab*",
        "handicap*",
        "beperking",
        "pregnan*",
        "zwanger*",
        "bmi",
        "blood_type",
        "bloedgroep",
        "allerg*",
        "patient*",
    ),
    "political opinion": ("politic*", "politiek*", "party_member*", "stemgedrag", "voting", "voted_for"),
    "trade union": ("union_member*", "trade_union*", "vakbond*"),
    "genetic or biometric data": (
        "genetic*",
        "genetisch*",
        "dna",
        "biometric*",
        "biometrisch*",
        "fingerprint",
        "vingerafdruk",
        "face_id",
    ),
    "criminal record": ("crimin*", "strafblad", "strafrecht*", "conviction*", "veroordeling*", "justitie*"),
    "age": (
        "=age",
        "customer_age",
        "client_age",
        "person_age",
        "age_years",
        "leeftijd*",
        "age_group",
        "age_band",
        "birth_date",
        "date_of_birth",
        "dob",
        "birthday",
        "birthdate",
        "geboortedatum",
        "geboortejaar",
        "birth_year",
        "year_of_birth",
    ),
    "family": (
        "marital*",
        "married",
        "burgerlijke_staat",
        "gehuwd",
        "getrouwd",
        "divorced",
        "gescheiden",
        "gezinssamenstelling",
        "number_of_children",
        "aantal_kinderen",
    ),
    "national number": (
        "bsn",
        "burgerservicenummer",
        "sofinummer",
        "ssn",
        "social_security*",
        "passport*",
        "paspoort*",
    ),
}


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
    for theme, words in (*FORBIDDEN.items(), ("forbidden by the config", tuple(extra_forbidden))):
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


@dataclass(frozen=True)
class Suppression:
    """Customers who appear on no list: they objected, or may not be approached.

    Parameters
    ----------
    customers : frozenset of str
        Their ids.
    reason : str
        What to say about them in totals; they are counted, never named.

    Examples
    --------
    >>> Suppression(frozenset({"a"})).splits(["a", "b"])
    (['b'], ['a'])
    """

    customers: frozenset[str]
    reason: str = "objected to being approached"

    def splits(self, ids: Iterable[str]) -> tuple[list[str], list[str]]:
        """Return who may be listed and who may not, each in the given order."""
        listed: list[str] = []
        suppressed: list[str] = []
        for one in ids:
            (suppressed if one in self.customers else listed).append(one)
        return listed, suppressed
