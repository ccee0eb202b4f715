"""Lists of names that an operator keeps, and the rule that reads them."""

from pathlib import Path
from typing import Any

import pytest

from licensing.rights import names, policy
from licensing.rights.policy import BLOCKS, FINE, LOOK, Found
from tests import factories


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("a shoe by Nike on a plinth", ["Nike"]),
        ("NIKE’s shoe", ["Nike"]),
        ("一双耐克鞋", ["Nike"]),
        ("a scarf like Hermès, a bag like hermes", ["Hermès"]),
        ("spider man on the roof", ["Spider-Man"]),
        ("ＰＩＣＡＳＳＯ in blue", ["Pablo Picasso"]),
        ("宮崎駿的天空 and Picasso", ["Hayao Miyazaki", "Pablo Picasso"]),
        ("legolas crosses the picassos’ court without nikel", ["Pablo Picasso"]),
        ("a calm sea at night", []),
        ("", []),
    ],
)
def test_a_name_is_found_in_any_spelling_and_never_within_another_word(words: str, named: list[str]) -> None:
    assert [one.name for one in names.mentioned(words)] == named


def test_every_shipped_entry_finds_itself_and_stands_once() -> None:
    seen: dict[str, str] = {}
    for file in names._files():
        for line in file.read_text("utf-8").splitlines():
            for spelling in filter(None, (part.strip() for part in line.split("#")[0].split("|"))):
                assert seen.setdefault(spelling, file.stem) == file.stem
                assert names.mentioned(f"a {spelling} here"), spelling
    assert len(seen) > 100


def test_an_operator_puts_own_lists_in_and_edits_them_while_the_house_runs(settings: Any, tmp_path: Path) -> None:
    settings.NAME_LISTS = str(tmp_path)
    assert names.mentioned("Acme and Bolt") == []
    (tmp_path / "clients.txt").write_text("Acme | 艾克米  # until 2030\n\n# nobody\n")
    assert names.mentioned("Acme and Bolt") == [names.Name("clients", "Acme")]
    (tmp_path / "clients.txt").write_text("Acme\nBolt (the maker)\nBolt\n")
    assert [one.name for one in names.mentioned("Acme and Bolt")] == ["Acme", "Bolt"]


def _found(prompt: str) -> Found:
    person = factories.user()
    piece = factories.piece(person, of=factories.job(person, prompt=prompt))
    return next(one for one in policy.evaluate(piece) if one.rule == "names_in_prompt")


@pytest.mark.django_db
def test_a_name_of_the_lists_blocks_and_nothing_else_of_the_words_is_repeated() -> None:
    found = _found("my secret garden as Banksy would spray it")
    assert found.severity == BLOCKS
    assert found.evidence["named"] == [{"list": "artists", "name": "Banksy"}]
    assert "Banksy" in found.sentence
    assert "secret" not in f"{found.sentence} {found.evidence}"


@pytest.mark.django_db
def test_other_words_are_still_for_a_person_and_no_words_are_fine() -> None:
    assert _found("my secret garden").severity == LOOK
    assert _found("").severity == FINE
