"""The page of a call, in a browser: what it looks like, what it fetches, and who can use it."""

from __future__ import annotations

import json
import re
import struct
import wave
import zlib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.browser import Page, browser
from tests.callfile.recorded import dialled, lines_of
from voicecall_cli.report.call_report import open_report
from voicecall_cli.report.page import page_of
from voicecall_cli.report.sound import SoundPiece, sound_pieces
from voicecall_core import read_call
from voicecall_core.call.state import Entry
from voicecall_core.words import events as e
from voicecall_core.words.terms import Policy

SCHEMES, WIDTHS = ("light", "dark"), (390, 1200)
PAGES = ("barge-in", "race", "no-answer", "model-drops")


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Pages of calls of several kinds; the one with a recording is `barge-in`."""
    folder = tmp_path_factory.mktemp("pages")
    found = {}
    for scenario in PAGES:
        call = folder / f"{scenario}.jsonl"
        dialled(call, scenario, Policy.NAIVE if scenario == "race" else Policy.GUARD)
        if scenario == "barge-in":
            record(call.with_suffix(".wav"))
        found[scenario] = written(call)
    return found


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with browser(tmp_path_factory.mktemp("browser")) as opened:
        yield opened


def record(path: Path) -> None:
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(2)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(4 * 8000 * 20))


def written(call: Path) -> Path:
    path = call.with_suffix(".html")
    path.write_text(page_of(open_report(call, words=True)), "utf-8")
    return path


# --- what it looks like ---


def unlike_blank(png: bytes) -> float:
    """The share of a picture's bytes that differ from their neighbours: of an empty one none do."""
    data, at = b"", 8
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at : at + 8])
        data += png[at + 8 : at + 8 + length] if kind == b"IDAT" else b""
        at += 12 + length
    raw = zlib.decompress(data)
    return 1 - raw.count(0) / len(raw)


def test_it_is_seen_light_and_dark_on_a_phone_and_a_desk(page: Page, pages: dict[str, Path]) -> None:
    pictures = set()
    for width in WIDTHS:
        page.size(width)
        for scheme in SCHEMES:
            page.scheme(scheme)
            page.open(pages["barge-in"])
            picture = page.screenshot()
            pictures.add(picture)
            assert unlike_blank(picture) > 0.01
            assert page.ask("document.documentElement.scrollWidth <= innerWidth"), "nothing hangs over the side"
            lightness = page.ask("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)[0]")
            assert (lightness > 200) is (scheme == "light")
    assert len(pictures) == 4


CONTRASTS = """(() => {
  const rgb = (text) => (text.match(/[\\d.]+/g) || [0, 0, 0, 0]).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ratio = (a, b) => {
    const [x, y] = [light(a), light(b)].sort((p, q) => q - p);
    return (x + 0.05) / (y + 0.05);
  };
  const ground = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const c = rgb(getComputedStyle(at).backgroundColor);
      if (c.length < 4 || c[3] > 0) return c;
    }
    return [255, 255, 255];
  };
  const found = [];
  const judge = (node, color, least, what) => {
    const measured = ratio(rgb(color), ground(node));
    if (measured < least) found.push(`${what}: ${measured.toFixed(2)}`);
  };
  document.querySelectorAll("details").forEach((each) => { each.open = true; });
  document.querySelectorAll(".said li[data-from]").forEach((each) => each.setAttribute("aria-current", "true"));
  let seen = 0;
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || ["SCRIPT", "STYLE", "TITLE", "title"].includes(node.tagName)) continue;
    const style = getComputedStyle(node);
    judge(node, node.closest("svg") ? style.fill : style.color, 4.5, `${node.className}: ${walk.currentNode.data}`);
    seen += 1;
  }
  for (const bar of document.querySelectorAll("rect:not(.lane):not(.shortened)")) {
    const style = getComputedStyle(bar);
    judge(bar, style.fill === "none" ? style.stroke : style.fill, 3, `bar ${bar.getAttribute("class")}`);
    seen += 1;
  }
  return { seen, found };
})()"""


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_text_stands_out_from_its_ground(page: Page, pages: dict[str, Path], scheme: str) -> None:
    page.scheme(scheme)
    for path in pages.values():
        page.open(path)
        told = page.ask(CONTRASTS)
        assert told["seen"] > 50 and told["found"] == []


def test_it_prints_with_everything_on_it(page: Page, pages: dict[str, Path]) -> None:
    page.open(pages["race"])
    assert page.pdf().startswith(b"%PDF")
    assert page.ask("[...document.querySelectorAll('details')].every((each) => each.open)"), "what shows it, too"
    page.tell("Emulation.setEmulatedMedia", media="print")
    hidden = page.ask("[...document.querySelectorAll('h2, dl, svg, table')].filter((e) => !e.checkVisibility()).length")
    ground = page.ask("getComputedStyle(document.body).backgroundColor")
    page.tell("Emulation.setEmulatedMedia", media="")
    assert (hidden, ground) == (0, "rgb(255, 255, 255)")


