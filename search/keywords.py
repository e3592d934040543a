"""The words that tell what a paper is about, from its title and abstract alone.

Pure. They fill papers.cool's `keywords="…"` attribute and make the query of the [REL] link: a comma list, of which any
may match. A word's weight is how often it stands there, the title counting more, times how telling it is: words that
every abstract has tell nothing, words of a whole field tell little, all others tell most. The lists below are base
forms, chosen among the words that stand in more than 1 % of arXiv's abstracts (counted on 110,000 of them).
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from coolpapers.tex import split_math

TITLE_FACTOR = 3.0  # a word of the title is worth three of the abstract
COMMON_WEIGHT = 0.05
FEW = 3  # words; only a paper with fewer than that gets common ones
FIELD_WEIGHT = 0.5

_FUNCTION = frozenset(
    "about above across after again against all almost along already also although always among an and another any "
    "are around as at away because been before being below beside between beyond both but by can cannot com could "
    "despite did do does done down due during each eight either else enough etc even ever every few first five for "
    "four from further github had has have having hence her here his how however http https if in including indeed "
    "instead into is it its itself just last latter least less like many may meanwhile might more moreover most much "
    "must near neither never nine no nor not notably nothing now of off often on once one ones only onto or org other "
    "others otherwise our out over own per perhaps quite rather same second seven several shall she should since six "
    "so some still such ten than that the their them themselves then there thereby therefore these they third this "
    "those though three through throughout thus till to together too toward towards two under unless unlike until up "
    "upon us use used uses using usually various very via was way ways we well were what when where whereas whether "
    "which while who whole whom whose why will with within without would www yet you your".split()
)
_COMMON = frozenset(
    "ability able academic account accuracy accurate achieve achievement acquire action active actual adapt adaptive "
    "add addition additional address adopt advance advantage affect aid aim allow alone alternative amount analyse "
    "analysis analytical analyze answer appear applicable application apply approach appropriate approximate "
    "arbitrary area argue arise art article artificial aspect assess assessment associate assume assumption attempt "
    "attract author automate automatic availability available average base baseline basic basis become begin behavior "
    "behaviour benchmark benefit best better big bound bring broad build call capability capable capacity capture "
    "careful carry case category cause central certain challenge change characteristic characterize choice choose "
    "class classic classical clear close code collect collection combination combine common community comparable "
    "comparative compare comparison competitive complement complementary complete complex complexity component "
    "comprehensive computation computational compute computer concept concern conclude condition conduct confirm "
    "connect consider considerable consist consistent constant construct construction contain content context "
    "contrast contribute contribution control conventional core correct correspond cost cover create criteria "
    "critical crucial current data dataset date deal decade decrease deep define definition degree deliver "
    "demonstrate demonstration depend deploy deployment derive describe description design desire detail determine "
    "develop development device differ difference different difficult difficulty direct direction discover discuss "
    "discussion distinct diverse diversity domain dramatic drive drop dynamic ease easy effect effective efficacy "
    "efficiency efficient effort element eliminate emerge empirical employ enable encounter end end-to-end enhance "
    "enhancement ensure entire environment equal equip error essential establish estimate evaluate evaluation event "
    "evidence exact examine example exceed excellent exhibit exist existence existing expand expect expensive "
    "experience experiment experimental explain explicit exploit explore exposure express extend extension extensive "
    "external extra extract face facilitate fact factor fail fall family far fast feasible feature feedback field "
    "figure final find finding fine finite fix flexible focus follow form formal former formulate formulation "
    "foundation framework free frequent full fully function fundamental furthermore future gain gap general "
    "generalize generic give global goal good great group grow growth guarantee guide hand handle hard heavy help "
    "hidden high high-quality highlight hold hope huge human hundred hypothesis hypothesize idea ideal identify "
    "illustrate impact implement implementation implication implicit imply importance important impose improve "
    "improvement include incorporate increase independent indicate individual infer influence inform information "
    "inherent initial input insight inspire instance integrate integration interest interesting internal interpret "
    "introduce intuition intuitive investigate investigation involve issue item iterative join joint keep key kind "
    "know knowledge known label lack large large-scale last late layer lead learn leave length level leverage lie "
    "light limit limitation line list literature little local long long-term lot low low-cost machine main mainly "
    "maintain major make manage manner manual map mark match mathematical maximise maximize maximum mean meaning "
    "meaningful means measure measurement mechanism meet mention method methodology metric minimal minimise minimize "
    "minimum minor mitigate mode model moderate modern module motivate move name natural naturally nature necessary "
    "need new next non normal note notion novel novelty number numerical object objective observation observe obtain "
    "offer open open-source operate operation optimal order original outcome outperform output overall overcome "
    "overlook overview pair paper parallel parameter part partial particular past path pattern people perform "
    "performance performed period perspective phase phenomenon pipeline place play point pool poor popular pose "
    "position possess possible potential power powerful practical practice precise predict prefer preliminary present "
    "preserve prevalent prevent previous primary principle prior problem procedure process produce product progress "
    "project prominent promise promising promote proof property propose prove provide public publish purpose put "
    "quality quantity question quick raise random range rank rapid rate ratio reach read real real-time real-world "
    "realistic reality reason reasonable receive recent reduce reduction refer reference refine regard region relate "
    "relation relationship relative release relevant reliable rely remain remarkable remove replace report represent "
    "representation representative require requirement research researcher resource respect respective response rest "
    "restrict result reveal review rich rise robust role root rough rule run sample satisfy scale scenario scheme "
    "science scientific scope score search section see seek seem select selection sense sensitive separate sequence "
    "series serve set setting setup shape share short show side sign significance significant similar similarity "
    "simple simplify simply simulate simulation simultaneous single situation size small solid solution solve "
    "sophisticated source space span special specific specify speed stage standard start state state-of-the-art "
    "statistical stem step straightforward strategy strength strong structure study subject substantial substantive "
    "succeed success successful successive suffer sufficient suggest suitable superior support surpass survey system "
    "systematic tackle take target task technical technique technology tend term test theoretical theory thing "
    "thorough thousand tie time tool top topic total traditional train transform treat treatment trend true try turn "
    "type typical understand understanding unify unique unit universal unknown update useful user utility utilize "
    "valid validate validation valuable value variable variant variation variety vary vast version view want weak "
    "week weight well-known wide widespread work world write year yield".split()
)
_FIELD = frozenset(
    "agent algorithm alignment architecture attention automatic classification cloud communication convergence "
    "convolution convolutional decision deep-learning detection diffusion distribution embedding energy equation "
    "estimation expert generation generative gpt gradient graph image inference intelligence interaction language "
    "learning linear llm llms loss matrix memory modality multimodal network neural neuron noise optimization "
    "planning policy prediction prompt query reasoning recognition regression retrieval robot robotic robustness "
    "security semantic sensing sensor software stochastic supervised temporal text token training transformer vector "
    "video vision visual web".split()
)
_NOT_TELLING = _FUNCTION | _COMMON

_LETTER = re.compile("[a-z]")
_WORD = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_COMMAND = re.compile(r"\\[A-Za-z]+|\bhttps?://\S+")
# Endings and what stands in their place; the plural that fits best comes last.
_ENDINGS = (
    ("ly", ""), ("ing", ""), ("ing", "e"), ("ed", ""), ("ed", "e"), ("ied", "y"),
    ("s", ""), ("ses", "s"), ("xes", "x"), ("shes", "sh"), ("ches", "ch"), ("ies", "y"), ("sses", "ss"), ("ss", "ss"),
    ("us", "us"), ("is", "is"),
)  # fmt: skip
_NO_ADVERBS = frozenset("anomaly assembly butterfly family fly friendly monopoly multiply supply poly".split())


def telling_words(title: str, abstract: str, limit: int = 10) -> tuple[str, ...]:
    """At most `limit` words of [a-z0-9-] with at least three letters, most telling first; none beside its plural."""
    texts = (_words(title), TITLE_FACTOR), (_words(abstract), 1.0)
    told = _most_telling(texts, FIELD_WEIGHT)
    if len(told) < FEW:
        told, limit = _most_telling(texts, COMMON_WEIGHT), min(FEW, limit)
    return tuple(told[:limit])


def _most_telling(texts: Iterable[tuple[list[str], float]], least: float) -> list[str]:
    """The words of a weight of at least that, each as it comes first, by weight; of equals, what comes first."""
    scores: dict[str, float] = {}
    shown: dict[str, str] = {}
    for words, factor in texts:
        if least > COMMON_WEIGHT:  # half of a text at once
            words = [word for word in words if word not in _NOT_TELLING]
        for word in words:
            base, weight = _base_and_weight(word)
            if weight < least:
                continue
            if base in scores:
                scores[base] += weight * factor
            else:
                scores[base] = weight * factor
                shown[base] = word
    return [shown[base] for base in sorted(scores, key=scores.__getitem__, reverse=True)]


def _words(text: str) -> list[str]:
    if "$" in text or "\\" in text:
        text = " ".join(text[part.start : part.end] for part in split_math(text) if not part.math)
    if "\\" in text or "://" in text:
        text = _COMMAND.sub(" ", text)
    return _WORD.findall(text.lower())


@lru_cache(maxsize=65_536)
def _base_and_weight(word: str) -> tuple[str, float]:
    """What counts as the same word, and how telling it is; 0 for what is no keyword."""
    if len(word) > 40 or len(_LETTER.findall(word)) < 3 or word in _FUNCTION:
        return word, 0.0
    forms = _forms(word)
    base = forms[-1] if word.endswith("s") else word
    if base != word and _base_and_weight(base)[1] == COMMON_WEIGHT:  # "scalings": "scaling" is of "scale"
        return base, COMMON_WEIGHT
    if any(form in _COMMON for form in forms) or (word.endswith("ly") and word not in _NO_ADVERBS):
        return base, COMMON_WEIGHT
    if "-" in word and all(part in _COMMON or part in _FUNCTION for part in word.split("-")):
        return base, COMMON_WEIGHT
    return base, FIELD_WEIGHT if any(form in _FIELD for form in forms) else 1.0


def _forms(word: str) -> list[str]:
    """The word and what it may be an inflection of; of a plural, the singular last."""
    forms = [word]
    for ending, rest in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) + len(rest) >= 3:
            forms.append(word.removesuffix(ending) + rest)
    return forms
