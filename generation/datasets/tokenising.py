"""Tokenisers learnt from a dataset's own texts: byte-level BPE for English, characters for Chinese.

The same texts in the same order give the same vocabulary; its digest is part of what is frozen.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import rfc8785

from generation.datasets.errors import DatasetRefused

__all__ = ["learn"]

SPECIALS = ("<pad>", "<bos>", "<eos>", "<unk>")
_ASKED = re.compile(r"(characters|bpe):([1-9][0-9]{0,5})")
_LEAST_BPE = 256 + len(SPECIALS)


def learn(asked: str, texts: Sequence[str]) -> tuple[bytes, dict[str, Any]]:
    """A tokeniser's file as the `tokenizers` library reads it, and the step that records it.

    `asked` is `bpe:SIZE` or `characters:TIMES`, where TIMES is how often a character has to come to be known. Raises
    DatasetRefused for anything else.
    """
    match = _ASKED.fullmatch(asked)
    if match is None or (match[1] == "bpe" and not _LEAST_BPE <= int(match[2]) <= 200_000):
        raise DatasetRefused(f"A tokeniser is characters:TIMES, or bpe:SIZE with a size from {_LEAST_BPE} to 200000.")
    made = _pairs(texts, int(match[2])) if match[1] == "bpe" else _characters(texts, int(match[2]))
    vocabulary = made.get_vocab()
    tokens = sum(len(encoding.ids) for encoding in made.encode_batch(list(texts), add_special_tokens=False))
    about = {"bpe": "byte-level pair encoding", "characters": "one token for each character"}[match[1]]
    return made.to_str(pretty=True).encode() + b"\n", {
        "name": "tokeniser",
        "version": "1",
        "about": f"{about}, learnt from these texts ({asked})",
        "vocabulary": len(vocabulary),
        "vocabulary_sha256": hashlib.sha256(rfc8785.dumps(vocabulary)).hexdigest(),
        "tokens": tokens,
    }


def _pairs(texts: Sequence[str], size: int) -> Any:
    # Loaded where it is used: freezing pictures needs none of it.
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(
        vocab_size=size, special_tokens=list(SPECIALS), initial_alphabet=alphabet, show_progress=False
    )
    made.train_from_iterator(texts, trainer, length=len(texts))
    return made


def _characters(texts: Sequence[str], least: int) -> Any:
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers

    counts = Counter(character for text in texts for character in text)
    known = sorted((one for one, count in counts.items() if count >= least), key=lambda one: (-counts[one], one))
    vocabulary = {token: place for place, token in enumerate([*SPECIALS, *known])}
    made = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))  # noqa: S106  # no password
    made.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), behavior="isolated")
    made.decoder = decoders.Fuse()
    return made
