"""Small texts and models that the tests of text engines and their training share."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

HAN = "山水風月花雪春秋江雲天人心日夜寒行來去歸客鄉夢酒長空白青落遠高聲樓前中東西南北時年千里明光清香"
ENGLISH = (
    "The house sells pictures and poems. It keeps every promise that it made. A buyer asks for a proof, and the house "
    "shows the record. Nobody pays twice. What was sold once stays sold. The record says who made the work and when. "
)


def poems_file(path: Path, count: int = 150) -> Path:
    """A collection of poems by chance, in the form in which the collection of Tang poems comes."""
    random = np.random.default_rng(7)
    lines = []
    for number in range(count):
        length, rows = [(5, 4), (7, 4), (5, 8), (7, 8)][number % 4]
        verses = ["".join(random.choice(list(HAN), length)) for _ in range(rows)]
        couplets = [f"{one}，{other}。" for one, other in zip(verses[::2], verses[1::2], strict=True)]
        document = {"id": str(number), "author": "李白" if number % 3 else "杜甫", "title": "山中", "lines": couplets}
        lines.append(json.dumps(document, ensure_ascii=False))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def plays_file(path: Path) -> Path:
    """Speeches in a row."""
    speeches = [f"Speaker {number % 5}:\n{ENGLISH * (1 + number % 3)}{number}." for number in range(120)]
    path.write_text("\n\n".join(speeches) + "\n", encoding="utf-8")
    return path


@cache
def _parts() -> tuple[GPT2LMHeadModel, PreTrainedTokenizerFast]:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    names = ["<pad>", "<bos>", "<eos>"]
    trainer = trainers.BpeTrainer(vocab_size=400, special_tokens=names, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator([ENGLISH], trainer)
    special = dict(zip(("pad_token", "bos_token", "eos_token"), names, strict=True))
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, **special)  # type: ignore[no-untyped-call]
    with torch.random.fork_rng():
        torch.manual_seed(11)
        config = GPT2Config(
            vocab_size=400,
            n_positions=256,
            n_embd=48,
            n_layer=2,
            n_head=2,
            bos_token_id=1,
            eos_token_id=2,
        )
        model = GPT2LMHeadModel(config).train(False)
        # Random weights of this size prefer nothing; larger ones make scores that differ.
        model.transformer.wte.weight.data.mul_(4)
    return model, fast


def outside_model(folder: Path) -> Path:
    """A tiny GPT-2 with random weights, saved as transformers saves one."""
    model, tokenizer = _parts()
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def tiny_config(**changed: Any) -> dict[str, Any]:
    """A configuration of the language-model trainer that ends within seconds."""
    plain: dict[str, Any] = {
        "name": "tiny", "version": "1", "seed": 5, "dataset": "tang-poems-1", "text": "verse", "steps": 12,
        "decay_steps": 4, "warmup": 2, "batch_tokens": 512, "threads": 1, "width": 32, "layers": 2, "heads": 2,
        "dropout": 0.1, "matrix_rate": 0.02, "rate": 0.003, "weight_decay": 0.01, "average_steps": 4, "least": 2,
        "metrics_every": 4, "state_every": 5, "samples_every": 6, "measure_every": 4, "author_poems": 20,
    }  # fmt: skip
    return plain | changed
