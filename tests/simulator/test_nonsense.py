"""Whatever a program sends, the carrier's readers judge it and never fall over."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.simulator.program import plan, world
from voicecall_core.simulator.carrier import media_messages, twiml
from voicecall_core.simulator.carrier.effects import What
from voicecall_core.simulator.carrier.rest_errors import RestRefused
from voicecall_core.simulator.carrier.rest_forms import origin_of, wish_of
from voicecall_core.simulator.carrier.webhook_client import Overrides, overrides

NAMES = st.sampled_from(["To", "From", "Url", "Twiml", "Timeout", "TimeLimit", "StatusCallback", "Method", "Status"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("event media mark payload".split()), inner)
    ),
    max_leaves=6,
)


@given(st.binary(max_size=200))
def test_documents(text: bytes) -> None:
    twiml.read(text)
    twiml.read(b"<Response>" + text + b"</Response>")


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters='<>&"'), max_size=30))
def test_stream_addresses(url: str) -> None:
    twiml.read(f'<Response><Connect><Stream url="{url}"/></Connect></Response>'.encode())
    overrides(url)


@given(
    JSON | st.dictionaries(st.sampled_from(["event", "streamSid", "media", "mark", "clear"]), JSON | st.just("media"))
)
def test_messages(message: object) -> None:
    media_messages.read(json.dumps(message), "MZ1")


@given(
    st.lists(st.tuples(NAMES, st.text(max_size=20) | st.sampled_from(["+15555550100", "http://[", "http://a:99999"])))
)
def test_forms(form: list[tuple[str, str]]) -> None:
    with suppress(RestRefused):
        wish_of([("To", "+15555550100"), ("From", "+15550001111"), *form], "+15550001111")
    with suppress(RestRefused):
        origin_of(form)


def test_overrides_are_bounded() -> None:
    assert overrides("https://a.example/x") == Overrides()
    asked = overrides("https://a.example/x#rc=9&rp=ct,rt,5xx&ct=1&rt=99999&tt=2000&zz=1")
    assert asked == Overrides(5, frozenset({"ct", "rt", "5xx"}), 0.1, 15.0, 2.0)
    assert overrides("https://a.example/x#rc=\u00b2&ct=-1") == Overrides()


@pytest.mark.parametrize("address", ["http://[", "http://a.example:99999/", "mailto:me"])
async def test_a_redirect_to_nowhere_ends_the_call(address: str) -> None:
    async with world(plan()) as here:
        here.program.documents["/twiml"] = f"<Response><Redirect>{address}</Redirect></Response>"
        assert await here.over(await here.place()) == "completed"
        assert [effect.code for effect in here.carrier.log if effect.what is What.ERROR_MESSAGE] == [11100]
