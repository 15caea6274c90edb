"""Amounts in the input of mutations.

What belongs here: what an amount may look like. It is given as a JSON text or number and stored
as a text.
"""

from decimal import Decimal, InvalidOperation
from typing import Any

from adm_sync.sandbox.mutations.payloads import Refused


def checked_amount(amount: Any) -> str:
    """The amount as a text.

    Raises:
        Refused: it is not a decimal number, or is negative.
    """
    try:
        number = Decimal(str(amount))
    except InvalidOperation:
        raise Refused("The amount is not a decimal number", "amount", amount) from None
    if not number.is_finite() or number < 0:
        raise Refused("The amount must not be negative", "amount", amount)
    return str(number)
