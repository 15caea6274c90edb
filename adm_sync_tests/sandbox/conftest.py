"""A plain HTTP client of the sandbox, and a small company in it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from adm_sync.sandbox import SandboxServer


class Api:
    """Asks a sandbox over HTTP as any client would."""

    def __init__(self, sandbox: SandboxServer, http: httpx.Client) -> None:
        self.sandbox = sandbox
        self.http = http
        self.token = ""

    def get_token(self, **form: str) -> httpx.Response:
        access = self.sandbox.access
        fields = {
            "grant_type": "client_credentials",
            "client_id": access.client_id,
            "client_secret": access.client_secret,
        }
        return self.http.post(f"{access.auth_url}/token", data=fields | form)

    def post(self, query: str, operation: str | None = None, **variables: Any) -> httpx.Response:
        if not self.token:
            self.token = self.get_token().json()["access_token"]
        return self.http.post(
            self.sandbox.api_url,
            json={"query": query, "variables": variables, "operationName": operation},
            headers={"Authorization": f"Bearer {self.token}"},
        )

    def answer(self, query: str, operation: str | None = None, **variables: Any) -> dict[str, Any]:
        response = self.post(query, operation, **variables)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer

    def data(self, query: str, operation: str | None = None, **variables: Any) -> Any:
        answer = self.answer(query, operation, **variables)
        assert "errors" not in answer, answer
        return answer["data"]

    def errors(self, query: str, **variables: Any) -> list[str]:
        """The messages of a request that is refused as a whole."""
        answer = self.answer(query, **variables)
        assert "data" not in answer, answer
        return [error["message"] for error in answer["errors"]]

    def door(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        base = self.sandbox.api_url.removesuffix("/graphql")
        return self.http.request(method, f"{base}/sandbox/{path}", **arguments)


@pytest.fixture
def api(sandbox: SandboxServer) -> Iterator[Api]:
    with httpx.Client(timeout=10) as http:
        yield Api(sandbox, http)


@dataclass(frozen=True)
class Company:
    """The ids of a small fictional company."""

    location: str
    other_location: str
    venue: str
    other_venue: str
    tax_type: str
    currency: str
    level: str
    region: str
    template: str
    draft: str
    instructor: str
    administrator: str
    client: str
    account: str
    field: str
    required_field: str


@pytest.fixture
def company(sandbox: SandboxServer) -> Company:
    add = sandbox.store.add
    tax_type = add("TaxType", name="VAT", effectiveRate="20.0")
    region = add("Region", name="North", code="N", defaultTax=tax_type)
    location = add("Location", name="Leeds", code="LDS", region=region)
    other_location = add("Location", name="York", code="YRK")
    account = add("Account", name="Example Training")
    return Company(
        location=location,
        other_location=other_location,
        venue=add("Venue", name="Hall", location=location),
        other_venue=add("Venue", name="Barn", location=other_location),
        tax_type=tax_type,
        currency=add("Currency", name="Pound Sterling", code="GBP", symbol="£"),
        level=add("PriceLevel", name="Standard", description="The usual price"),
        region=region,
        template=add(
            "CourseTemplate",
            title="Course One",
            code="CB1",
            eventLearningMode="blended",
            sessions=[
                {"title": "Day 1"},
                {"title": "Day 2", "start": "10:00:00", "end": "15:30:00"},
                {"title": "Day 3", "day": 7},
            ],
        ),
        draft=add("CourseTemplate", title="Unfinished", code="CB2", lifecycleState="draft"),
        instructor=add("Contact", firstName="Ada", lastName="Example", isInstructor=True),
        administrator=add("Contact", firstName="Alan", lastName="Sample", isAdmin=True),
        client=add("Contact", firstName="Grace", lastName="Specimen", account=account),
        account=account,
        field=add("CustomFieldDefinition", entityType="Event", label="Sitting"),
        required_field=add("CustomFieldDefinition", entityType="Session", label="Room"),
    )
