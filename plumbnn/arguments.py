"""What the doors of the rooms ask of their arguments: what their annotations say, in their words.

`asked` makes a function that refuses what its annotations do not admit, with the room's own error;
`at_the_door` does it for a public function of a package. Callers inside a room import the
functions where they are defined, and pay nothing.
"""

from __future__ import annotations

import functools
import inspect
import math
import numbers
import os
import sys
import types
import typing
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, TypeVar

__all__ = ["asked", "at_the_door"]

F = TypeVar("F", bound=Callable[..., Any])
#: An error that takes argument, found and accepted by keyword.
Refusal = Callable[..., Exception]

_WORDS = {float: "a number", int: "a whole number of 64 bits", str: "text", bool: "True or False",
          type(None): "None", Callable: "a function"}  # fmt: skip
_ELEMENTS = 100  # of a sequence that are looked at


def asked(refusal: Refusal) -> Callable[[F], F]:
    """A decorator: arguments that the annotations do not admit raise `refusal`.

    NaN is no number, True no whole number, text no sequence. What is annotated as a tensor is left
    to the function, since nested lists of numbers are tensors too; so is whatever is annotated by
    a name that cannot be found when the function runs.
    """

    def decorate(function: F) -> F:
        signature = inspect.signature(function)

        @functools.wraps(function)
        def checked(*args: Any, **kwargs: Any) -> Any:
            bound = signature.bind(*args, **kwargs)
            for name, hint in _hints(function).items():
                kind = signature.parameters[name].kind
                if name not in bound.arguments:
                    continue
                given = bound.arguments[name]
                parts = given.items() if kind is inspect.Parameter.VAR_KEYWORD else [(name, given)]
                for argument, value in parts:
                    if not _admits(hint, value):
                        raise refusal(argument=argument, found=_shown(value), accepted=_word(hint))
            return function(*args, **kwargs)

        return checked  # type: ignore[return-value]

    return decorate


def at_the_door(function: Any, package: str, refusal: Refusal) -> Any:
    """A public function as its package shows it; anything else as it is."""
    if inspect.isclass(function) or not callable(function):
        return function
    if not hasattr(function, "__annotations__"):  # an object that can be called
        return function
    shown = asked(refusal)(function)
    shown.__module__ = package
    return shown


@functools.cache
def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    """The annotation of every parameter that can be found."""
    known = {**vars(typing), **sys.modules[function.__module__].__dict__}
    found = {}
    for name, text in function.__annotations__.items():
        if name == "return":
            continue
        try:
            found[name] = eval(text, known) if isinstance(text, str) else text
        except NameError:  # imported for type checkers only
            continue
    return found


def _admits(hint: Any, value: Any) -> bool:
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return any(_admits(part, value) for part in parts)
    if origin is typing.Literal:
        return any(type(value) is type(part) and value == part for part in parts)
    if hint is float:
        return isinstance(value, numbers.Real) and not isinstance(value, bool) and _is_number(value)
    if hint is int:
        whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
        return whole and -(2**63) <= int(value) < 2**63
    kind = origin or hint
    if kind in (Sequence, Iterable, Collection, list, tuple):
        return _is_listing(value) and all(_admits(p, v) for p, v in _elements(value, kind, parts))
    if kind in (Mapping, dict):
        within = isinstance(value, Mapping)
        return within and (not parts or all(_admits(parts[1], v) for v in _first(value.values())))
    return _is_instance(kind, value)


def _is_instance(kind: Any, value: Any) -> bool:
    if kind is None:
        return value is None
    unknown = not isinstance(kind, type) or kind.__name__ == "Tensor"
    if unknown or (getattr(kind, "_is_protocol", False) and kind is not Callable):
        return True
    try:
        return isinstance(value, kind)
    except TypeError:  # no class that an object can be an instance of
        return True


def _is_number(value: Any) -> bool:
    try:
        return not math.isnan(float(value))
    except (OverflowError, ValueError, TypeError):
        return False


def _is_listing(value: Any) -> bool:
    """Anything one can walk through but text, a mapping or a tensor."""
    other = isinstance(value, str | bytes | Mapping) or type(value).__name__ == "Tensor"
    return isinstance(value, Iterable) and not other


def _elements(value: Any, kind: Any, parts: Sequence[Any]) -> Iterable[tuple[Any, Any]]:
    """The first elements with their annotations; none of what is walked through only once."""
    if not isinstance(value, list | tuple) or not parts:
        return []
    if kind is tuple and Ellipsis not in parts:
        return zip(parts, value, strict=False)
    return [(parts[0], element) for element in _first(value)]


def _first(values: Iterable[Any]) -> Iterable[Any]:
    return [value for value, _ in zip(values, range(_ELEMENTS), strict=False)]


def _shown(value: Any) -> str:
    if isinstance(value, bool | int | float | str) or value is None:
        try:
            return repr(value)[:80]
        except ValueError:  # Python prints no whole number of so many digits
            return "a whole number of thousands of digits"
    return f"a {type(value).__name__}"


def _word(hint: Any) -> str:
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(dict.fromkeys(_word(part) for part in parts))
    if origin is typing.Literal:
        return " or ".join(repr(part) for part in parts)
    kind = origin or hint
    if kind in _WORDS:
        return _WORDS[kind]
    if kind in (Sequence, Iterable, Collection, list, tuple):
        return f"a list, each {_word(parts[0])}" if parts else "a list"
    if kind in (Mapping, dict):
        return "a dictionary"
    if kind is os.PathLike:
        return "a path"
    return f"a {getattr(kind, '__name__', kind)}"
