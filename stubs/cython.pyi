"""What mypy knows of the module ``cython`` when it reads the modules that are compiled: C numbers are ints."""

from collections.abc import Callable
from typing import Any, TypeVar

_Any = TypeVar("_Any")
_Called = TypeVar("_Called", bound=Callable[..., Any])
_Class = TypeVar("_Class", bound=type[Any])

bint = bool
uchar = int
schar = int
short = int
ushort = int
uint = int
long = int
ulong = int
longlong = int
ulonglong = int
size_t = int
Py_ssize_t = int
Py_UCS4 = Any  # a sign, or its number: C has one type for both
Py_hash_t = int
double = float

compiled: bool

def declare(kind: Any, value: _Any = ..., *, visibility: str = ...) -> _Any: ...
def cast(kind: Any, value: Any) -> Any: ...
def cfunc(function: _Called) -> _Called: ...
def ccall(function: _Called) -> _Called: ...
def inline(function: _Called) -> _Called: ...
def cclass(kind: _Class) -> _Class: ...
def final(kind: _Class) -> _Class: ...
def freelist(size: Any) -> Callable[[_Class], _Class]: ...
def exceptval(value: Any = ..., *, check: bool = ...) -> Callable[[_Called], _Called]: ...
def returns(kind: Any) -> Callable[[_Called], _Called]: ...
