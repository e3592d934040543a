r"""Which formulas may stand as formulas in somebody's LaTeX document.

Pure. A formula of a title is TeX of strangers: `\input`, `\write` or `^^5cinput` in it would run, a lone brace or `%`
would swallow what follows, and a command of a package that is not loaded would stop the run. Only whole formulas of
commands that draw pass; the others are text.
"""

import re
from functools import lru_cache

from latex2mathml.symbols_parser import parse_symbols

from coolpapers.tex import formula_source

# Commands of LaTeX and amsmath that build formulas; symbols are those that coolpapers/mathml.py knows, too.
_BUILDING = frozenset(
    rf"\{name}"
    for name in (
        "frac dfrac tfrac cfrac binom dbinom tbinom sqrt over atop choose stackrel overset underset overline underline "
        "overbrace underbrace hat widehat tilde widetilde bar vec dot ddot check breve acute grave mathring left right "
        "middle big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr limits nolimits text textrm textit textbf texttt "
        "textsf textsc textup textnormal mathrm mathbf mathit mathsf mathtt mathcal mathbb mathfrak mathscr mathnormal "
        "boldsymbol operatorname rm bf it sf tt cal displaystyle textstyle scriptstyle quad qquad not mod bmod pmod "
        "sin cos tan cot sec csc log ln lg exp max min sup inf lim liminf limsup arg det dim gcd hom ker Pr deg sinh "
        "cosh tanh coth arcsin arccos arctan"
    ).split()
) | {f"\\{sign}" for sign in ",;:!%#&_{}| -"}
_COMMAND = re.compile(r"\\(?:[A-Za-z]+|.|$)", re.DOTALL)
_BRACE = re.compile(r"(\\?)([{}])")


@lru_cache(maxsize=1)
def _drawing() -> frozenset[str]:
    return _BUILDING | {name for name in parse_symbols() if name.startswith("\\")}


@lru_cache(maxsize=4_096)
def safe_formula(formula: str) -> str:
    """The formula between dollars, or "" where it is to be text."""
    source = formula_source(formula).strip()
    bare = _COMMAND.sub("", source)
    wrong = not source or "^^" in source or "@" in source or any(sign in bare for sign in "%#&~$")
    if wrong or not all(command in _drawing() for command in _COMMAND.findall(source)) or not _is_closed(source):
        return ""
    return f"${source}$"


def _is_closed(source: str) -> bool:
    """Whether its braces close in order, by TeX's count and by BibTeX's, to which a brace behind a backslash is one."""
    of_tex = of_bibtex = 0
    for backslash, brace in _BRACE.findall(source):
        step = 1 if brace == "{" else -1
        of_bibtex += step
        of_tex += 0 if backslash else step
        if of_tex < 0 or of_bibtex < 0:
            return False
    return of_tex == of_bibtex == 0
