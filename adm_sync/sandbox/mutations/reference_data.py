"""The mutations of course templates, contacts and accounts.

What belongs here: what the API lets a client change of reference data. Locations, venues, price
levels, tax types and custom field definitions have no mutations: they are seeded.
"""

from typing import Any

from adm_sync.sandbox.mutations.custom_fields import changed_values
from adm_sync.sandbox.mutations.payloads import Input, Payload, Refused, required
from adm_sync.sandbox.mutations.prices import checked_amount
from adm_sync.sandbox.options import RequestContext

TEMPLATE_FIELD_TYPES = ("CourseTemplate", "Event")


def create_template(context: RequestContext, input: Input) -> Payload:  # noqa: A002
    """courseTemplate.create: a draft."""
    if not input["title"].strip():
        raise Refused("A title is required", "title", input["title"])
    identifier = context.add(
        "CourseTemplate",
        title=input["title"],
        code=input.get("code"),
        eventLearningMode=input.get("learningMode"),
        lifecycleState="draft",
        customFieldValues=changed_values(context, TEMPLATE_FIELD_TYPES, input),
    )
    return {"courseTemplate": required(context, "CourseTemplate", identifier)}


def update_template(
    context: RequestContext,
    courseTemplateId: str,  # noqa: N803 - the schema's spelling
    input: Input,  # noqa: A002 - the schema's word
) -> Payload:
    """courseTemplate.update: `approvedInstructors` replaces the whole list."""
    template = required(context, "CourseTemplate", courseTemplateId, "courseTemplateId")
    changes: dict[str, Any] = {name: input[name] for name in ("title", "code") if name in input}
    if changes.get("title", "") is None:
        raise Refused("A title is required", "title")
    if input.get("lifecycleState"):
        if input["lifecycleState"] == "draft" and template["lifecycleState"] != "draft":
            raise Refused("A published course template cannot be a draft", "lifecycleState")
        changes["lifecycleState"] = input["lifecycleState"]
    if "approvedInstructors" in input:
        instructors = input["approvedInstructors"] or []
        for instructor in instructors:
            required(context, "Contact", instructor, "approvedInstructors")
        changes["approvedInstructors"] = instructors
    changes["customFieldValues"] = changed_values(context, TEMPLATE_FIELD_TYPES, input, template)
    context.store.update(template["id"], **changes)
    return {"courseTemplate": template}


def add_public_prices(context: RequestContext, input: Input) -> Payload:  # noqa: A002
    """courseTemplate.addPublicPrices."""
    names = {
        "courseTemplate": ("courseTemplateId", "CourseTemplate"),
        "priceLevel": ("priceLevelId", "PriceLevel"),
        "financialUnit": ("financialUnitId", "Currency"),
        "region": ("regionId", "Region"),
    }
    references = {
        stored: required(context, record_type, input[label], label)["id"]
        for stored, (label, record_type) in names.items()
    }
    price = context.add("CoursePrice", amount=checked_amount(input["amount"]), **references)
    return {"prices": [required(context, "CoursePrice", price)]}


def update_prices(context: RequestContext, input: Input) -> Payload:  # noqa: A002
    """courseTemplate.updatePrices."""
    price = required(context, "CoursePrice", input["coursePriceId"], "coursePriceId")
    context.store.update(price["id"], amount=checked_amount(input["amount"]))
    return {"prices": [price]}


def create_contact(context: RequestContext, input: Input) -> Payload:  # noqa: A002
    """contact.create, and each item of contact.createBatch. The contact is no instructor yet."""
    account = required(context, "Account", input["accountId"], "accountId")
    name = input["personalName"]
    if not (name.get("firstName") or name.get("lastName")):
        raise Refused("A name is required", "personalName")
    identifier = context.add(
        "Contact",
        firstName=name.get("firstName"),
        middleName=name.get("middleName"),
        lastName=name.get("lastName"),
        emailAddress=input.get("emailAddress"),
        account=account["id"],
        customFieldValues=changed_values(context, ["Contact"], input),
    )
    return {"contact": required(context, "Contact", identifier)}


def create_account(context: RequestContext, input: Input) -> Payload:  # noqa: A002
    """account.create."""
    if not input["name"].strip():
        raise Refused("A name is required", "name", input["name"])
    identifier = context.add(
        "Account", name=input["name"], isIndividual=bool(input.get("isIndividual"))
    )
    return {"account": required(context, "Account", identifier)}
