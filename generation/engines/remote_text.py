"""The engine of language models behind an HTTP server that speaks as OpenAI's does: completions or chat.

The seed is passed on, but only the server decides whether equal seeds give equal bytes; the record says so. Answers
are bounded in size and time, redirects are not followed, and a key comes from the environment, never from a file.

`method.json`: kind `remote`, version 1, `url` (up to and with `/v1`), `api` (`completions` or `chat`), `model`, and
optionally `positions`, `timeout_seconds`, `tries`, `key_variable` and `queue`.
"""

import json
import os
import time
from collections.abc import Mapping
from typing import Any

import requests

from generation.engines.base import EngineError, Request, Step, Text, Work
from generation.engines.gpt import tidy
from generation.engines.method import Method, Progress
from generation.engines.sampling import Stops, missing

__all__ = ["MAX_ANSWER_BYTES", "RemoteEngine"]

MAX_ANSWER_BYTES = 2**20
_CONNECT_SECONDS = 5
_PAUSE_SECONDS = 0.5
_RETRIED = {429, 500, 502, 503, 504}
# Servers count seeds as signed 32- or 64-bit numbers; all of them take 31 bits.
_SEED_BITS = 2**31


class RemoteEngine(Method):
    """One server with one of its models."""

    NAME = "remote"

    def profile(self, *, slots: int | None = None) -> dict[str, str | int]:
        """The server's address and model; `repeatable` is `server`, since nothing here can promise equal bytes."""
        told = super().profile(slots=slots)
        return told | {name: str(self.document[name]) for name in ("url", "api", "model")} | {"repeatable": "server"}

    def estimate(self, request: Request) -> float:
        """A guess: fifty tokens a second."""
        return float(1 + request.parameters["max_tokens"] / 50)

    def stages(self, request: Request) -> int:
        """One for each attempt."""
        return int(request.parameters["attempts"])

    def make(self, request: Request, progress: Progress) -> tuple[Work, tuple[Step, ...]]:
        """Ask until a text has all facts. Raises EngineError `facts_unmet`, `server_unreachable`, `server_refused`,
        `server_answer` (too large, or not what such a server says).
        """
        asked = request.parameters
        facts: list[str] = asked["facts"]
        for attempt in range(int(asked["attempts"]) if facts else 1):
            text = self._asked(asked, (request.seed + attempt) % _SEED_BITS, first=attempt == 0)
            progress.advance()
            cut = Stops.of(asked).cut(text)
            text = tidy(text if cut is None else cut[0])
            if text and not missing(facts, text):
                return Text(text, "und"), ()
        if not text:
            raise EngineError("server_answer", "The server answered with an empty text.")
        raise EngineError("facts_unmet", f"No text of the server had: {', '.join(missing(facts, text))}.")

    def _asked(self, asked: Mapping[str, Any], seed: int, *, first: bool) -> str:
        prompt = asked["prompt"]
        if asked["facts"] and not first:
            prompt += "\n\n" + "\n".join(f"- {fact}" for fact in asked["facts"])
        body: dict[str, Any] = {
            "model": self.document["model"],
            "max_tokens": asked["max_tokens"],
            "temperature": float(asked["temperature"]),
            "top_p": float(asked["top_p"]),
            "seed": seed,
            "n": 1,
            "stream": False,
        }
        if asked["stop"]:
            body["stop"] = asked["stop"]
        chat = self.document["api"] == "chat"
        body |= {"messages": [{"role": "user", "content": prompt}]} if chat else {"prompt": prompt}
        answer = self._sent("/chat/completions" if chat else "/completions", body)
        try:
            choice = answer["choices"][0]
            text = choice["message"]["content"] if chat else choice["text"]
        except (KeyError, IndexError, TypeError) as error:
            raise EngineError("server_answer", "The server's answer has no text where one belongs.") from error
        if not isinstance(text, str):
            raise EngineError("server_answer", "The server's answer has no text where one belongs.")
        return text

    def _sent(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        tries = min(5, max(1, int(self.document.get("tries", 3))))
        for number in range(tries):
            if number:
                time.sleep(_PAUSE_SECONDS * 2 ** (number - 1))
            try:
                status, content = self._posted(path, body)
            except requests.RequestException as error:
                failure = EngineError("server_unreachable", f"The server did not answer ({type(error).__name__}).")
                continue
            if status == 200:
                return _object(content)
            failure = EngineError("server_refused", f"The server answered with status {status}.")
            if status not in _RETRIED:
                break
        raise failure

    def _posted(self, path: str, body: dict[str, Any]) -> tuple[int, bytes]:
        """Status and content, of which no more than the bound is ever read."""
        seconds = min(600.0, max(1.0, float(self.document.get("timeout_seconds", 60))))
        key = os.environ.get(str(self.document.get("key_variable", "")), "")
        ends = time.monotonic() + seconds
        with requests.post(
            str(self.document["url"]).rstrip("/") + path,
            json=body,
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=(_CONNECT_SECONDS, seconds),
            allow_redirects=False,
            stream=True,
        ) as response:
            content = b""
            for part in response.iter_content(2**14):
                content += part
                if len(content) > MAX_ANSWER_BYTES:
                    raise EngineError("server_answer", f"The server answered with over {MAX_ANSWER_BYTES} bytes.")
                # A server that drips would otherwise hold the worker for ever.
                if time.monotonic() > ends:
                    raise requests.Timeout
            return response.status_code, content


def _object(content: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise EngineError("server_answer", "The server's answer is no JSON.") from error
    if not isinstance(answer, dict):
        raise EngineError("server_answer", "The server's answer is no JSON object.")
    return answer
