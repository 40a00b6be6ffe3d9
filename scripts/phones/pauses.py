"""The pauses after which phones try again, and whether several phones make the same ones."""

COMPARED = 2  # pauses of each phone
# Seconds within which the same pauses come, as a terminal shows them.
ALIKE = 0.05


def pauses(states):
    """Seconds between each failure and the next try, of the lines with a phone's states and when each came."""
    found, failed = [], None
    for state, when in states:
        if state.startswith("[offline") and failed is None:
            failed = when
        elif state.startswith("[asking") and failed is not None:
            found.append(when - failed)
            failed = None
    return found


def are_alike(phones):
    """Whether the first pauses of all phones are the same, and the second ones too.

    The SDK draws them, from 1 to 2 s and from 2 to 4: those of three phones are alike by chance once in 75,000 times."""
    return all(max(together) - min(together) < ALIKE for together in list(zip(*phones))[:COMPARED])
