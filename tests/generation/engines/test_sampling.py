"""Tokens are drawn as the rules say, texts end where the rules say, and facts are found or missed."""

import numpy as np
import pytest

from generation.engines.sampling import Sampler, Stops, draw, missing, stream

SCORES = np.array([2.0, 1.0, 0.0, -1.0], np.float32)


def test_temperature_zero_takes_the_likeliest_and_one_leaves_the_softmax() -> None:
    assert Sampler(temperature=0).odds(SCORES).tolist() == [1, 0, 0, 0]
    odds = np.exp(SCORES) / np.exp(SCORES).sum()
    assert Sampler().odds(SCORES) == pytest.approx(odds)
    assert Sampler(temperature=0.5).odds(SCORES)[0] > odds[0]


def test_top_k_and_top_p_cut_the_tail_and_keep_at_least_one() -> None:
    assert np.count_nonzero(Sampler(top_k=2).odds(SCORES)) == 2
    assert np.count_nonzero(Sampler(top_p=0.7).odds(SCORES)) == 2
    assert np.count_nonzero(Sampler(top_p=0.01).odds(SCORES)) == 1
    assert Sampler(top_k=1000, top_p=1).odds(SCORES).sum() == pytest.approx(1)


def test_a_repetition_loses_whether_its_score_is_above_zero_or_below() -> None:
    plain, punished = Sampler().odds(SCORES), Sampler(repetition_penalty=2).odds(SCORES, seen=[0, 3, 3])
    assert punished[0] < plain[0]
    assert punished[3] / punished[1] < plain[3] / plain[1]


def test_only_what_is_allowed_can_be_drawn() -> None:
    allowed = np.array([False, False, True, True])
    odds = Sampler().odds(SCORES, allowed=allowed)
    random = stream(3)
    assert {draw(odds, random) for _ in range(200)} == {2, 3}


def test_draws_follow_the_odds_and_the_seed_alone() -> None:
    odds = Sampler().odds(SCORES)
    random = stream(2**63 - 1)
    drawn = [draw(odds, random) for _ in range(4000)]
    assert np.bincount(drawn, minlength=4) / 4000 == pytest.approx(odds, abs=0.03)
    again = stream(2**63 - 1)
    assert [draw(odds, again) for _ in range(4000)] == drawn
    assert [draw(odds, random) for random in (stream(1), stream(1, attempt=1))] == [
        draw(odds, random) for random in (stream(1), stream(1, attempt=1))
    ]


@pytest.mark.parametrize(
    ("stops", "text", "cut"),
    [
        (Stops(), "One. Two. Three.", None),
        (Stops(strings=("Two", "wo")), "One. Two.", ("One. ", "stop")),
        (Stops(lines=2), "a\nb\nc", ("a\nb", "lines")),
        (Stops(lines=3), "a\nb\nc", None),
        (Stops(sentences=1), "One. Two", ("One.", "sentences")),
        (Stops(sentences=1), "One.", None),
        (Stops(sentences=2), "“好。”他說。走了", ("“好。”他說。", "sentences")),
        (Stops(strings=("zwei",), lines=1), "eins\nzwei", ("eins", "lines")),
    ],
)
def test_a_text_ends_at_the_first_rule_that_is_met(stops: Stops, text: str, cut: tuple[str, str] | None) -> None:
    assert stops.cut(text) == cut


def test_facts_are_found_whatever_their_case_and_spaces() -> None:
    assert missing(["Oak  frame", "12 cm"], "An oak\nframe, 12 CM wide") == []
    assert missing(["walnut"], "An oak frame") == ["walnut"]
