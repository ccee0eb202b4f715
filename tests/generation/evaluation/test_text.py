"""The traits of a text are what they say they are."""

import pytest

from generation.evaluation import text as traits

QUATRAIN = "白日依山盡，\n黃河入海流。\n欲窮千里目，\n更上一層樓。\n"


def test_a_poem_keeps_its_form_only_with_its_lines_its_length_and_han_characters() -> None:
    assert traits.form_kept(QUATRAIN, "five-quatrain")
    assert not traits.form_kept(QUATRAIN, "seven-quatrain")
    assert not traits.form_kept(QUATRAIN, "five-octave")
    assert not traits.form_kept(QUATRAIN.replace("目", "x"), "five-quatrain")
    assert not traits.form_kept(QUATRAIN.replace("目", ""), "five-quatrain")


def test_even_lines_rhyme_by_modern_finals_and_not_by_the_same_character() -> None:
    assert traits.rhymes(QUATRAIN)
    assert not traits.rhymes(QUATRAIN.replace("樓", "山"))
    assert not traits.rhymes(QUATRAIN.replace("樓", "流"))
    assert not traits.rhymes(QUATRAIN.replace("樓", "龘龘"))


def test_eight_characters_in_a_row_are_found_across_marks_and_seven_are_not() -> None:
    known = ["春眠不覺曉，處處聞啼鳥。夜來風雨聲，花落知多少。"]
    eight, seven = "山山，眠不覺曉，處處聞啼。", "山山，不覺曉，處處聞啼水。"
    assert traits.verbatim([eight, seven], known) == [{"眠不覺曉處處聞啼"}, set()]
    assert traits.verbatim([], known) == []


def test_repetition_lowers_what_is_distinct_and_the_score() -> None:
    assert traits.distinct("a b a b", 2) == pytest.approx(2 / 3)
    assert traits.distinct("山", 2) == 1.0
    good, dull = (traits.scores(text, form="five-quatrain") for text in (QUATRAIN, "山山山山山，水水水水水。" * 2))
    assert set(good) == set(traits.TRAITS)
    assert all(traits.TRAITS[name].low <= value <= traits.TRAITS[name].high for name, value in (good | dull).items())
    assert good["score"] > dull["score"]
    assert dull["rhyme"] == 0


def test_running_text_is_scored_without_form() -> None:
    scores = traits.scores("It rains. It rains again!")
    assert (scores["form"], scores["rhyme"], scores["ended"]) == (1, 1, 1)
    assert traits.scores("It rains and")["ended"] == 0


def test_perplexity_is_the_mean_branching() -> None:
    assert traits.perplexity([0.0, 0.0]) == 1
    assert traits.perplexity([1.0, 3.0]) == pytest.approx(7.389056)
