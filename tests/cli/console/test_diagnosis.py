"""A diagnosis on the screen: fits, names its lines, and obeys nobody's words."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.cells import cell_len
from rich.console import Console

from tests.diagnosis.near_misses import FILES, diagnosed, read
from voicecall_cli.console.diagnosis import findings
from voicecall_core.diagnosis import Diagnosis, Finding, ProvingLine, Sure


def shown(diagnosis: Diagnosis, width: int = 80) -> str:
    out = StringIO()
    Console(file=out, width=width, highlight=False).print(findings(diagnosis))
    return out.getvalue()


@pytest.mark.parametrize("width", [40, 60, 80, 120])
@pytest.mark.parametrize("name", ["overwrite", "reconnect-loop", "race-inferred", "stream-replaced"])
def test_it_fits(name: str, width: int) -> None:
    terms, steps, _ = read(FILES[name])
    assert all(cell_len(line) <= width for line in shown(diagnosed(terms, steps), width).splitlines())


def test_it_names_rule_lines_and_remedy() -> None:
    terms, steps, _ = read(FILES["overwrite"])
    text = shown(diagnosed(terms, steps))
    assert "overwrite (certain): " in text
    assert "line 7" in text and "0.600 s" in text
    assert "what to do  Have the agent say it through the stream" in text


def test_a_healthy_call_is_told_so_with_its_slowest_hop() -> None:
    text = " ".join(shown(Diagnosis((), "model asked for -> model connected, 212 ms")).split())
    hop = "The slowest hop of the handshake: model asked for -> model connected, 212 ms."
    assert text == f"healthy: nothing went wrong. {hop}"


def test_outsiders_words_are_shown_and_not_obeyed() -> None:
    proof = tuple(ProvingLine(n, n / 10, "callback \x1b[2J[bold]boo[/]") for n in range(2, 14))
    finding = Finding("race", "it [red]ended\x1b[0m", Sure.LIKELY, (1,), proof, "Mend it.", 100)
    text = shown(Diagnosis((finding, finding, finding, finding)))
    assert "\x1b" not in text and "[bold]boo[/]" in text
    assert "and 4 more" in text and "and 1 lighter finding: race" in text
