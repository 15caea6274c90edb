"""The few mutations of learners and webhooks that the schema knows.

What belongs here: what changes the stored record. Nothing is delivered to a webhook's address.
"""

import json

from adm_sync.sandbox.mutations.payloads import Input, Payload, Refused, required
from adm_sync.sandbox.options import RequestContext

WEBHOOK_FIELDS = (
    "name",
    "query",
    "url",
    "notificationEmails",
    "emailAddress",
    "config",
    "filterExpression",
    "lifecycleState",
)


def record_attendance(context: RequestContext, input: Input) -> Payload:  # noqa: A002
    """One item of learner.recordAttendances."""
    learner = required(context, "Learner", input["learnerId"], "learnerId")
    session = required(context, "Session", input["sessionId"], "sessionId")
    if session["event"] != learner["event"]:
        raise Refused("Learners missing from session", "sessionId", session["id"])
    attendances = (learner.get("attendances") or {}) | {session["id"]: input["attended"]}
    context.store.update(learner["id"], attendances=attendances)
    return {"learner": learner}


def reactivate(context: RequestContext, input: Input) -> Payload:  # noqa: A002
    """learner.reactivate."""
    learner = required(context, "Learner", input["learnerId"], "learnerId")
    context.store.update(learner["id"], lifecycleState="active", isActive=True)
    return {"learner": learner}


def create_webhook(context: RequestContext, input: Input) -> Payload:  # noqa: A002
    """webhooks.create: inactive until it is updated to active."""
    kind = required(context, "WebhookType", input["webhookTypeId"], "webhookTypeId")
    _check_config(input)
    fields = {name: input[name] for name in WEBHOOK_FIELDS if name in input}
    webhook = context.add("Webhook", webhookType=kind["id"], **fields)
    return {"webhook": required(context, "Webhook", webhook)}


def update_webhook(context: RequestContext, input: Input) -> Payload:  # noqa: A002
    """webhooks.update."""
    webhook = required(context, "Webhook", input["webhookId"], "webhookId")
    _check_config(input)
    fields = {name: input[name] for name in WEBHOOK_FIELDS if input.get(name) is not None}
    context.store.update(webhook["id"], **fields)
    return {"webhook": webhook}


def _check_config(values: Input) -> None:
    try:
        json.loads(values.get("config") or "{}")
    except ValueError as error:
        raise Refused(str(error), "config") from None
