"""OAuth: who gets a token, and which tokens are good.

What belongs here: Administrate's grants, decided on form fields. What does not: HTTP. The
shapes and statuses of errors are those of RFC 6749, section 5.2.
"""

import hmac
import secrets
import threading
import time
from collections.abc import Mapping
from typing import Any


class TokenRefused(Exception):
    """No token: `error` is the word to answer, `status` the HTTP status."""

    def __init__(self, error: str, status: int = 400) -> None:
        super().__init__(error)
        self.error = error
        self.status = status


class TokenOffice:
    """The tokens that a sandbox gave out."""

    def __init__(self, client_id: str, client_secret: str) -> None:
        self._client_id = client_id
        self._client_secret = client_secret
        self._lock = threading.Lock()
        self._expiry: dict[str, float] = {}
        self._codes: set[str] = set()
        self._refresh_tokens: set[str] = set()

    def code(self, client_id: str) -> str:
        """A code for the authorization_code grant, good for one use.

        Raises:
            TokenRefused: the client is unknown.
        """
        if client_id != self._client_id:
            raise TokenRefused("unauthorized_client")
        code = secrets.token_urlsafe(16)
        with self._lock:
            self._codes.add(code)
        return code

    def grant(self, form: Mapping[str, str], seconds: int) -> dict[str, Any]:
        """The answer to a request for a token that lives `seconds`.

        Raises:
            TokenRefused: the credentials, the grant type, or what it needs are wrong.
        """
        self._check_client(form)
        grant_type = form.get("grant_type")
        if grant_type == "client_credentials":
            return self._issue(seconds)
        with self._lock:
            if grant_type == "authorization_code":
                if form.get("code") not in self._codes:
                    raise TokenRefused("invalid_grant")
                self._codes.discard(form["code"])
            elif grant_type == "refresh_token":
                if form.get("refresh_token") not in self._refresh_tokens:
                    raise TokenRefused("invalid_grant")
            else:
                raise TokenRefused("unsupported_grant_type")
        return self._issue(seconds) | {"refresh_token": self._refresh_token(form)}

    def is_good(self, authorization: str | None) -> bool:
        """Whether an Authorization header carries a token that is good now."""
        scheme, _, token = (authorization or "").partition(" ")
        with self._lock:
            return scheme.lower() == "bearer" and self._expiry.get(token, 0.0) > time.monotonic()

    def revoke(self) -> None:
        """No access token is good any more; new ones may be had."""
        with self._lock:
            self._expiry.clear()

    def _check_client(self, form: Mapping[str, str]) -> None:
        given = (form.get("client_id", ""), form.get("client_secret", ""))
        known = (self._client_id, self._client_secret)
        matches = [
            hmac.compare_digest(mine.encode(), theirs.encode())
            for mine, theirs in zip(known, given, strict=True)
        ]
        if not all(matches):
            raise TokenRefused("invalid_client", 401)

    def _issue(self, seconds: int) -> dict[str, Any]:
        token = secrets.token_urlsafe(24)
        with self._lock:
            current = time.monotonic()
            self._expiry = {key: end for key, end in self._expiry.items() if end > current}
            self._expiry[token] = current + seconds
        return {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": seconds,
            "scope": "instance",
        }

    def _refresh_token(self, form: Mapping[str, str]) -> str:
        token = form.get("refresh_token") or secrets.token_urlsafe(24)
        with self._lock:
            self._refresh_tokens.add(token)
        return token
