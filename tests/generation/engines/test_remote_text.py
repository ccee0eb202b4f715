"""A language model behind HTTP is asked as OpenAI's servers are, within bounds of time and size."""

import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from generation import engines
from generation.engines import remote_folder, remote_text
from generation.engines.base import EngineError, Made
from generation.engines.parameters import ParametersRefused, spec_of
from generation.engines.remote_text import RemoteEngine

Answer = Callable[[BaseHTTPRequestHandler, dict[str, Any]], None]


class Server(ThreadingHTTPServer):
    """Remembers what it was asked, and answers as it was told."""

    daemon_threads = True

    def __init__(self, answer: Answer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer = answer
        self.asked: list[tuple[str, dict[str, Any], dict[str, str]]] = []


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.path, body, dict(self.headers)))
        self.server.answer(self, body)

    def log_message(self, *_: object) -> None:
        pass


def say(handler: BaseHTTPRequestHandler, content: bytes, status: int = 200) -> None:
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content)


def completion(handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
    text = f"seed {body['seed']}, {body['max_tokens']} tokens. The end. More."
    say(handler, json.dumps({"choices": [{"text": text, "finish_reason": "stop"}]}).encode())


def chat(handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
    text = "You said: " + body["messages"][-1]["content"]
    say(handler, json.dumps({"choices": [{"message": {"role": "assistant", "content": text}}]}).encode())


@pytest.fixture
def serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., tuple[Server, RemoteEngine]]]:
    servers: list[Server] = []
    monkeypatch.setattr(remote_text, "_PAUSE_SECONDS", 0.01)

    def start(answer: Answer, **told: Any) -> tuple[Server, RemoteEngine]:
        server = Server(answer)
        servers.append(server)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        document = {"kind": "remote", "version": 1, "api": "completions", "model": "m", "timeout_seconds": 5, **told}
        document.setdefault("url", f"http://127.0.0.1:{server.server_port}/v1")
        content = json.dumps(document).encode()
        (tmp_path / "method.json").write_bytes(content)
        loaded = engines.load("remote", tmp_path, weights_sha256=hashlib.sha256(content).hexdigest())
        assert isinstance(loaded, RemoteEngine)
        return server, loaded

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def _made(engine: RemoteEngine, seed: int = 7, **asked: Any) -> Made:
    request = spec_of("remote", engine.document).request(seed, {"prompt": "Oak frame", "max_tokens": 50, **asked})
    (made,) = engine.generate([request])
    return made


def _text(made: Made) -> str:
    return made.work.encode().decode()


def test_a_completion_is_asked_for_with_its_seed_and_cut_by_the_rules(serve: Any) -> None:
    server, engine = serve(completion)
    made = _made(engine, sentences=2, stop=["never"])
    assert _text(made) == "seed 7, 50 tokens. The end.\n"
    path, body, headers = server.asked[0]
    assert path == "/v1/completions"
    assert (body["seed"], body["stop"], body["temperature"], body["top_p"]) == (7, ["never"], 0.8, 0.92)
    assert "Authorization" not in headers
    assert engine.profile()["repeatable"] == "server"
    assert _text(_made(engine, 2**63 - 1)).startswith(f"seed {2**31 - 1},")


