"""The documents this program writes, held against the SDK's own writer and Twilio's limits."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from twilio.twiml.voice_response import Connect, VoiceResponse

from voicecall_core.carriers.base import DocumentUrls
from voicecall_core.carriers.twilio.twiml import DOCUMENT_LONGEST, REDIRECT_OVERRIDES, write
from voicecall_core.errors import SettingsError
from voicecall_core.words.orders import Document, DocumentKind

URLS = DocumentUrls(
    stream_url="wss://voice.example.com/c-7f3a/media/1/0f3ca9",
    stream_status_url="https://voice.example.com/c-7f3a/stream?a=1&b=2",
    redirect_url="https://voice.example.com/c-7f3a/twiml/2",
    call_id="c-7f3a",
)


def same(ours: str, theirs: object) -> None:
    assert ElementTree.canonicalize(ours) == ElementTree.canonicalize(str(theirs))


def test_a_stream_document_as_the_sdk_writes_it() -> None:
    response = VoiceResponse()
    connect = Connect()
    stream = connect.stream(url=URLS.stream_url, status_callback=URLS.stream_status_url)
    stream.parameter(name="call", value="c-7f3a")
    response.append(connect)
    response.pause(length=1)
    response.redirect(URLS.redirect_url + REDIRECT_OVERRIDES, method="POST")
    same(write(Document(DocumentKind.STREAM, 1), URLS), response)


def test_the_verbs_of_a_stream_document_in_order() -> None:
    root = ElementTree.fromstring(write(Document(DocumentKind.STREAM, 1), URLS))
    assert [verb.tag for verb in root] == ["Connect", "Pause", "Redirect"]
    assert root[2].text == URLS.redirect_url + "#rc=5&rp=ct,rt,5xx&ct=2000&rt=3000"


@given(st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Z"]), min_size=1).map(str.strip))
def test_a_say_document_as_the_sdk_writes_it(text: str) -> None:
    if text:
        response = VoiceResponse()
        response.say(text)
        response.hangup()
        same(write(Document(DocumentKind.SAY, pii_text=text), URLS), response)


def test_a_hangup_document_as_the_sdk_writes_it() -> None:
    response = VoiceResponse()
    response.hangup()
    same(write(Document(DocumentKind.HANGUP), URLS), response)
    assert write(Document(DocumentKind.HANGUP), URLS).startswith('<?xml version="1.0" encoding="UTF-8"?><Response>')


@given(st.text(st.characters()))
@example("0\r")
@example("\r")
@example("\x00 a\rb")
def test_any_text_makes_a_document_that_can_be_read(text: str) -> None:
    root = ElementTree.fromstring(write(Document(DocumentKind.SAY, pii_text=text), URLS))
    kept = re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", text).strip()
    assert [verb.tag for verb in root] == (["Say", "Hangup"] if kept else ["Hangup"])
    assert (root[0].text or "") == kept


def test_what_xml_does_not_allow_is_dropped_and_what_it_means_is_escaped() -> None:
    document = write(Document(DocumentKind.SAY, pii_text="a\x00b\x1b[0m\ud800 <&\"'> \ufffe"), URLS)
    assert "<Say>ab[0m &lt;&amp;&quot;'&gt;</Say>" in document


def test_a_call_id_is_only_text() -> None:
    root = ElementTree.fromstring(
        write(Document(DocumentKind.STREAM, 1), DocumentUrls(URLS.stream_url, "https://h/", "https://h/", '"/><Say>'))
    )
    assert root[0][0][0].attrib == {"name": "call", "value": '"/><Say>'}


def test_twilios_limits() -> None:
    with pytest.raises(SettingsError) as caught:
        write(Document(DocumentKind.SAY, pii_text="ü" * (DOCUMENT_LONGEST // 2)), URLS)
    assert caught.value.setting == "--say" and caught.value.fix
    write(Document(DocumentKind.SAY, pii_text="ü" * (DOCUMENT_LONGEST // 2 - 100)), URLS)
    with pytest.raises(AssertionError):
        write(Document(DocumentKind.STREAM), DocumentUrls(URLS.stream_url, "https://h/", "https://h/", "c" * 496))


@pytest.mark.parametrize("stream_url", ["https://h/x", "wss://h/x?token=1", "wss://h/x#y"])
def test_a_stream_url_that_twilio_would_refuse_is_our_mistake(stream_url: str) -> None:
    with pytest.raises(AssertionError):
        write(Document(DocumentKind.STREAM), DocumentUrls(stream_url, "https://h/", "https://h/", "c-1"))
