"""The architecture as it is allowed, as it is in the sources, and the difference."""
