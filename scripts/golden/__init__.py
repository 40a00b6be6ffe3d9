"""What scripts/record-golden and the tests of the clients need: a released service, and the exchanges with it."""
