"""What a process made lately, with all that decided it: pages of a list share results and facets, lists share cards."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

A = TypeVar("A")


class Kept(Generic[A]):
    """The `size` answers asked for last, by their keys. For any thread; two that ask at once may both find out."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._answers: OrderedDict[Hashable, A] = OrderedDict()
        self._alone = threading.Lock()

    def get(self, key: Hashable, find_out: Callable[[], A]) -> A:
        with self._alone:
            if key in self._answers:
                self._answers.move_to_end(key)
                return self._answers[key]
        answer = find_out()
        with self._alone:
            self._answers[key] = answer
            while len(self._answers) > self._size:
                self._answers.popitem(last=False)
        return answer
