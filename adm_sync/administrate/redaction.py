"""Text from outside, made fit for a log line or an error message.

What belongs here: taking secrets, markup and control characters out of text, and keeping it
short. What does not: deciding what to say.
"""

import html
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, quote_plus

HIDDEN = "[hidden]"
EXCERPT_LENGTH = 200
# Enough to find a sentence behind the markup of an error page, not enough to be slow.
EXAMINED_LENGTH = 20_000
SHORTEST_SECRET = 4

_NAMED_SECRET = re.compile(
    r"""(?ix)
    ( (?: (?:client|api)_?secret | (?:access|refresh|id)_?token | passw(?:or)?d | authorization )
      ["']? \s* [:=] \s* ["']? (?: (?:bearer|basic) \s+ )? )
    [^\s"'&,;}<]+"""
)
_CREDENTIAL = re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}")
_WEB_TOKEN = re.compile(r"\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?")
_URL_PASSWORD = re.compile(r"(://)[^/\s@]+@")
# Longer than any global id of the API, which are base64 too and must stay readable.
_RANDOM_TEXT = re.compile(r"\b(?=[A-Za-z_-]*\d)(?=[\d_-]*[A-Za-z])[A-Za-z0-9_+-]{48,}={0,2}")
_MARKUP = re.compile(r"(?s)<(script|style)\b.*?</\1\s*>|<!--.*?-->|<[^<>]*>")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\s]+")


class Redactor:
    """Knows the secrets in use and takes them, and what looks like one, out of text."""

    def __init__(self, *secrets: str) -> None:
        self._secrets: tuple[str, ...] = ()
        for secret in secrets:
            self.learn(secret)

    def learn(self, secret: str) -> None:
        """Hide this from now on, in every form in which a server might echo it."""
        if len(secret) < SHORTEST_SECRET:
            return
        forms = {
            secret,
            quote(secret, safe=""),
            quote_plus(secret),
            html.escape(secret),
            json.dumps(secret)[1:-1],
        }
        self._secrets = tuple(sorted(forms | set(self._secrets), key=len, reverse=True))

    def hide(self, text: str) -> str:
        """The text without secrets."""
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        text = _NAMED_SECRET.sub(rf"\1{HIDDEN}", text)
        text = _CREDENTIAL.sub(rf"\1 {HIDDEN}", text)
        text = _WEB_TOKEN.sub(HIDDEN, text)
        text = _URL_PASSWORD.sub(rf"\1{HIDDEN}@", text)
        return _RANDOM_TEXT.sub(HIDDEN, text)

    def hide_within(self, value: Any) -> Any:
        """A JSON value without secrets in any of its texts."""
        if isinstance(value, str):
            return self.hide(value)
        if isinstance(value, Mapping):
            return {key: self.hide_within(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self.hide_within(inner) for inner in value]
        return value

    def sentence(self, text: str, length: int = EXCERPT_LENGTH) -> str:
        """The text on one line of at most so many characters, without secrets and markup."""
        examined = _without_a_cut_word(text)
        # Once more after the markup is gone: tags may have stood inside a secret.
        plain = self.hide(html.unescape(_MARKUP.sub(" ", self.hide(examined))))
        plain = self.hide(_UNPRINTABLE.sub(" ", plain)).strip()
        return plain if len(plain) <= length else plain[: length - 1].rstrip() + "…"

    def excerpt(self, body: bytes) -> str:
        """The beginning of an answer's body as a sentence."""
        return self.sentence(body[: EXAMINED_LENGTH + 1].decode(errors="replace"))


def _without_a_cut_word(text: str) -> str:
    if len(text) <= EXAMINED_LENGTH:
        return text
    # A secret that is cut in two is not recognised any more.
    return " ".join(re.split(r"(\s+)", text[:EXAMINED_LENGTH])[:-1])
