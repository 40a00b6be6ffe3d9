"""What goes over the wire (docs/wire.md): JSON, safetensors, signatures, requests, problems. Knows no network."""
