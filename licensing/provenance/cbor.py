"""A reader of CBOR (RFC 8949) that believes no length before it has seen the bytes. For looking, not for writing."""

from typing import Any

__all__ = ["Cbor", "CborInvalid"]

_MOST_ITEMS = 200_000
_DEEPEST = 32
_BREAK = object()
_INDEFINITE = 31


class CborInvalid(ValueError):
    """The bytes are cut off, nested or numerous beyond reason, or no CBOR."""


class Cbor:
    """Reads items from the front of `data`; `at` is where the next one begins.

    Maps come with text and whole numbers as keys only, simple values and floats as None, tags as what they tag.
    """

    def __init__(self, data: bytes) -> None:
        self.data, self.at, self._left = data, 0, _MOST_ITEMS

    def item(self) -> Any:
        """The next item. Raises CborInvalid."""
        value = self._item(0)
        if value is _BREAK:
            raise CborInvalid
        return value

    def _item(self, depth: int) -> Any:
        self._left -= 1
        if depth > _DEEPEST or self._left < 0:
            raise CborInvalid
        first = self._take(1)[0]
        major, small = first >> 5, first & 31
        if first == 0xFF:
            return _BREAK
        count = self._argument(small) if small != _INDEFINITE else None
        if major in (2, 3):
            raw = self._take(count) if count is not None else self._chunks(major)
            return raw if major == 2 else raw.decode("utf-8", "replace")
        if major in (4, 5):
            items = self._items(depth, None if count is None else count * (major - 3))
            return items if major == 4 else _table(items)
        if count is None:
            raise CborInvalid
        if major == 6:
            return self._item(depth + 1)
        return {0: count, 1: -1 - count}.get(major)

    def _items(self, depth: int, count: int | None) -> list[Any]:
        items: list[Any] = []
        while count is None or len(items) < count:
            item = self._item(depth + 1)
            if item is _BREAK:
                if count is None:
                    return items
                raise CborInvalid
            items.append(item)
        return items

    def _chunks(self, major: int) -> bytes:
        found = b""
        while True:
            first = self._take(1)[0]
            if first == 0xFF:
                return found
            if first >> 5 != major or first & 31 == _INDEFINITE:
                raise CborInvalid
            found += self._take(self._argument(first & 31))

    def _argument(self, small: int) -> int:
        if small < 24:
            return small
        if small > 27:
            raise CborInvalid
        return int.from_bytes(self._take(1 << (small - 24)), "big")

    def _take(self, count: int) -> bytes:
        if count > len(self.data) - self.at:
            raise CborInvalid
        self.at += count
        return self.data[self.at - count : self.at]


def _table(items: list[Any]) -> dict[Any, Any]:
    keys = items[::2]
    if len(items) % 2 or not all(isinstance(key, (int, str)) for key in keys) or len(set(keys)) != len(keys):
        raise CborInvalid
    return dict(zip(keys, items[1::2], strict=True))
