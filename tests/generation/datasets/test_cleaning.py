"""Each step of cleaning does what it says, says what it did, and leaves alone what is not its business."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generation.datasets import cleaning, fingerprints, tokenising
from generation.datasets.cleaning import Text
from generation.datasets.errors import DatasetRefused


def _one(text: str, language: str = "any", markup: bool = False) -> str | None:
    kept, _ = cleaning.clean([Text("a", text, markup)], language=language, least=1)
    return kept[0].text if kept else None


def test_unicode_line_ends_controls_and_spaces() -> None:
    assert _one("\ufeffcafe\u0301  and\u00a0tea\r\n\r\n\r\n\r\nlate\x00r\u200b ") == "café and tea\n\nlater"


def test_a_page_becomes_its_words() -> None:
    page = (
        "<html><head><title>T</title></head><nav>menu</nav><p>One &amp; two</p><script>x</script><p>three<br>four</p>"
    )
    assert _one(page, markup=True) == "One & two\n\nthree\nfour"
    assert _one("a <b> c") == "a <b> c"


def test_the_words_of_project_gutenberg_go() -> None:
    marks = [f"*** {word} OF THE PROJECT GUTENBERG EBOOK X ***" for word in ("START", "END")]
    text = f"Licence\n{marks[0]}\nIt was.\n{marks[1]}\nMore"
    assert _one(text) == "It was."


def test_chinese_marks_and_widths_become_the_usual_ones_and_traditional_characters_stay() -> None:
    assert _one("處處聞啼鳥,夜來風雨聲!　２０ 首", "zh") == "處處聞啼鳥，夜來風雨聲！ 20 首"
    assert _one("春 眠 不 覺 曉", "zh") == "春眠不覺曉"
    assert _one("處處聞啼鳥,夜來", "any") == "處處聞啼鳥,夜來"


def test_texts_of_another_language_go() -> None:
    assert _one("春眠不覺曉", "en") is None
    assert _one("A plain English line", "zh") is None
    assert _one("Здравствуй, мир", "en") is None
    assert _one("Здравствуй, мир", "any") == "Здравствуй, мир"


def test_lost_short_equal_and_near_texts_go_and_are_counted() -> None:
    long = "The ship left the harbour in the morning, and nobody on the quay knew where it would go. " * 8
    texts = [long, long, long + "Then it rained.", "short", "lost \ufffd\ufffd\ufffd words of a text"]
    kept, told = cleaning.clean([Text(str(n), text) for n, text in enumerate(texts)], language="any", least=10)
    counts = {entry["name"]: entry["dropped"] for entry in told}
    assert [text.name for text in kept] == ["0"]
    assert (counts["lost"], counts["length"], counts["duplicates"], counts["near-duplicates"]) == (1, 1, 1, 1)


def test_lines_that_stand_in_most_texts_go() -> None:
    texts = [Text(str(n), f"Subscribe to our letter\nStory {'abcdef'[n] * 9} is told here") for n in range(6)]
    kept, told = cleaning.clean(texts, language="any", least=1)
    assert all("Subscribe" not in text.text for text in kept)
    assert next(entry for entry in told if entry["name"] == "repeated-lines")["changed"] == 6


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200), st.sampled_from(cleaning.LANGUAGES), st.booleans())
def test_cleaning_twice_changes_nothing_more(text: str, language: str, markup: bool) -> None:
    once = _one(text, language, markup)
    assert once is None or _one(once, language) == once


def test_near_texts_have_near_fingerprints_and_others_do_not() -> None:
    first = "Over the sea the moon comes up, and we who are far apart share this hour. " * 5
    values = [
        int(fingerprints.simhash(text).split(":")[1], 16) for text in (first, first + "Yes.", "Another text. " * 30)
    ]
    distances = [(one ^ other).bit_count() for one, other in pairwise(values)]
    assert distances[0] <= 6 < 16 < distances[1]
    assert fingerprints.simhash("") == fingerprints.simhash("  ")


def test_a_tokeniser_gives_the_text_back_and_the_same_vocabulary_again() -> None:
    from tokenizers import Tokenizer

    texts = ["the ship and the sea and the sun", "the sea took the ship — naïve 春"]
    file, step = tokenising.learn("bpe:290", texts)
    again, same = tokenising.learn("bpe:290", texts)
    made = Tokenizer.from_str(file.decode())
    assert [made.decode(made.encode(text).ids) for text in texts] == texts
    assert (file, step) == (again, same)
    assert step["vocabulary"] == 290


def test_characters_that_come_too_rarely_are_unknown() -> None:
    from tokenizers import Tokenizer

    file, step = tokenising.learn("characters:2", ["春眠春曉", "眠"])
    made = Tokenizer.from_str(file.decode())
    assert made.encode("春曉眠").tokens == ["春", "<unk>", "眠"]
    assert (step["vocabulary"], step["tokens"]) == (6, 5)


@pytest.mark.parametrize("asked", ["bpe", "bpe:10", "bpe:999999", "words:5", "characters:0", "bpe:300;rm"])
def test_other_tokenisers_are_refused(asked: str) -> None:
    with pytest.raises(DatasetRefused, match="A tokeniser is"):
        tokenising.learn(asked, ["text"])
