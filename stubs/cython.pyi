"""What the kernel uses of Cython's pure-Python mode, as a type checker should see it.

C types are ``Any``: they also occur as memoryviews (``cython.int[::1]``), for which type checkers have no notation.
"""

import builtins
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, TypeAlias, TypeVar

T = TypeVar("T")
Function = TypeVar("Function", bound=Callable[..., Any])

int: TypeAlias = Any
uint: TypeAlias = Any
longlong: TypeAlias = Any
ulonglong: TypeAlias = Any
uchar: TypeAlias = Any
ushort: TypeAlias = Any
Py_ssize_t: TypeAlias = Any
bint: TypeAlias = Any
void: TypeAlias = None
p_int: TypeAlias = Any
const: Any
compiled: builtins.bool
nogil: _NoGil

class _NoGil(AbstractContextManager[None]):
    def __exit__(self, *details: object) -> None: ...
    def __call__(self, function: Function) -> Function: ...

def cclass(kind: type[T]) -> type[T]: ...
def no_gc(kind: type[T]) -> type[T]: ...
def ccall(function: Function) -> Function: ...
def cfunc(function: Function) -> Function: ...
def inline(function: Function) -> Function: ...
def exceptval(value: object = ..., *, check: builtins.bool = ...) -> Callable[[Function], Function]: ...
def address(variable: object) -> Any: ...
def cast(kind: object, value: object) -> Any: ...
def declare(kind: object, value: object = ..., *, visibility: str = ...) -> Any: ...
