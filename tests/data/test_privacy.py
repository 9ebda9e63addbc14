"""Nobody is judged on what the law protects."""

import pytest

from crm_ml.base.exceptions import ForbiddenAttributeError
from crm_ml.data.privacy import check_allowed


@pytest.mark.parametrize(
    "name",
    [
        "gender",
        "Geslacht",
        "klant_geslacht",
        "isFemale",
        "aanhef",
        "birth_country",
        "countryOfBirth",
        "geboorteland",
        "religion",
        "Religie",
        "geloofsovertuiging",
        "health_score",
        "gezondheid",
        "ziekteverzuim",
        "pregnant",
        "ethnicity",
        "afkomst",
        "Nationaliteit",
        "politieke_voorkeur",
        "vakbondslid",
        "BSN",
        "date of birth",
        "leeftijd",
        "age",
        "sexual_orientation",
        "disability",
        "strafblad",
        "GÉSLACHT",
        "marital_status",
        "sex",
        "handicapped",
    ],
)
def test_forbidden_attributes_are_refused_by_name(name):
    """Dutch and English, in any way of writing (line 30 of bad input)."""
    with pytest.raises(ForbiddenAttributeError, match="nobody may be judged on"):
        check_allowed(["recency_days", name])


def test_our_own_features_and_usual_columns_pass():
    """A list that refuses harmless columns gets switched off."""
    harmless = [
        "recency_days",
        "revenue_12m",
        "gap_mean",
        "average_order",
        "age_of_account",
        "percentage",
        "message",
        "language",
        "region",
        "package",
        "manual",
        "human_review",
        "Sussex",
        "trace",
        "brace_type",
        "usage",
        "homepage_visits",
        "party_size",
        "customer_segment",
        "racecar",
    ]
    check_allowed(harmless)


def test_all_refused_columns_come_in_one_message():
    """A user mends the table in one round."""
    with pytest.raises(ForbiddenAttributeError, match=r"gender \(gender\), religie \(religion or belief\)"):
        check_allowed(["gender", "religie"])


def test_config_adds_and_allows():
    """A lawful reason is named, an own taboo is added."""
    check_allowed(["age"], allow=["age"])
    with pytest.raises(ForbiddenAttributeError, match="forbidden by the config"):
        check_allowed(["postcode_4"], extra_forbidden=["postcode*"])
