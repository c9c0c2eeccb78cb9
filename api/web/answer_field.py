"""How what an operation answers becomes bytes: in the thread in which it was made, where nobody else waits for it."""

from typing import Any, Final

from fastapi._compat import ModelField

AT_ONCE: Final = 500
"""Rows of a list that are written in one go, during which no other thread runs."""


class AnswerField(ModelField):
    """The field of an answer whose bytes are there when it has been validated, which the framework has done in a thread; what it
    asks for afterwards, while everybody waits, is handed on as it is. Answers are written whole: no route leaves fields out."""

    def __init__(self, field: ModelField) -> None:
        # What it knows of its type is taken over, since finding that out anew takes long.
        self.__dict__.update(field.__dict__)

    def validate(
        self, value: Any, values: dict[str, Any] | None = None, *, loc: tuple[int | str, ...] = ()
    ) -> tuple[Any, list[dict[str, Any]]]:
        shown, faults = super().validate(value, values or {}, loc=loc)
        return (None if faults else self._write(shown)), faults

    def serialize_json(self, value: Any, **_: Any) -> bytes:
        assert isinstance(value, bytes)
        return value

    def _write(self, shown: Any) -> bytes:
        if not isinstance(shown, list) or len(shown) <= AT_ONCE:
            return self._dump(shown)
        pieces = [self._dump(shown[begin : begin + AT_ONCE])[1:-1] for begin in range(0, len(shown), AT_ONCE)]
        return b"[%s]" % b",".join(pieces)

    def _dump(self, shown: Any) -> bytes:
        return self._type_adapter.dump_json(shown, by_alias=True)
