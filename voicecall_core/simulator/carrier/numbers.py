"""The account's phone number: what it does with calls that come in, fetched and changed by REST.

Twilio: docs/phone-numbers/api/incomingphonenumber-resource.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from email.utils import formatdate

from voicecall_core.simulator.carrier.rest_errors import RestRefused
from voicecall_core.simulator.carrier.web_urls import is_web_url

_FORM = {
    "FriendlyName": "friendly_name",
    "VoiceUrl": "voice_url",
    "VoiceMethod": "voice_method",
    "VoiceFallbackUrl": "voice_fallback_url",
    "VoiceFallbackMethod": "voice_fallback_method",
    "StatusCallback": "status_callback",
    "StatusCallbackMethod": "status_callback_method",
}
BAD_URL, BAD_METHOD = 21502, 21403


@dataclass(frozen=True, slots=True)
class NumberSettings:
    """What the number is set to; an empty URL is none."""

    friendly_name: str = ""
    voice_url: str = ""
    voice_method: str = "POST"
    voice_fallback_url: str = ""
    voice_fallback_method: str = "POST"
    status_callback: str = ""
    status_callback_method: str = "POST"

    def changed(self, form: dict[str, str]) -> NumberSettings:
        """As an update's form asks for it; what it does not name stays. Raises RestRefused."""
        new = replace(self, **{_FORM[name]: value for name, value in form.items() if name in _FORM})
        for name in ("voice_url", "voice_fallback_url", "status_callback"):
            if getattr(new, name) and not is_web_url(getattr(new, name)):
                raise RestRefused(BAD_URL)
        for name in ("voice_method", "voice_fallback_method", "status_callback_method"):
            if getattr(new, name) not in ("GET", "POST"):
                raise RestRefused(BAD_METHOD)
        return new

    def json(self, account_sid: str, number: str, speaks: bool, now: float) -> dict[str, object]:
        """The number as REST shows it."""
        sid = "PN" + account_sid[2:]
        made = formatdate(now - 86_400.0).replace("-0000", "+0000")
        own = {field.name: getattr(self, field.name) for field in fields(self)}
        return {
            "sid": sid,
            "account_sid": account_sid,
            "phone_number": number,
            **own,
            "friendly_name": self.friendly_name or number,
            "capabilities": {"voice": speaks, "sms": True, "mms": False, "fax": False},
            "status": "in-use",
            "api_version": "2010-04-01",
            "beta": False,
            "origin": "twilio",
            "trunk_sid": None,
            "voice_application_sid": "",
            "voice_caller_id_lookup": False,
            "voice_receive_mode": "voice",
            "sms_url": "",
            "sms_method": "POST",
            "sms_fallback_url": "",
            "sms_fallback_method": "POST",
            "sms_application_sid": "",
            "address_sid": None,
            "address_requirements": "none",
            "identity_sid": None,
            "bundle_sid": None,
            "emergency_status": "Inactive",
            "emergency_address_sid": None,
            "emergency_address_status": "unregistered",
            "date_created": made,
            "date_updated": made,
            "uri": f"/2010-04-01/Accounts/{account_sid}/IncomingPhoneNumbers/{sid}.json",
        }
