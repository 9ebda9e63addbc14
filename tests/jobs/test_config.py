"""The config speaks the language of the rooms that it configures."""

import pytest

from crm_ml.data.schema import ROLES
from crm_ml.jobs.config import CONFIGS
from crm_ml.jobs.sections import DataSection


def test_every_role_is_an_option_of_data():
    """A role that reading knows can be mapped in a config, in the same words."""
    assert {role.name for role in ROLES} <= set(DataSection.model_fields)


@pytest.mark.parametrize("kind", list(CONFIGS.values()), ids=list(CONFIGS))
def test_every_option_says_what_it_is(kind):
    """The schema is the reference: no option without a description."""

    def bare(model):
        for name, one in model.model_fields.items():
            if not one.description:
                yield f"{model.__name__}.{name}"
            if isinstance(one.annotation, type) and hasattr(one.annotation, "model_fields"):
                yield from bare(one.annotation)

    assert list(bare(kind)) == []
