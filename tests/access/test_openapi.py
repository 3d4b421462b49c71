"""The OpenAPI document says what the API does: Schemathesis asks whatever the document allows."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.access.door import FIRST_TOKEN, Door, opened

OPERATIONS = (
    ("GET", "/v1/partners/{partner}/accounts/{account}/access"),
    ("GET", "/v1/partners/{partner}/access"),
    ("POST", "/v1/partners/{partner}/access"),
)
# Questions to each operation: some that the document allows, and some that it forbids.
ASKED = 25
KNOWN = {"partner": "lincoln", "account": "kim"}
bounded = settings(
    max_examples=ASKED,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def door(sqlite_template: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    from tests.harness.databases import sqlite_copy

    with opened(sqlite_copy(sqlite_template, tmp_path_factory.mktemp("openapi"))) as door:
        door.freeze("A")
        yield door


@pytest.fixture(scope="module")
def document(door: Door) -> Any:
    return schemathesis.openapi.from_asgi("/v1/openapi.json", door.site)


def test_the_document_is_valid_and_names_every_route(door: Door, document: Any) -> None:
    document.validate()
    answer = door.get("/v1/openapi.json", token="")
    assert answer.json()["openapi"] == "3.1.0"
    described = {
        (method.upper(), path)
        for path, methods in answer.json()["paths"].items()
        for method in methods
    }
    assert described == set(OPERATIONS)


@pytest.mark.parametrize("mode", ["positive", "negative"])
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_it_does_what_the_document_says(
    door: Door, document: Any, method: str, path: str, mode: str
) -> None:
    operation = document[path][method]
    cases = operation.as_strategy(generation_mode=schemathesis.GenerationMode(mode))

    @bounded
    @given(case=cases, known=st.booleans())
    def ask(case: Any, known: bool) -> None:
        if known and mode == "positive":
            case.path_parameters.update({name: KNOWN[name] for name in case.path_parameters})
        door.seconds += 60
        case.call_and_validate(headers={"Authorization": f"Bearer {FIRST_TOKEN}"})

    ask()
