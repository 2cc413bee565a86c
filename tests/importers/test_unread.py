from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.importers.spoiled import foreign, log, told
from voicecall_core.importers.log_kinds import LogKind
from voicecall_core.importers.report import tell, unread_lines
from voicecall_core.importers.unread import MOST_EXAMPLES, MOST_TEMPLATES, Templates
from voicecall_core.importers.whole_log import unread_in


def test_lines_inside_a_call_that_were_not_understood_are_named_and_no_others() -> None:
    field = log("field.log")
    lines = ["12:00:00 before", *field[:2], "12:00:57.629 dialled +4915112345678", *field[2:], "12:00:59 behind"]
    lines = [line.replace(":5", "12:00:5", 1) if line.startswith(":") else line for line in lines]
    (call,) = told(lines).calls
    assert call.unread.count == 1
    (found,) = call.unread.examples
    assert found.number == 4 and "dialled" in found.pii_text and "15112345" not in found.pii_text
    text = "\n".join(tell(told(lines)))
    assert (
        "Not understood, between its first line and its last: 1 line, such as\n    line 4: 12:00:57.629 dialled" in text
    )


def test_of_many_such_lines_the_first_are_named_and_all_are_counted() -> None:
    field = log("field.log")
    (call,) = told([*field[:4], *foreign(500), *field[4:]]).calls
    assert call.unread.count == 500 and len(call.unread.examples) == MOST_EXAMPLES


def test_lines_are_grouped_by_template_the_most_frequent_first() -> None:
    lines = [*foreign(40), *(f"12:00:00 user {name} logged in from the office" for name in ("ann", "bob", "eve"))]
    found = unread_in([*lines, *log("field.log"), ""], LogKind.CONSOLE)
    shown = [(each.count, each.text, each.number) for each in found.groups()]
    assert shown == [(40, "INFO <*> job <*> took <*> ms", 1), (3, "user <*> logged in from the office", 41)]
    assert next(iter(unread_lines(found))) == "Not understood: 43 lines, 2 templates."


def test_what_is_grouped_shows_no_number_and_no_secret() -> None:
    lines = ["12:00:00 dialling +49 151 12345678 now", "12:00:00 Authorization: Basic QUNhYmNkZWZnaDpzZWNyZXQx"]
    text = "\n".join(unread_lines(unread_in(lines, LogKind.SERVER)))
    assert "dialling" in text and "12345678" not in text and "QUNhYmNk" not in text


def test_templates_have_a_bound() -> None:
    templates = Templates()
    letters = "abcdefghij"
    for number in range(2 * MOST_TEMPLATES):
        templates.add(number, "".join(letters[int(digit)] for digit in str(number)) + " x")
    assert len(templates.groups()) == MOST_TEMPLATES and templates.ungrouped == MOST_TEMPLATES
    assert templates.lines == 2 * MOST_TEMPLATES


@given(st.lists(st.text(max_size=60), max_size=30))
def test_every_line_is_counted_once(lines: list[str]) -> None:
    found = Templates()
    for number, line in enumerate(lines, 1):
        found.add(number, line)
    assert sum(each.count for each in found.groups()) == found.lines == sum(bool(line.strip()) for line in lines)
    list(unread_lines(found))
