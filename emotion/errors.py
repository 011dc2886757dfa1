"""The exception for errors that the user can fix."""


class InputError(ValueError):
    """Invalid input. The message says in one line what is wrong, where, and what to do about it."""
