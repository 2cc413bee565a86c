from __future__ import annotations

import contextlib
import re
import warnings
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.write_docs import ROOT
from voicecall_core.errors import SettingsError
from voicecall_core.importers.concepts import CONCEPTS
from voicecall_core.importers.formats.check import fault_of, load_format
from voicecall_core.importers.formats.file import Format, needle_of, parsed
from voicecall_core.importers.formats.matching import Formats, built_in
from voicecall_core.importers.log_kinds import LogKind, recognise
from voicecall_core.importers.log_line import opened
from voicecall_core.importers.verdict import Race
from voicecall_core.importers.whole_log import story

BUILT_IN = built_in().formats


@pytest.mark.parametrize("each", BUILT_IN, ids=lambda each: each.name)
def test_the_samples_of_the_built_in_formats_are_read_as_they_say(each: Format) -> None:
    for sample in each.samples:
        assert fault_of(sample, each, built_in()) == "", sample.line


@pytest.mark.parametrize("each", BUILT_IN, ids=lambda each: each.name)
def test_each_pattern_of_a_built_in_format_has_a_sample(each: Format) -> None:
    for pattern in each.patterns:
        alone = Formats([Format(each.name, "", each.kind, each.marks, (pattern,), ())])
        assert any(opened(sample.line, alone).found for sample in each.samples), pattern.pattern.pattern


_FILE = """\
[format]
name = "bot"
marks = ['[bot]']

[[pattern]]
concept = "rest-write"
pattern = 'gave (?P<document><\\w+>) for leg (?P<call_sid>CA\\w+)'

[[pattern]]
concept = "status-callback"
pattern = 'leg went (?P<status>[\\w-]+)'

[[pattern]]
concept = "stream-served"
pattern = 'gave the socket its xml'

[[sample]]
line = '12:00:57.635 [bot] leg went in-progress'
concept = "status-callback"
status = "in-progress"
"""
_LOG = [
    "12:00:57.619 [bot] leg went in-progress",
    f"12:00:57.635 [bot] gave <Say> for leg CA{'1' * 32}",
    "12:00:57.642 [bot] gave the socket its xml",
    "12:00:57.700 [other] gave the socket its xml",
]


def _written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "bot.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_users_format_makes_a_log_tell_its_race(tmp_path: Path) -> None:
    formats = load_format(_written(tmp_path, _FILE))
    assert recognise(_LOG) is None
    kind = recognise(_LOG, formats=formats)
    assert kind is LogKind.SERVER
    report = story(_LOG, kind, formats)
    assert (report.race, report.calls[0].writes, report.skipped) == (Race.FOUND, (2,), 1)
    assert report.calls[0].names.sid == "CA" + "1" * 32


@pytest.mark.parametrize(
    ("old", "new", "said", "fix"),
    [
        ("[format]", "[forma", "this is no TOML", ""),
        ("[format]", "[formats]", "there is no 'formats' here", "Did you mean format?"),
        ('name = "bot"', "", "[format] has no name", "Write name = ..."),
        ("marks = ['[bot]']", "marks = 'x'", "marks is 'x', not a list of texts", ""),
        ('"rest-write"', '"rest-writ"', ": there is no concept 'rest-writ'", "Did you mean rest-write?"),
        ("(?P<status>", "(?P<state>", ": its pattern names a group 'state'", "Known are stamp"),
        (
            "(?P<status>",
            "(?P<code>",
            ": it gives a 'code', of which 'status-callback'",
            "has status",
        ),
        ("(?P<status>", "(?P<status", ": its pattern is no regular expression", ""),
        ("'leg went (", "'(leg went )(", ": its pattern has no fixed text", "Give it one"),
        ("'leg went (", "'leg was (", ": no pattern fits it", ""),
        ('status = "in-progress"', 'status = "ringing"', ": its status is read as 'in-progress'", ""),
        ("57.635 [bot]", "57.635 [bob]", ": it bears none of the marks [bot]", ""),
        (
            'concept = "status-callback"\nstatus',
            'concept = "fetch"\nstatus',
            ": it is read as status-callback",
            "",
        ),
        ("[[sample]]", "[[samples]]", "there is no 'samples' here", "Did you mean sample?"),
        ("[[pattern]]", "[pattern]", "[pattern] is written a second time", ""),
    ],
)
def test_what_is_wrong_with_a_file_is_said_with_its_line(
    tmp_path: Path, old: str, new: str, said: str, fix: str
) -> None:
    assert old in _FILE
    with pytest.raises(SettingsError) as caught:
        load_format(_written(tmp_path, _FILE.replace(old, new)))
    assert said in caught.value.message and fix in (caught.value.fix or "")
    assert re.match(r"bot\.toml: line \d+: ", caught.value.message)