def test_a_chat_server_is_asked_with_messages_and_a_key_from_the_environment(
    serve: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_KEY", "not-a-secret")
    server, engine = serve(chat, api="chat", key_variable="A_KEY")
    assert _text(_made(engine)) == "You said: Oak frame\n"
    assert server.asked[0][0] == "/v1/chat/completions"
    assert server.asked[0][2]["Authorization"] == "Bearer not-a-secret"
    assert "not-a-secret" not in json.dumps(engine.profile())


def test_facts_are_asked_for_once_more_and_then_refused(serve: Any) -> None:
    server, engine = serve(chat, api="chat")
    made = _made(engine, facts=["12 cm"])
    assert "12 cm" in _text(made)
    assert [body["seed"] for _, body, _ in server.asked] == [7, 8]
    silent, deaf = serve(completion)
    with pytest.raises(EngineError) as refused:
        _made(deaf, facts=["12 cm"], attempts=2)
    assert refused.value.code == "facts_unmet"
    assert len(silent.asked) == 2


def test_a_busy_server_is_asked_again_and_a_refusal_is_not(serve: Any) -> None:
    answers = iter([503, 429, 200])

    def busy(handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
        status = next(answers)
        completion(handler, body) if status == 200 else say(handler, b"busy", status)

    server, engine = serve(busy)
    assert _text(_made(engine)).startswith("seed 7")
    assert len(server.asked) == 3
    server, engine = serve(lambda handler, _: say(handler, b"no", 401))
    with pytest.raises(EngineError) as refused:
        _made(engine)
    assert refused.value.code == "server_refused"
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "content",
    [
        b"<html>", b"[]", b"{}", b'{"choices": []}', b'{"choices": [{"text": 5}]}', b'{"choices": [{"text": " "}]}',
        b"[" * 100_000, b"x" * (2**20 + 1),
    ],
)  # fmt: skip
def test_answers_that_are_none_are_refused(serve: Any, content: bytes) -> None:
    _, engine = serve(lambda handler, _: say(handler, content))
    with pytest.raises(EngineError) as refused:
        _made(engine)
    assert refused.value.code == "server_answer"


def test_a_redirect_is_not_followed(serve: Any) -> None:
    def elsewhere(handler: BaseHTTPRequestHandler, _: dict[str, Any]) -> None:
        handler.send_response(307)
        handler.send_header("Location", "http://127.0.0.1:1/")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    server, engine = serve(elsewhere)
    with pytest.raises(EngineError) as refused:
        _made(engine)
    assert refused.value.code == "server_refused"
    assert len(server.asked) == 1


def test_a_server_that_drips_or_is_gone_does_not_hold_the_worker(serve: Any) -> None:
    def drip(handler: BaseHTTPRequestHandler, _body: dict[str, Any]) -> None:
        handler.send_response(200)
        handler.end_headers()
        try:
            for _ in range(200):
                handler.wfile.write(b" " * 2**14)
                time.sleep(0.1)
        except OSError:
            return

    _, engine = serve(drip, timeout_seconds=1, tries=1)
    started = time.monotonic()
    with pytest.raises(EngineError) as late:
        _made(engine)
    assert late.value.code == "server_unreachable"
    assert time.monotonic() - started < 10
    _, gone = serve(completion, url="http://127.0.0.1:9/v1", tries=2)
    with pytest.raises(EngineError) as nobody:
        _made(gone)
    assert nobody.value.code == "server_unreachable"


@pytest.mark.parametrize("url", ["ftp://host/v1", "http://user@host/v1", "http://host/v1?x=1", "file:///etc", "x"])
def test_a_wrong_address_is_refused_when_the_method_is_read(url: str) -> None:
    with pytest.raises(EngineError) as refused:
        spec_of("remote", {"url": url, "api": "chat", "model": "m"})
    assert refused.value.code == "architecture_unknown"


def test_what_servers_do_not_share_cannot_be_asked(serve: Any) -> None:
    _, engine = serve(completion)
    with pytest.raises(ParametersRefused):
        _made(engine, top_k=5)


def test_a_folder_is_drafted_that_the_engine_loads_and_never_over_another(tmp_path: Path) -> None:
    told = {"url": "http://127.0.0.1:8000/v1", "api": "chat", "model": "m", "key_variable": "A_KEY"}
    card = remote_folder.draft(tmp_path / "Our Writer", **told)
    assert card["slug"] == "our-writer"
    engine = engines.load("remote", tmp_path / "Our Writer", weights_sha256=card["weights_sha256"])
    assert engine.slot_counts == (1,)
    with pytest.raises(FileExistsError):
        remote_folder.draft(tmp_path / "Our Writer", **told)
    with pytest.raises(EngineError):
        remote_folder.draft(tmp_path / "other", **(told | {"url": "ftp://host"}))
    assert not (tmp_path / "other").exists()
