"""A frozen version as a Croissant description (MLCommons, 1.1, with its RAI vocabulary): its items as one table.

The table `items.jsonl` is the manifest as it stands, one item a line, so that its Merkle root can be computed from it;
`datasets.freeze` reads the description back, with the files of a version that keeps them.
"""

import gzip
import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

from generation.datasets.errors import DatasetRefused
from generation.training import frozen

__all__ = ["export"]

_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
_TABLE = "items.jsonl"


def export(folder: Path, *, into: Path, published_at: str, address: str) -> Path:
    """Write croissant.json, the table of items and the files that the frozen `folder` keeps `into` a new folder.

    `published_at` is a date (ISO 8601), `address` the page that tells more. Raises DatasetRefused where `into` exists.
    """
    try:
        read = frozen.load(folder)
        into.mkdir(parents=True)
        lines = gzip.decompress((folder / frozen.MANIFEST).read_bytes())
        (into / _TABLE).write_bytes(lines)
        kept = (folder / "items").is_dir()
        if kept:
            shutil.copytree(folder / "items", into / "items")
    except frozen.FrozenError as error:
        raise DatasetRefused(str(error)) from error
    except FileExistsError as error:
        raise DatasetRefused(f"{into} is there already; name a new folder.") from error
    document = _document(read, lines, kept=kept) | {"datePublished": published_at, "url": address}
    path = into / "croissant.json"
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def _document(read: frozen.Frozen, lines: bytes, *, kept: bool) -> dict[str, Any]:
    holders = sorted({str(item["rights_holder"]) for item in read.items})
    licences = [_licence(licence) for licence in sorted(read.licence_counts)]
    about = str(read.description.get("about", "") or read.description.get("title", "") or read.name)
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": ["http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0"],
        "name": read.name,
        "version": f"{read.version}.0.0",
        "description": f"{about}. {len(read.items)} items. Merkle root {read.merkle_root}: {frozen.MERKLE_TREE}.",
        "license": licences if len(licences) > 1 else licences[0],
        "creator": [{"@type": "sc:Organization", "name": holder} for holder in holders[:50]],
        "citeAs": f"{read.name} version {read.version}, Merkle root {read.merkle_root}",
        **_responsible(read),
        "distribution": [_table(lines), *([_files(read)] if kept else [])],
        "recordSet": [{"@type": "cr:RecordSet", "@id": "items", "name": "items", "field": _fields(read)}],
    }


def _responsible(read: frozen.Frozen) -> dict[str, Any]:
    """What is known of how the items came together; what nobody looked into is said to be so."""
    sources = sorted({str(item["source"]) for item in read.items})[:20]
    consent = sorted({str(item["consent_basis"]) for item in read.items})[:20]
    opted_out = sum(1 for item in read.items if item.get("opt_out"))
    cleaning = [str(step.get("about") or step.get("name")) for step in read.description.get("cleaning") or []]
    return {
        "rai:dataCollection": f"From {'; '.join(sources)}. Basis of consent: {'; '.join(consent)}.",
        "rai:dataCollectionType": ["Others"],
        "rai:dataPreprocessingProtocol": cleaning or ["None before freezing."],
        "rai:dataUseCases": ["Training of the house's generators."],
        "rai:dataLimitations": [f"{opted_out} of {len(read.items)} items bore a reservation of rights when frozen."],
        "rai:personalSensitiveInformation": ["Not looked into item by item."],
        "rai:dataReleaseMaintenancePlan": "A frozen version never changes; what is withdrawn is left out of the next.",
    }


def _licence(identifier: str) -> str:
    return identifier if identifier.startswith("LicenseRef-") else f"https://spdx.org/licenses/{identifier}.html"


def _table(lines: bytes) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": _TABLE,
        "name": _TABLE,
        "description": "One item a line: digest, licence, rights holder, source, basis of consent, opt-out signals.",
        "contentUrl": _TABLE,
        "contentSize": f"{len(lines)} B",
        "encodingFormat": "application/jsonlines",
        "sha256": hashlib.sha256(lines).hexdigest(),
    }


def _files(read: frozen.Frozen) -> dict[str, Any]:
    types = sorted({str(item.get("media_type", "application/octet-stream")) for item in read.items})
    return {
        "@type": "cr:FileSet",
        "@id": "files",
        "name": "files",
        "description": "The items themselves, each called by its SHA-256.",
        "encodingFormat": types if len(types) > 1 else types[0],
        "includes": "items/*",
    }


def _fields(read: frozen.Frozen) -> list[dict[str, Any]]:
    """One field for each column that all items have and that is no object."""
    names = set(read.items[0]) if read.items else set()
    for item in read.items:
        names &= {name for name, value in item.items() if isinstance(value, str | int)}
    return [_field(name, isinstance(read.items[0][name], int)) for name in sorted(names)]


def _field(name: str, whole: bool) -> dict[str, Any]:
    return {
        "@type": "cr:Field",
        "@id": f"items/{name}",
        "name": name,
        "dataType": "sc:Integer" if whole else "sc:Text",
        "source": {"fileObject": {"@id": _TABLE}, "extract": {"column": name}},
    }
