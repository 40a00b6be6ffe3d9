"""A model that becomes personal: samples, requests, checks, and which weights answer."""
