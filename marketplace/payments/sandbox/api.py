"""One API request from end to end: the key, the switches, the parameters, the work, the idempotency key's memory."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from marketplace.payments.sandbox import chaos, listing, routes, schema
from marketplace.payments.sandbox.errors import StripeRefusal, invalid
from marketplace.payments.sandbox.state import Json, State, Transaction

__all__ = ["Answer", "Api", "Request"]

_MOST_FIELDS = 1000


@dataclass(frozen=True)
class Request:
    """`encoded` is the query of a GET or the body of a POST, still form-encoded."""

    method: str
    path: str
    encoded: str
    authorization: str = ""
    idempotency_key: str | None = None


@dataclass(frozen=True)
class Answer:
    status: int
    body: Json
    headers: dict[str, str] = field(default_factory=dict)


class Api:
    """Stripe's API over one state file and one key."""

    def __init__(self, state: State, *, key: str, page_base: str) -> None:
        self._state = state
        self._key = key
        self._page_base = page_base
        self._in_flight: set[str] = set()
        self._in_flight_turn = threading.Lock()

    def answer(self, request: Request) -> Answer:
        """Never raises: a refusal is an answer too."""
        request_id = f"req_{secrets.token_hex(7)}"
        try:
            self.authorise(request.authorization)
            self._disturb_before()
            with self._claimed(request):
                answer = self._carry_out(request, request_id)
            if request.method == "POST" and answer.status == 200:
                self._disturb_after()
        except StripeRefusal as refusal:
            answer = Answer(refusal.status, {"error": refusal.body})
        return Answer(answer.status, answer.body, {"Request-Id": request_id, **answer.headers})

    def authorise(self, header: str) -> None:
        """Compares the key in constant time; takes it as a bearer or, as `curl -u` sends it, as a user name."""
        scheme, _, value = header.partition(" ")
        given = value.strip()
        if scheme.lower() == "basic":
            try:
                given = base64.b64decode(given, validate=True).decode().partition(":")[0]
            except ValueError:
                given = "unreadable"
        if not given:
            raise StripeRefusal(
                "You did not provide an API key. You need to provide your API key in the Authorization header, using "
                "Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
                status=401,
            )
        if not hmac.compare_digest(given.encode(), self._key.encode()):
            raise StripeRefusal(f"Invalid API Key provided: {given[:8]}****{given[-4:]}", status=401)

    def _carry_out(self, request: Request, request_id: str) -> Answer:
        pairs = _pairs(request.encoded)
        key = request.idempotency_key if request.method == "POST" else None
        with self._state.transaction() as tx:
            if key is None:
                return Answer(200, self._work(tx, request, pairs))
            fingerprint = _fingerprint(request, pairs)
            remembered = _remembered(tx, key, fingerprint)
            if remembered is not None:
                return remembered
            try:
                answer = Answer(200, self._work(tx, request, pairs))
            except StripeRefusal as refusal:
                if not refusal.stored:
                    raise
                tx.start_over()
                answer = Answer(refusal.status, {"error": refusal.body})
            tx.sql.execute(
                "INSERT INTO idempotency VALUES (?, ?, ?, ?, ?)",
                (key, fingerprint, request_id, answer.status, json.dumps(answer.body)),
            )
            return answer

    def _work(self, tx: Transaction, request: Request, pairs: list[tuple[str, str]]) -> Json:
        route, identifier = routes.find(request.method, request.path)
        given = schema.check(schema.nest(pairs), route.params, route.simulated)
        paths = given.pop("expand", [])
        answer = route.work(routes.Call(tx, given, identifier, request.path, self._page_base))
        return listing.expand(tx, answer, paths)

    @contextmanager
    def _claimed(self, request: Request) -> Iterator[None]:
        """Holds the idempotency key for the length of the request; a second request meanwhile gets a 409."""
        key = request.idempotency_key if request.method == "POST" else None
        if key is None:
            yield
            return
        if not 0 < len(key) <= 255:
            raise invalid("Idempotency keys are restricted to a length of 1 to 255 characters.")
        with self._in_flight_turn:
            if key in self._in_flight:
                raise StripeRefusal(
                    "There is currently another in-progress request using this Idempotent Key (that probably means you "
                    f"submitted twice, and the other request is still going through): {key}. Please try again later.",
                    status=409,
                    kind="idempotency_error",
                    code="idempotency_key_in_use",
                )
            self._in_flight.add(key)
        try:
            self._linger()
            yield
        finally:
            with self._in_flight_turn:
                self._in_flight.discard(key)

    def _linger(self) -> None:
        with self._state.transaction() as tx:
            seconds = chaos.take(tx, "slow")
        time.sleep(seconds or 0)

    def _disturb_before(self) -> None:
        with self._state.transaction() as tx:
            limited = chaos.take(tx, "rate_limited") is not None
            broken = not limited and chaos.take(tx, "server_error") is not None
        if limited:
            raise StripeRefusal(
                "Request rate limit exceeded. Please try again with an exponential backoff.",
                status=429,
                code="rate_limit",
            )
        if broken:
            raise StripeRefusal("An unexpected error occurred.", status=500, kind="api_error")

    def _disturb_after(self) -> None:
        with self._state.transaction() as tx:
            lost = chaos.take(tx, "lost_response") is not None
        if lost:
            raise StripeRefusal("The request was carried out, but its response was lost.", status=500, kind="api_error")


def _pairs(encoded: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            encoded, keep_blank_values=True, strict_parsing=bool(encoded), max_num_fields=_MOST_FIELDS, errors="strict"
        )
    except ValueError as error:
        raise invalid(f"The parameters could not be read as a form: {error}") from None


def _fingerprint(request: Request, pairs: list[tuple[str, str]]) -> str:
    text = json.dumps([request.method, request.path, sorted(pairs)])
    return hashlib.sha256(text.encode()).hexdigest()


def _remembered(tx: Transaction, key: str, fingerprint: str) -> Answer | None:
    row = tx.sql.execute(
        "SELECT fingerprint, request_id, status, body FROM idempotency WHERE key = ?", (key,)
    ).fetchone()
    if row is None:
        return None
    if row[0] != fingerprint:
        raise StripeRefusal(
            "Keys for idempotent requests can only be used with the same parameters they were first used with. Try "
            f"using a key other than '{key}' if you meant to execute a different request.",
            kind="idempotency_error",
        )
    return Answer(row[2], json.loads(row[3]), {"Idempotent-Replayed": "true", "Original-Request": row[1]})
