"""Signs and reads C2PA credentials; the only module that knows the C2PA library. Never reaches for the network.

A credential carries the whole provenance record as one canonical string, because readers may reshape structured data.
"""

import functools
import io
import json
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Any

import c2pa

from common.errors import Unprocessable
from licensing.provenance import canonical, labels
from licensing.provenance.credential_report import ASSERTION, SOFT_BINDING, Credential, State, understand
from licensing.provenance.keys import SigningKeys

__all__ = [
    "ANY_FILE",
    "Credential",
    "CredentialRefused",
    "Ingredient",
    "InputFile",
    "Mark",
    "State",
    "read",
    "sign",
    "sign_copy",
]

# The media type under which a credential covers any file that it stands beside.
ANY_FILE = "application/octet-stream"
GENERATOR = "Vernissage"
# Uses of a certificate under which a signer is accepted: e-mail protection, document signing, C2PA.
_KEY_USES = "1.3.6.1.5.5.7.3.4\n1.3.6.1.5.5.7.3.36\n1.3.6.1.4.1.62558.2.1"


class CredentialRefused(Unprocessable):
    code = "credential_refused"
    title = "The credential could not be written."


class _How(Enum):
    NEW = auto()
    COPY = auto()
    BESIDE = auto()


@dataclass(frozen=True, kw_only=True)
class Ingredient:
    """Something that the piece was made with: `data_type` as C2PA names it, `descriptor` a JSON document."""

    title: str
    data_type: str
    descriptor: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class InputFile:
    """A work that went into the piece, as a file: what its own credential says of its history comes with it."""

    title: str
    media_type: str
    data: bytes


@dataclass(frozen=True, kw_only=True)
class Mark:
    """What finds the file again when the credential is gone: an algorithm and the value it reads there."""

    algorithm: str
    value: str


def sign(
    *,
    content: bytes,
    media_type: str,
    title: str,
    record: bytes,
    ingredients: Iterable[Ingredient],
    keys: SigningKeys,
    at: datetime,
    tsa_url: str | None = None,
    inputs: Iterable[InputFile] = (),
    beside: bool = False,
    mark: Mark | None = None,
) -> bytes:
    """`content` with a credential that says: made by a trained model, not to be trained on, and this is its record.

    With `beside`, only the credential, as a file of its own for a work that can carry none; `media_type` is then
    ANY_FILE. The result was verified before it is returned; raises CredentialRefused otherwise, also when a
    time-stamping authority is asked for and does not answer.
    """
    papers = {
        "v": 1,
        "record": record.decode(),
        "record_sha256": canonical.sha256_hex(record),
        "log_key": keys.log_public.text,
        "key_id": keys.key_id,
    }
    resources = {f"ingredient-{n}.json": i for n, i in enumerate(ingredients)}
    manifest = _manifest(
        title,
        {**_what_it_is(at), **_soft_binding(mark), ASSERTION: papers},
        [_ingredient(name, ingredient) for name, ingredient in resources.items()],
    )
    attached = {name: canonical.encode(ingredient.descriptor) for name, ingredient in resources.items()}
    how = _How.BESIDE if beside else _How.NEW
    return _write(manifest, attached, content, media_type, keys, tsa_url, how=how, inputs=inputs)


def _what_it_is(at: datetime) -> dict[str, Any]:
    """The assertions that every piece of the house has: a trained model made it, and it is not to be trained on."""
    created = {
        "action": "c2pa.created",
        "digitalSourceType": labels.DIGITAL_SOURCE_TYPE,
        "when": canonical.instant(at),
        "softwareAgent": {"name": GENERATOR},
    }
    mining = {name: {"use": use} for name, use in labels.TRAINING_MINING.items()}
    return {"c2pa.actions.v2": {"actions": [created]}, "cawg.training-mining": {"entries": mining}}


def _soft_binding(mark: Mark | None) -> dict[str, Any]:
    """C2PA 2.2, section 18.10: the mark covers the whole picture, so its one block has an empty scope.

    The specification has the value as bytes; the C2PA library takes and gives it as a text only.
    """
    if mark is None:
        return {}
    return {SOFT_BINDING: {"alg": mark.algorithm, "blocks": [{"scope": {}, "value": mark.value}]}}


def sign_copy(
    *,
    signed: bytes,
    media_type: str,
    title: str,
    grant_id: str,
    keys: SigningKeys,
    at: datetime,
    tsa_url: str | None = None,
) -> bytes:
    """A buyer's own copy of a signed file: the history is kept, and the grant is added.

    Raises CredentialRefused when `signed` does not carry papers that these keys vouch for; that their certificate
    has run out since does not matter.
    """
    before = read(data=signed, media_type=media_type, anchors=keys.root_pem)
    if before.state not in (State.TRUSTED, State.EXPIRED) or before.papers is None:
        raise CredentialRefused("Only a file with this house's own papers can be copied for a buyer.")
    added = {
        "v": 1,
        "grant": grant_id,
        "at": canonical.instant(at),
        "record_sha256": before.papers["record_sha256"],
        "original_sha256": (before.copy or {}).get("original_sha256") or canonical.sha256_hex(signed),
    }
    return _write(_manifest(title, {ASSERTION: added}, []), {}, signed, media_type, keys, tsa_url, how=_How.COPY)