def test_a_file_without_samples_or_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="has no sample"):
        load_format(_written(tmp_path, _FILE[: _FILE.index("[[sample]]")]))
    for path in (tmp_path, tmp_path / "none.toml", Path("/dev/zero")):
        with pytest.raises(SettingsError, match=r"cannot be read|is longer than"):
            load_format(path)
    noise = tmp_path / "noise.toml"
    noise.write_bytes(bytes(range(256)))
    with pytest.raises(SettingsError, match="UTF-8"):
        load_format(noise)


def test_a_pattern_can_say_where_the_stamp_is(tmp_path: Path) -> None:
    text = _FILE.replace("'leg went (", "'^\\w+ (?P<stamp>[\\d:.]+) .*leg went (").replace("12:00:57.635 [", "x 0 [")
    with pytest.raises(SettingsError, match="its stamp '0' is of no form"):
        load_format(_written(tmp_path, text))


@pytest.mark.parametrize(
    ("pattern", "needle"),
    [
        (r"leg went (\w+)", "leg went "),
        (r"\[bot\] a{2} Longer?", "[bot] "),
        (r"one|other", ""),
        (r"(one|other) call", " call"),
        (r"Client \(.*?\) disconnected$", ") disconnected"),
        (r"[abc\]]stream", "stream"),
        (r"(?x) a b c d", ""),
    ],
)
def test_the_fixed_text_of_a_pattern(pattern: str, needle: str) -> None:
    assert needle_of(pattern) == needle


@given(st.from_regex(r"[a-c(|)?*\\.\[\]]{1,12}"), st.text(alphabet="abc.()[]|*?\\", max_size=30))
def test_a_line_that_a_pattern_fits_has_its_fixed_text(pattern: str, line: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            fits = re.search(pattern, line)
        except (re.error, RecursionError):
            return
    assert fits is None or needle_of(pattern) in line.lower()


def test_the_page_names_every_concept() -> None:
    page = (ROOT / "docs" / "imports.md").read_text("utf-8")
    for name, concept in CONCEPTS.items():
        fields = ", ".join(f"`{field}`" for field in concept.fields)
        assert f"| `{name}` | {concept.about} | {fields} |" in page


def test_the_page_holds_a_format_that_loads(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "imports.md").read_text("utf-8")
    load_format(_written(tmp_path, page.split("```toml\n")[1].split("```")[0]))


@given(st.binary(max_size=200))
def test_no_bytes_of_a_file_make_it_raise_anything_else(content: bytes) -> None:
    with contextlib.suppress(SettingsError):
        parsed(content, "bot.toml")


@given(st.integers(0, len(_FILE)), st.integers(0, 12), st.text(max_size=4))
def test_nor_does_a_spoiled_file(at: int, cut: int, put: str) -> None:
    with contextlib.suppress(SettingsError):
        own = parsed((_FILE[:at] + put + _FILE[at + cut :]).encode(), "bot.toml")
        for sample in own.samples:
            fault_of(sample, own, Formats((own,)))
