from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from voicecall_core.call.endings import Outcome
from voicecall_core.rehearsal import expectations as x
from voicecall_core.rehearsal.finished_call import FinishedCall, SpokenLine, ToolUse
from voicecall_core.rehearsal.judge import Judgement, Verdict, judge
from voicecall_core.rehearsal.text_model import TextModel, judged_by

CALL = FinishedCall(
    outcome=Outcome.COMPLETED,
    cause=None,
    ended=9.0,
    said=(SpokenLine("agent", 1.0, "Hello.", " How are you?"), SpokenLine("callee", 4.0, "Two, please.")),
    tools=(ToolUse(3.0, "book_table", {"people": 2}),),
)
EXPECTS = (x.LawsKept(line=3), x.JudgedYes("Was it polite?", line=7))
Answer = Callable[[httpx2.Request], httpx2.Response]


async def asked(answer: Answer, model: TextModel | None = None) -> tuple[Verdict, ...]:
    verdicts = [judge(expected, CALL) for expected in EXPECTS]
    async with httpx2.AsyncClient(transport=httpx2.MockTransport(answer)) as client:
        return await judged_by(model or TextModel("http://127.0.0.1:9/v1/", "m", "k"), client, EXPECTS, verdicts, CALL)


def saying(text: Any) -> Answer:
    return lambda request: httpx2.Response(200, json={"choices": [{"message": {"content": text}}]})


@pytest.mark.parametrize(
    ("text", "judgement", "what"),
    [
        ("yes\nIt greeted him.", Judgement.PASSED, "the text model says yes: It greeted him"),
        (" **No.** \n\n It was\ncurt. ", Judgement.FAILED, "the text model says no: It was curt"),
        ("YES", Judgement.PASSED, "the text model says yes"),
        ("Well, yes", Judgement.NOT_JUDGED, 'The text model answered neither yes nor no: "Well, yes"'),
        ("", Judgement.NOT_JUDGED, 'The text model answered neither yes nor no: ""'),
        (None, Judgement.NOT_JUDGED, "The text model did not answer: its answer holds no text"),
    ],
)
async def test_its_answer_is_the_verdict(text: Any, judgement: Judgement, what: str) -> None:
    untouched, found = await asked(saying(text))
    assert untouched.passed and (found.line, found.judgement, found.what) == (7, judgement, what)


async def test_it_is_told_what_was_heard_and_the_question_and_nothing_else() -> None:
    seen: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(200, json={"choices": [{"message": {"content": "yes"}}]})

    await asked(answer)
    (request,) = seen
    assert str(request.url) == "http://127.0.0.1:9/v1/chat/completions"
    assert request.headers["Authorization"] == "Bearer k"
    sent = json.loads(request.content)
    assert sent["model"] == "m"
    heard = "agent: Hello.\n(the agent called its tool book_table)\ncallee: Two, please."
    assert sent["messages"][1]["content"] == f"{heard}\n\nThe question: Was it polite?"
    assert "How are you" not in request.content.decode(), "what was not heard was not said"


async def test_a_model_without_a_key_is_sent_none() -> None:
    def answer(request: httpx2.Request) -> httpx2.Response:
        assert "Authorization" not in request.headers
        return httpx2.Response(200, json={"choices": [{"message": {"content": "yes"}}]})

    assert (await asked(answer, TextModel("http://127.0.0.1:9/v1", "m")))[1].passed


def refuses(request: httpx2.Request) -> httpx2.Response:
    raise httpx2.ConnectError("nobody listens")


@pytest.mark.parametrize(
    "answer",
    [
        refuses,
        lambda request: httpx2.Response(401, json={"error": {"message": "bad key"}}),
        lambda request: httpx2.Response(200, text="no JSON"),
        lambda request: httpx2.Response(200, json=[]),
        lambda request: httpx2.Response(200, json={"choices": []}),
    ],
)
async def test_an_answer_that_does_not_come_is_no_verdict(answer: Answer) -> None:
    found = (await asked(answer))[1]
    assert found.judgement is Judgement.NOT_JUDGED
    assert found.what.startswith("The text model did not answer: ")
