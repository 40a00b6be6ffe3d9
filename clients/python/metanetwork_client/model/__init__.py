"""The device model: its description, the checks of that, and an interpreter in numpy. Knows no network and no disk."""
