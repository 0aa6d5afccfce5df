"""The array types of a market, and read-only views in exactly those types."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from values.problems import bad_input

Bool = NDArray[np.bool_]
Int8 = NDArray[np.int8]
Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]
Unsigned = NDArray[np.unsignedinteger]

Number = TypeVar("Number", bound=np.generic)


def read_only(values: ArrayLike, kind: type[Number], name: str) -> NDArray[Number]:
    """A read-only contiguous view; nothing is copied that has the type already.

    Kernels are compiled once per type, and a read-only array is a type of its own: what belongs to a market
    always comes through here.

    Raises:
        BadInput: `market.array_type` if the numbers are not integers (or booleans) that fit the type.
    """
    array = np.asarray(values)
    wanted = np.dtype(kind)
    if array.dtype != wanted and array.size:
        fits = array.dtype.kind in "iub" and (wanted.kind == "b") == (array.dtype.kind == "b")
        if fits and wanted.kind in "iu":
            limits = np.iinfo(wanted)
            fits = int(array.min()) >= limits.min and int(array.max()) <= limits.max
        if not fits:
            raise bad_input("market.array_type", name=name, type=wanted.name)
    view = np.ascontiguousarray(array, dtype=wanted).view()
    view.flags.writeable = False
    return view
