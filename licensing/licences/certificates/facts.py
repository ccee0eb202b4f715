"""What a certificate says beside its grant, gathered from the papers of the piece. Reads only."""

import json
from dataclasses import dataclass
from datetime import datetime

from common import storage
from common.errors import Conflict
from licensing.models import Grant, LogLeaf, SignedFile

__all__ = ["Facts", "LogPlace", "gather"]


class NothingToCertify(Conflict):
    code = "papers_missing"
    title = "The piece has no papers yet, so there is nothing to certify."


@dataclass(frozen=True, kw_only=True)
class LogPlace:
    """Where the piece stands in the transparency log. `leaf_hash` is hexadecimal."""

    index: int
    leaf_hash: str


@dataclass(frozen=True, kw_only=True)
class Facts:
    """`picture` is the work in any encoding that Pillow reads; `file_sha256` the signed file that the log names.

    `copy_sha256` is the holder's own copy, where one was made. `language` is `en` or any form of `zh`.
    """

    maker: str
    holder: str
    picture: bytes
    model: str
    made_at: datetime
    record_sha256: str
    content_sha256: str
    file_sha256: str
    copy_sha256: str = ""
    log: LogPlace
    site_url: str
    language: str = "en"


def gather(
    grant: Grant, *, maker: str, site_url: str, holder: str = "", copy_sha256: str = "", language: str = "en"
) -> Facts:
    """The facts behind a certificate of `grant`. Without a name of its own the holder is known by the account's name,
    or else by the address. Raises NothingToCertify for a piece without papers.
    """
    signed = SignedFile.objects.select_related("record", "piece__checkpoint").filter(piece_id=grant.piece_id).first()
    leaf = LogLeaf.objects.filter(kind="piece.papered", subject=str(grant.piece_id)).order_by("index").first()
    if signed is None or leaf is None:
        raise NothingToCertify()
    piece = signed.piece
    account = grant.holder.get_full_name() if grant.holder else ""
    return Facts(
        maker=maker,
        holder=holder or account or grant.holder_email,
        picture=storage.read("masters", piece.master_name),
        model=piece.checkpoint.title,
        made_at=piece.finished_at,
        record_sha256=signed.record.sha256,
        content_sha256=json.loads(signed.record.body)["piece"]["content_sha256"],
        file_sha256=signed.sha256,
        copy_sha256=copy_sha256,
        log=LogPlace(index=leaf.index, leaf_hash=leaf.leaf_hash),
        site_url=site_url.rstrip("/"),
        language=language,
    )
