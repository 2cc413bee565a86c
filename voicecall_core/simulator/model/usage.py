"""What a response costs, in tokens. Knows nothing of prices.

Source: OpenAI's guide to realtime costs: a token for 100 ms of the user's speech and for 50 ms of the assistant's; the
whole conversation is read again for every response, and what was read before is mostly cached.
"""

from __future__ import annotations

from typing import Any

from voicecall_core.simulator.model.conversation import Conversation

USER_MS, AGENT_MS = 100, 50  # of audio to a token
_LETTERS = 4  # to a token of text, roughly
_CACHED_IN = 64  # assumption: the cache counts in blocks, as that of the text models does


def text_tokens(text: str) -> int:
    """About how many tokens a text is."""
    return -(-len(text) // _LETTERS)


def audio_tokens(ms: float, role: str) -> int:
    """How many tokens so much speech is, a started one counted."""
    return -int(-ms // (AGENT_MS if role == "assistant" else USER_MS))


class Meter:
    """Counts for one session; it remembers what was read last time."""

    def __init__(self) -> None:
        self._text = 0
        self._audio = 0

    def reading(self, instructions: str, conversation: Conversation) -> tuple[int, int, int, int]:
        """Tokens that a response reads: text, audio, and how much of either is cached."""
        text = text_tokens(instructions) + sum(text_tokens(item.text) for item in conversation.items)
        audio = sum(audio_tokens(item.audio_ms, item.role) for item in conversation.items)
        cached = (_blocks(min(text, self._text)), _blocks(min(audio, self._audio)))
        self._text, self._audio = text, audio
        return text, audio, *cached


def _blocks(tokens: int) -> int:
    return tokens - tokens % _CACHED_IN


def usage(read: tuple[int, int, int, int], said: str, spoken_ms: float) -> dict[str, Any]:
    """The usage of a response that read so much and said so much, in the interface's own fields."""
    text, audio, text_cached, audio_cached = read
    text_out, audio_out = text_tokens(said), audio_tokens(spoken_ms, "assistant")
    return {
        "total_tokens": text + audio + text_out + audio_out,
        "input_tokens": text + audio,
        "output_tokens": text_out + audio_out,
        "input_token_details": {
            "text_tokens": text,
            "audio_tokens": audio,
            "image_tokens": 0,
            "cached_tokens": text_cached + audio_cached,
            "cached_tokens_details": {"text_tokens": text_cached, "audio_tokens": audio_cached, "image_tokens": 0},
        },
        "output_token_details": {"text_tokens": text_out, "audio_tokens": audio_out},
    }
