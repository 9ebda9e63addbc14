"""Themes: every feature pushes a theme, and every sentence can be chosen."""

from __future__ import annotations

from crm_ml.features.catalogue import catalogue
from crm_ml.models.clv.features import BTYDFeatures
from crm_ml.prediction import themes
from crm_ml.prediction.sentences import SENTENCES
from crm_ml.prediction.themes import feature_themes


def test_every_feature_of_the_catalogue_has_a_theme():
    """A new feature group without a theme would silently fall out of the reasons."""
    assert {spec.name for spec in catalogue()} | set(BTYDFeatures.columns) == set(feature_themes())


def test_themes_of_sentences_are_fed_by_features():
    """A sentence in a theme that no feature feeds could never be chosen beside a model."""
    without_model = {"complaints", "contacts", "fact"}
    assert {sentence.theme for sentence in SENTENCES} - without_model <= set(feature_themes().values())


def test_exceptions_name_features_that_exist():
    """A renamed feature would silently fall back to the theme of its group."""
    assert set(themes._OF_FEATURE) <= {spec.name for spec in catalogue()}
