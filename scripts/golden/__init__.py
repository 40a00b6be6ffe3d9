"""What scripts/record-golden needs: a released service, and the exchanges with it."""
