"""Twilio, translated: its webhooks, media messages, signatures, TwiML, error codes (quiet), and its REST interface."""

API_URL = "https://api.twilio.com"  # of its REST interface; other regions have others
ACCOUNT_SETTING, URL_SETTING = "TWILIO_ACCOUNT_SID", "TWILIO_API_URL"
