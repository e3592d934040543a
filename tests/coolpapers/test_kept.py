"""What is kept of what was asked lately."""

import pytest

from coolpapers.kept import Kept


def test_answer_is_found_out_once_and_the_one_asked_longest_ago_goes_first() -> None:
    asked: list[int] = []
    kept = Kept[int](2)

    def ask(number: int) -> int:
        return kept.get(number, lambda: asked.append(number) or number * 10)

    assert [ask(number) for number in (1, 2, 1, 3, 1, 2)] == [10, 20, 10, 30, 10, 20]
    assert asked == [1, 2, 3, 2]


def test_what_failed_is_asked_anew() -> None:
    kept = Kept[str](2)
    with pytest.raises(OSError, match="disk"):
        kept.get("a", lambda: (_ for _ in ()).throw(OSError("disk")))
    assert kept.get("a", lambda: "well") == "well"
