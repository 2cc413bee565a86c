"""Twilio, translated: its webhooks, media messages, signatures, TwiML, error codes (quiet), and its REST interface."""
