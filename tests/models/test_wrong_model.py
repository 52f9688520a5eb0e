"""A refused key and an unknown model: what is said, for which role, and that nobody waits for them to pass."""

import pytest
from asking import ask, door, site
from pydantic_ai.exceptions import ModelHTTPError

from simulated_endpoint import simulated_endpoint
from toolwright.errors import KeyRefused, ModelError, ModelUnavailable, ModelUnknown
from toolwright.models.faults import classify

ROLES = ("agent", "optimizer")


@pytest.mark.parametrize("role", ROLES)
def test_an_unknown_model_is_named_with_its_key_in_the_config(role: str):
    error = classify(ModelHTTPError(404, "gpt-55", {"message": "no such model", "code": "model_not_found"}), (), role)
    assert isinstance(error, ModelUnknown)
    assert error.role == role
    assert str(error) == (
        f"the provider knows no 'gpt-55', the {role}'s model: no such model (model_not_found); correct its name "
        f"(models.{role}), or its address (models.{role}.base_url) where that is wrong"
    )


@pytest.mark.parametrize("role", ROLES)
def test_a_refused_key_says_where_to_put_one_that_is_accepted(role: str):
    error = classify(ModelHTTPError(401, "m", {"message": "Incorrect API key", "code": "invalid_api_key"}), (), role)
    assert isinstance(error, KeyRefused)
    assert str(error) == (
        f"the provider refuses the key of the {role}'s model: Incorrect API key (invalid_api_key); put one it accepts "
        f"into the environment variable, or name another variable (models.{role}.api_key_env)"
    )


@pytest.mark.parametrize(("kind", "error"), [("bad_key", KeyRefused), ("no_model", ModelUnknown)])
async def test_the_endpoints_own_words_come_without_its_json(kind: str, error: type[ModelError]):
    with simulated_endpoint(plan=kind) as endpoint:
        async with door(endpoint.url) as model:
            with pytest.raises(error, match=r"request of key none-needed refused \(.*\); ") as caught:
                await model.request(site(), ask())
    assert not {"{", "status_code", "\n"} & set(str(caught.value).split())
    assert not isinstance(caught.value, ModelUnavailable)
    assert "resume" not in str(caught.value)