# --- what it fetches ---


@pytest.mark.parametrize("scenario", PAGES)
def test_it_fetches_nothing_and_complains_of_nothing(page: Page, pages: dict[str, Path], scenario: str) -> None:
    page.open(pages[scenario])
    page.ask("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    fetched = [url for url in page.requests if not url.startswith("data:")]  # a browser's own buttons are such
    assert fetched == [pages[scenario].as_uri()]
    assert page.complaints == []


HOSTILE = (
    "</script><script>window.harmed=1</script>",
    '"><img src=x onerror="window.harmed=1">',
    "<svg onload=window.harmed=1>",
    "{{ 7 * 7 }} {% raw %}",
    "&lt;b&gt; &amp; a\u202eb\u0000c\u0007",
)


def test_what_anybody_says_is_text(page: Page, tmp_path: Path) -> None:
    steps = [e.DialBegan(at=0.0)]
    heard = [e.Heard(at=1.0 + n, session=1, item=f"i{n}", pii_text=text) for n, text in enumerate(HOSTILE)]
    erred = e.ModelErred(at=9.0, session=1, code="</td>", reason="<script>window.harmed=1</script>")
    lines = [json.loads(line) for line in lines_of(*steps, *heard, erred)]
    lines[0] |= {"to": "<b>+1</b>", "tool": '"><script>window.harmed=1</script>'}
    lines[0]["terms"] = {"call_id": "</title><script>"}
    (tmp_path / "call.jsonl").write_text("\n".join(map(json.dumps, lines)), "utf-8")
    path = written(tmp_path / "call.jsonl")
    assert not re.search(r"[\x00-\x08\x0b-\x1f\u202e]", path.read_text("utf-8"))
    page.open(path)
    shown = page.ask("document.body.innerText")
    assert all(text in shown for text in HOSTILE[:4]) and "&lt;b&gt; &amp; a" in shown
    assert page.ask("[window.harmed ?? null, document.scripts.length, document.images.length]") == [None, 1, 0]
    assert page.ask("document.title") == "Call </title><script>: unfinished"
    assert page.complaints == []


def test_its_policy_forbids_what_is_put_into_it_later(page: Page, pages: dict[str, Path]) -> None:
    page.open(pages["race"])
    page.ask("document.body.insertAdjacentHTML('beforeend', '<img src=\"https://example.org/x.png\">')")
    page.ask("document.body.append(Object.assign(document.createElement('script'), {text: 'window.harmed = 1'}))")
    page.ask("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert page.ask("window.harmed ?? null") is None
    assert len(page.complaints) >= 2 and all("Content Security Policy" in each for each in page.complaints)


# --- who can use it ---


@pytest.mark.parametrize("scenario", PAGES)
def test_everything_has_a_name_and_its_place(page: Page, pages: dict[str, Path], scenario: str) -> None:
    page.open(pages[scenario])
    nodes = page.tell("Accessibility.getFullAXTree")["nodes"]
    named = ("button", "slider", "image", "region", "Audio", "link", "heading", "columnheader", "DisclosureTriangle")
    found = [(node["role"]["value"], node.get("name", {}).get("value", "")) for node in nodes if not node["ignored"]]
    assert [role for role, name in found if role in named and not name.strip()] == []
    assert {"main", "banner", "contentinfo"} <= {role for role, _ in found}
    levels = page.ask("[...document.querySelectorAll('h1,h2,h3,h4')].map((h) => Number(h.tagName[1]))")
    assert levels.count(1) == 1 and all(b <= a + 1 for a, b in pairwise(levels))
    ids = page.ask("[...document.querySelectorAll('[id]')].map((each) => each.id)")
    assert len(ids) == len(set(ids))
    pointed = page.ask(
        "[...document.querySelectorAll('[aria-labelledby]')].map((e) => e.getAttribute('aria-labelledby'))"
    )
    assert set(pointed) <= set(ids)
    assert page.ask("document.documentElement.lang") == "en" and page.ask("document.title").startswith("Call c-")
    assert page.ask("[...document.querySelectorAll('th')].every((each) => each.scope)")


def test_a_keyboard_reaches_everything_and_sees_where_it_is(page: Page, pages: dict[str, Path]) -> None:
    page.size(1200)
    page.open(pages["barge-in"])
    wanted = page.ask("document.querySelectorAll('a[href], button, summary, [tabindex=\"0\"], audio').length")
    where = """(() => { const at = document.activeElement, style = getComputedStyle(at);
      return [at.className || at.id || at.tagName, style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
              at === document.body]; })()"""
    reached = []
    for _ in range(wanted + 12):  # the recording's own buttons are in between
        page.press("Tab")
        name, outlined, left = page.ask(where)
        if left:
            break
        reached.append(name)
        assert outlined or name == "sound", name
    assert reached[0] == "skip" and reached.count("when") == page.ask("document.querySelectorAll('button.when').length")
    assert {"strip", "sound", "scroll"} <= {name.split()[0] for name in reached}


def test_the_skip_link_leads_to_what_was_said(page: Page, pages: dict[str, Path]) -> None:
    page.open(pages["barge-in"])
    page.press("Tab")
    page.press("Enter")
    assert page.ask("document.activeElement.id") == "said"


STATE = """(() => ({ at: Number(document.getElementById('strip').getAttribute('aria-valuenow')),
  sound: document.getElementById('sound').currentTime,
  lines: [...document.querySelectorAll('.said li')]
    .flatMap((li, n) => li.hasAttribute('aria-current') ? [n] : []) }))()"""


def test_line_strip_and_recording_keep_step(page: Page, pages: dict[str, Path]) -> None:
    page.open(pages["barge-in"])
    page.ask("new Promise((done) => { const s = document.getElementById('sound'); s.readyState ? done() : "
             "s.addEventListener('loadedmetadata', done); })")  # fmt: skip
    times = page.ask("[...document.querySelectorAll('.said li')].map((each) => Number(each.dataset.from))")
    zero = sound_pieces(read_call(pages["barge-in"].with_suffix(".jsonl")).steps)[0].call_s
    page.ask("document.getElementById('sound').play = () => Promise.resolve()")  # stays where it was put
    page.ask("document.querySelectorAll('button.when')[3].focus()")
    page.press("Enter")
    told = page.ask(STATE)
    assert told["at"] == pytest.approx(times[3], abs=0.06) and 3 in told["lines"]
    assert told["sound"] == pytest.approx(times[3] - zero, abs=0.06)
    page.press("ArrowDown")
    assert page.ask("document.activeElement.closest('li') === document.querySelectorAll('.said li')[4]")
    page.ask("document.getElementById('strip').focus()")
    page.press("ArrowLeft")
    assert page.ask(STATE)["at"] == pytest.approx(times[3] - 1, abs=0.06)
    page.press("Home")
    assert page.ask(STATE)["at"] == page.ask("Number(document.getElementById('strip').dataset.begin).toFixed(1) * 1")
    page.ask("new Promise((done) => { const s = document.getElementById('sound');"
             f"s.addEventListener('seeked', done); s.currentTime = {times[5] - zero + 0.1}; }})")  # fmt: skip
    assert 5 in page.ask(STATE)["lines"]


# --- what it is made of ---


def test_without_words_nothing_said_and_no_recording_is_in_it(pages: dict[str, Path]) -> None:
    call = pages["barge-in"].with_suffix(".jsonl")
    whole, bare = (page_of(open_report(call, words=words)) for words in (True, False))
    said = {word for line in read_call(call).call.transcript for word in line.pii_text.split() if len(word) > 6}
    assert "data:audio" in whole and all(word in whole for word in said if word.isalpha())
    assert "data:audio" not in bare and not [word for word in said if word in bare]
    assert "were left out" in bare


def test_the_finding_its_proof_and_its_remedy_are_there(pages: dict[str, Path]) -> None:
    text = pages["race"].read_text("utf-8")
    for words in (
        "race (certain)",
        "What to do:",
        "status callback: in-progress",
        "invariant 1 broken",
        "last-writer-wins",
    ):
        assert words in text
    assert "+15•••••100" in text and "15555550100" not in text


def test_a_recording_goes_on_where_the_stream_before_ended() -> None:
    events = (
        e.StreamStarted(at=2.0, socket=1, stream_sid="MZ1", sid="CA1"),
        e.AudioSent(at=2.1, socket=1, item="a", response="r", stream_ms=0),
        e.VoiceBegan(at=3.0, socket=1, stream_ms=1100),
        e.MarkReturned(at=4.0, socket=1, item="a", response="r", stream_ms=2100),
        e.SocketClosed(at=6.9, socket=1, code=1006),
        e.StreamStarted(at=10.0, socket=2, stream_sid="MZ2", sid="CA1"),
        e.VoiceBegan(at=12.0, socket=2, stream_ms=1900),
    )
    assert sound_pieces([Entry(event) for event in events]) == [SoundPiece(1.9, 0.0), SoundPiece(10.1, 5.0)]
    assert sound_pieces([]) == []
