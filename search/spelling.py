"""What a mistyped word may have been: words one slip away, and whether two words are at most two slips apart.

Pure. A slip is a letter too many, too few or another one, or two neighbours swapped (Damerau's distance, each place
touched once). Words are in lower case.
"""

from string import ascii_lowercase

LONGEST = 30
SHORTEST = 3  # letters: of a shorter word nearly all is one slip away
SHORTEST_FOR_TWO = 6
SAME_START = 2  # letters, where two slips are allowed


def one_slip(word: str) -> set[str]:
    """All that is one slip away, words or not: 52 for each letter, and 25."""
    cuts = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    fewer = {start + end[1:] for start, end in cuts if end}
    swapped = {start + end[1] + end[0] + end[2:] for start, end in cuts if len(end) > 1}
    other = {start + letter + end[1:] for start, end in cuts if end for letter in ascii_lowercase}
    more = {start + letter + end for start, end in cuts for letter in ascii_lowercase}
    return (fewer | swapped | other | more) - {word}


def is_within_two(word: str, other: str) -> bool:
    """Whether two slips or fewer lead from one to the other."""
    if abs(len(word) - len(other)) > 2 or len(set(word) ^ set(other)) > 4:
        return False
    before: list[int] = []
    row = list(range(len(other) + 1))
    for at, letter in enumerate(word, 1):
        last, before, row = before, row, [at]
        for to, wanted in enumerate(other, 1):
            least = min(before[to] + 1, row[-1] + 1, before[to - 1] + (letter != wanted))
            if at > 1 < to and letter == other[to - 2] and word[at - 2] == wanted:
                least = min(least, last[to - 2] + 1)
            row.append(least)
        if min(row) > 2:
            return False
    return row[-1] <= 2
