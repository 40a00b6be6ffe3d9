"""The service's endpoints over HTTP, and what carries requests to them."""
