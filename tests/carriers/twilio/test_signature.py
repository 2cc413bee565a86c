"""Signatures against Twilio's published vectors, and against the official SDK wherever the SDK is right."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator, get_signature_algorithm

from voicecall_core.carriers.twilio.signature import SHA1, SHA256, algorithm_of, sign, valid

PAGE = "https://voice.example.com/c-7f3a/twiml/1"
SOCKET = "wss://voice.example.com/c-7f3a/media/1/tok"
FORM = [("CallSid", "CA" + "0" * 32), ("ToState", ""), ("CallStatus", "in-progress"), ("To", "+15555550100")]

DOCUMENTED = (
    "12345",
    "https://example.com/myapp.php?foo=1&bar=2",
    [
        ("CallSid", "CA1234567890ABCDE"),
        ("Caller", "+14158675310"),
        ("Digits", "1234"),
        ("From", "+14158675310"),
        ("To", "+18005551212"),
    ],
    "L/OH5YylLD5NRKLltdqwSvS0BnU=",
)


def test_the_documented_vector() -> None:
    token, url, form, signature = DOCUMENTED
    assert sign(token, url, form) == signature
    assert valid(token, url, reversed(form), signature)


names = st.text(st.characters(categories=["Lu", "Ll", "Nd"]), min_size=1, max_size=12)
forms = st.dictionaries(names, st.text(st.characters(exclude_categories=["Cs"]), max_size=20), max_size=12)
urls = st.sampled_from([PAGE, PAGE + "?a=1&b=%2F", "http://127.0.0.1:8080/x", "https://voice.example.com:8443/x"])


@given(forms, urls)
def test_the_sdk_agrees_both_ways(form: dict[str, str], url: str) -> None:
    theirs = RequestValidator("secret")
    assert theirs.validate(url, form, sign("secret", url, form.items()))
    assert valid("secret", url, form.items(), theirs.compute_signature(url, form))
    assert not valid("other", url, form.items(), theirs.compute_signature(url, form))


def test_a_blank_value_counts() -> None:
    signature = RequestValidator("secret").compute_signature(PAGE, dict(FORM))
    assert valid("secret", PAGE, FORM, signature)
    assert not valid("secret", PAGE, [pair for pair in FORM if pair[1]], signature)


def test_values_of_a_repeated_name_count_once_each_and_in_order() -> None:
    class MultiDict(dict[str, str]):
        def getall(self, name: str) -> list[str]:
            return ["b", "a", "b"]

    theirs = RequestValidator("secret").compute_signature(PAGE, MultiDict(Digits="a"))
    assert sign("secret", PAGE, [("Digits", "b"), ("Digits", "a"), ("Digits", "b")]) == theirs


@pytest.mark.parametrize(
    ("configured", "signed"),
    [
        ("https://h.example/x?q=1", "https://h.example:443/x?q=1"),
        ("https://h.example:8443/x", "https://h.example/x"),
        ("https://h.example:8443/x", "https://h.example:8443/x"),
        ("http://h.example/x", "http://h.example:80/x"),
        ("https://me:secret@h.example:8443/x", "https://h.example/x"),
        ("https://me:secret@h.example:8443/x", "https://h.example:8443/x"),
        ("https://me:secret@h.example:8443/x", "https://me:secret@h.example/x"),
        ("https://me:secret@h.example:8443/x", "https://me:secret@h.example:8443/x"),
        ("https://me@h.example/x", "https://me@h.example/x"),
        ("https://me@h.example/x", "https://h.example:443/x"),
        ("https://[2001:db8::1]:8443/x", "https://[2001:db8::1]:8443/x"),
        ("https://[2001:db8::1]:8443/x", "https://[2001:db8::1]/x"),
        ("https://[2001:db8::1]/x", "https://[2001:db8::1]:443/x"),
        ("https://h.example/x#rc=2", "https://h.example/x"),
    ],
)
def test_with_and_without_port_user_information_and_fragment(configured: str, signed: str) -> None:
    assert valid("secret", configured, FORM, RequestValidator("secret").compute_signature(signed, dict(FORM)))


@pytest.mark.parametrize("user", ["", "me:secret@"])
@pytest.mark.parametrize("port", ["", ":443", ":8443"])
def test_an_upgrade_to_a_url_with_user_information_is_signed_in_either_spelling(user: str, port: str) -> None:
    configured = "wss://me:secret@h.example:8443/x" if port == ":8443" else "wss://me:secret@h.example/x"
    signature = RequestValidator("secret").compute_signature(f"wss://{user}h.example{port}/x", {})
    assert valid("secret", configured, [], signature, upgrade=True)
    assert not valid("secret", configured.replace("me:", "you:"), [], signature, upgrade=True) or not user


@pytest.mark.parametrize("configured", [PAGE, PAGE + "/", SOCKET, SOCKET.replace("wss", "https")])
@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("port", ["", ":443"])
def test_an_upgrade_is_signed_as_wss_or_https_with_or_without_a_trailing_slash(
    configured: str, slash: str, port: str
) -> None:
    base = configured.rstrip("/").replace("example.com", "example.com" + port) + slash
    for scheme in ("wss", "https"):
        signed = scheme + base[base.index("://") :]
        assert valid("secret", configured, [], RequestValidator("secret").compute_signature(signed, {}), upgrade=True)


def test_a_page_is_signed_exactly_as_configured_but_for_its_port() -> None:
    theirs = RequestValidator("secret")
    assert not valid("secret", PAGE, FORM, theirs.compute_signature(PAGE + "/", dict(FORM)))
    assert not valid("secret", PAGE, FORM, theirs.compute_signature(PAGE.replace("https", "http"), dict(FORM)))
    assert not valid("secret", PAGE, FORM, theirs.compute_signature(PAGE.replace("voice.", ""), dict(FORM)))


def test_the_loopback_form_of_the_simulated_call() -> None:
    signature = RequestValidator("secret").compute_signature("ws://127.0.0.1:40123/c-1/media/1/tok", {})
    assert valid("secret", "http://127.0.0.1:40123/c-1/media/1/tok", [], signature, upgrade=True)


@given(forms, urls)
def test_a_shared_key_signs_the_same_words_by_another_algorithm(form: dict[str, str], url: str) -> None:
    theirs = RequestValidator("secret").compute_signature(url, form, SHA256)
    assert valid("secret", url, form.items(), theirs, algorithm=SHA256)
    assert not valid("other", url, form.items(), theirs, algorithm=SHA256)
    assert not valid("secret", url, form.items(), theirs)
    assert not valid("secret", url, form.items(), theirs, algorithm="HMAC_SHA512")


@pytest.mark.parametrize(
    "settings",
    [
        "",
        "key=webhooks_sharedkey_01,algorithm=HMAC_SHA256",
        "algorithm = HMAC_SHA1 , key=webhooks_sharedkey_01",
        "key=webhooks_sharedkey_01",
        "algorithm=",
        "algorithm",
        ",=,",
    ],
)
def test_the_algorithm_is_read_as_the_sdk_reads_it(settings: str) -> None:
    assert (algorithm_of(settings) or SHA1) == get_signature_algorithm(settings)


def test_two_tokens_while_one_is_rotated() -> None:
    signature = sign("new", PAGE, FORM)
    assert valid(["old", "new"], PAGE, FORM, signature)
    assert valid(("new", "old"), PAGE, FORM, signature)
    assert not valid(["old"], PAGE, FORM, signature)
    assert not valid([], PAGE, FORM, signature)


@pytest.mark.parametrize("signature", ["", "x", "=", "é", "\ud800", "A" * 10_000])
def test_nonsense_is_not_a_signature(signature: str) -> None:
    assert not valid("secret", PAGE, FORM, signature)


def test_an_empty_token_signs_nothing() -> None:
    assert not valid("", PAGE, FORM, sign("", PAGE, FORM))
    assert not valid(["", "secret"], PAGE, FORM, sign("", PAGE, FORM))


@given(st.text(), st.lists(st.tuples(st.text(), st.text())), st.text(), st.booleans())
def test_no_url_and_no_form_raises(url: str, form: list[tuple[str, str]], signature: str, upgrade: bool) -> None:
    assert not valid("secret", url, form, signature, upgrade=upgrade)
    assert valid("secret", url, form, sign("secret", url, form))
