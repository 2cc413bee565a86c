"""No word of our own is left that has to be explained."""

from __future__ import annotations

from tests.replaced_words import private_words, shown_texts


def test_no_replaced_word_is_left_where_somebody_reads() -> None:
    assert list(private_words()) == []


def test_help_findings_and_pages_are_among_what_is_read() -> None:
    texts = [text for _, text in shown_texts()]
    for shown in ("Place a call and carry it to the realtime model.", "# Diagnosis", "agent-silent"):
        assert any(shown in text for text in texts)
