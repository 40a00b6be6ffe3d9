"""The shell blocks of the project's pages, and what they take to be there."""
