"""The one kind of error that a person using the recogniser can mend."""


class InputError(ValueError):
    """Something given is unusable; the message says what, where and what to do, in one line."""
