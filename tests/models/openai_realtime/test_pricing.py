"""Estimates against the published examples."""

from __future__ import annotations

import pytest

from voicecall_core.models.openai_realtime.pricing import PRICES, cost_usd, minute_usd
from voicecall_core.words.values import Usage


def test_a_minute_of_each_side_costs_what_the_vendor_says() -> None:
    """OpenAI: guides/realtime-costs: a callee's minute is 600 tokens, an agent's 1,200."""
    assert cost_usd(Usage(audio_in=600), "gpt-realtime-2.1") == pytest.approx(0.0192)
    assert cost_usd(Usage(audio_out=1_200), "gpt-realtime-2.1") == pytest.approx(0.0768)
    assert cost_usd(Usage(audio_in=600), "gpt-realtime-2.1-mini") == pytest.approx(0.006)
    assert cost_usd(Usage(audio_out=1_200), "gpt-realtime-2.1-mini") == pytest.approx(0.024)


def test_cached_tokens_are_part_of_the_inputs_and_cheaper() -> None:
    fresh = cost_usd(Usage(text_in=1_000, audio_in=1_000), "gpt-realtime-1.5")
    cached = cost_usd(Usage(text_in=1_000, text_cached=1_000, audio_in=1_000, audio_cached=1_000), "gpt-realtime-1.5")
    assert fresh == pytest.approx(0.036)
    assert cached == pytest.approx(0.0008)


def test_a_model_without_a_price_has_none() -> None:
    assert cost_usd(Usage(text_in=1), "somebody-elses-model") is None
    assert cost_usd(Usage(), "gpt-realtime-2.1") == 0.0


@pytest.mark.parametrize("model", PRICES)
def test_a_miscounting_server_does_not_make_money(model: str) -> None:
    cost = cost_usd(Usage(text_in=1, text_cached=9, audio_in=1, audio_cached=9), model)
    assert cost is not None and cost > 0


def test_a_minute_of_conversation_lies_between_hearing_alone_and_speaking_alone() -> None:
    for model in PRICES:
        heard, spoken = cost_usd(Usage(audio_in=600), model), cost_usd(Usage(audio_out=1_200), model)
        likely = minute_usd(model)
        assert heard is not None and spoken is not None and likely is not None
        assert heard < likely < spoken
    assert minute_usd("somebody-elses-model") is None