def read(*, data: bytes, media_type: str, anchors: str | None, sidecar: bytes | None = None) -> Credential:
    """What the credential inside `data`, or in `sidecar`, says, judged by the certificates in `anchors` (PEM).

    Never raises.
    A credential that cannot be parsed is INVALID with the failure "unreadable". A stranger's file must have passed
    `jumbf.is_bounded` before, or the library may take any amount of memory.
    """
    try:
        context = _reading_context(os.getpid(), anchors)
        reader = c2pa.Reader.try_create(_format(media_type), io.BytesIO(data), manifest_data=sidecar, context=context)
        if reader is None:
            return Credential(state=State.NONE)
        with reader:
            report = json.loads(reader.json())
    except c2pa.C2paError.ManifestNotFound:
        return Credential(state=State.NONE)
    except (c2pa.C2paError, ValueError, RecursionError):
        return Credential(state=State.INVALID, failures=("unreadable",))
    return understand(report)


def _manifest(title: str, assertions: dict[str, Any], ingredients: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "claim_version": 2,
        "claim_generator_info": [{"name": GENERATOR, "version": "1"}],
        "title": title,
        "assertions": [{"label": label, "created": True, "data": data} for label, data in assertions.items()],
        "ingredients": ingredients,
    }


def _ingredient(name: str, ingredient: Ingredient) -> dict[str, Any]:
    return {
        "title": ingredient.title,
        "format": "application/json",
        "relationship": "inputTo",
        "label": name.removesuffix(".json"),
        "data_types": [{"type": ingredient.data_type}],
        "data": {"format": "application/json", "identifier": name},
    }


def _write(
    manifest: dict[str, Any],
    resources: dict[str, bytes],
    source: bytes,
    media_type: str,
    keys: SigningKeys,
    tsa_url: str | None,
    *,
    how: _How,
    inputs: Iterable[InputFile] = (),
) -> bytes:
    pid, out = os.getpid(), io.BytesIO()
    try:
        with c2pa.Builder(manifest, _signing_context(pid, keys.root_pem)) as builder:
            if how is _How.BESIDE:
                builder.set_no_embed()
            if how is _How.COPY:
                # Without this intent the library replaces the history of a signed file without a word.
                builder.set_intent(c2pa.C2paBuilderIntent.EDIT)
            for name, data in resources.items():
                builder.add_resource(name, io.BytesIO(data))
            for one in inputs:
                told = {"title": one.title, "relationship": "inputTo"}
                builder.add_ingredient(told, _format(one.media_type), io.BytesIO(one.data))
            signer = _signer(pid, keys.chain_pem, keys.sign or keys.signer_key_pem, tsa_url)
            store = builder.sign(signer, _format(media_type), io.BytesIO(source), out)
    except c2pa.C2paError as error:
        raise CredentialRefused(f"The credential could not be written: {error}") from error
    return store if how is _How.BESIDE else out.getvalue()


def _format(media_type: str) -> str:
    """The library knows an archive by another name than everybody else."""
    return "zip" if media_type == "application/zip" else media_type


# A context or signer made before a fork is useless after it: the process is part of the key.


@functools.lru_cache(maxsize=4)
def _signer(pid: int, chain_pem: str, key: str | Callable[[bytes], bytes], tsa_url: str | None) -> Any:
    """Signs with a key in PEM, or through a function that asks whoever keeps it."""
    if not isinstance(key, str):
        return c2pa.Signer.from_callback(key, c2pa.C2paSigningAlg.ES256, chain_pem, tsa_url)
    tsa = tsa_url.encode() if tsa_url else None
    return c2pa.Signer.from_info(c2pa.C2paSignerInfo(b"es256", chain_pem.encode(), key.encode(), tsa))


@functools.lru_cache(maxsize=4)
def _signing_context(pid: int, root_pem: str) -> Any:
    return _context(root_pem)


@functools.lru_cache(maxsize=16)
def _reading_context(pid: int, anchors: str | None) -> Any:
    return _context(anchors)


def _context(anchors: str | None) -> Any:
    trust: dict[str, str] = {"trust_config": _KEY_USES}
    if anchors:
        trust["trust_anchors"] = anchors
    return c2pa.Context.from_dict(
        {
            "version": 1,
            "verify": {
                "verify_after_sign": True,
                "verify_trust": True,
                "remote_manifest_fetch": False,
                "ocsp_fetch": False,
            },
            "trust": trust,
            "core": {"allowed_network_hosts": []},
            "builder": {"thumbnail": {"enabled": False}},
        }
    )
