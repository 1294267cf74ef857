"""Reading words: accents folded, endings cut, synonyms named, and a guess at the language."""

import re
import unicodedata
from functools import lru_cache

from frontdesk.domain.thesaurus import MEANINGS, PHRASES, STOP_WORDS

_WORD = re.compile(r"[^\W_]+")
_ENDINGS = (
    *("amientos", "amiento", "imientos", "imiento", "aciones", "acion", "izacao", "acoes", "acao", "ations", "ation"),
    *("mente", "ments", "ment", "ings", "ing", "ados", "adas", "idos", "idas", "ado", "ada", "ido", "ida"),
    *("ies", "ers", "ed", "es", "er", "ar", "ir", "os", "as", "am", "an", "em", "en", "s", "y", "a", "e", "o"),
)
_OF_VERBS = frozenset({"er", "ar", "ir", "am", "an", "em", "en"})  # English nouns end so too: `clean`, `clear`
_SHORTEST_STEM = 3

_TELLING = {
    "en": "the is are do you your i my what how when where which can does have please thanks hello hi much and for of",
    "es": "el los las usted ustedes es son cuanto cuando donde hola gracias tienen hay puedo quiero una con por y mi "
    "cual esta abren cuesta buenos venden aceptan necesito",
    "pt": "os um uma voce voces sao quanto quando onde ola obrigado obrigada tem posso quero com e meu minha qual ao "
    "abrem custa bom nao fazem vendem aceitam preciso",
    "fr": "le les vous je bonjour merci est combien ou quand une avec et mon votre quel etes avez puis pas",
    "de": "der die das sie ich ist sind hallo danke wie wann wo was kostet und ein eine haben kann mein ihr nicht",
    "it": "il lo gli voi ciao grazie quanto quando dove avete posso un una con e mio che siete sono buongiorno costa",
}
_LANGUAGES = {language: frozenset(words.split()) for language, words in _TELLING.items()}


def fold(text: str) -> str:
    """Lower case without accents."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def plain_words(text: str) -> list[str]:
    """The folded words of a text, in order, with an apostrophe read as nothing (`don't` is `dont`)."""
    return _WORD.findall(fold(text).replace("'", "").replace("’", ""))


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """The word without its ending: a light cut that serves English, Spanish and Portuguese alike."""
    if len(word) <= _SHORTEST_STEM or not word.isalpha():
        return word
    for ending in _ENDINGS:
        least = _SHORTEST_STEM + (ending in _OF_VERBS)
        if word.endswith(ending) and len(word) - len(ending) >= least:
            word = word[: -len(ending)]
            break
    return word[:-1] if len(word) > _SHORTEST_STEM and word[-1] == word[-2] else word


_STEM_MEANINGS: dict[str, str] = {}
for _word, _meaning in MEANINGS.items():
    if len(stem(_word)) > _SHORTEST_STEM:  # shorter ones mean too much: `car` is the stem of `care` and of `caro`
        _STEM_MEANINGS.setdefault(stem(_word), _meaning)


def meaning(word: str) -> str:
    """The name of the word's meaning where the thesaurus has it (`=price`), else its stem."""
    named = MEANINGS.get(word) or _STEM_MEANINGS.get(stem(word))
    return f"={named}" if named else stem(word)


def telling_words(text: str) -> list[str]:
    """The folded words of a text without those that every sentence has; what is said in several words is one."""
    padded = f" {' '.join(plain_words(text))} "
    for phrase, read_as in PHRASES:
        if f" {phrase} " in padded:
            padded = padded.replace(f" {phrase} ", f" {read_as} ")
    return [word for word in padded.split() if word not in STOP_WORDS]


def trigrams(word: str) -> frozenset[str]:
    """The runs of three letters of a word, with its borders marked."""
    padded = f"^{word}$"
    return frozenset(padded[start : start + 3] for start in range(len(padded) - 2))


def guess_language(text: str) -> str | None:
    """`en`, `es`, `pt`, `fr`, `de` or `it`; None when the words do not tell."""
    words = plain_words(text)
    counts = {language: sum(word in telling for word in words) for language, telling in _LANGUAGES.items()}
    best = max(counts, key=lambda language: counts[language])
    rivals = [count for language, count in counts.items() if language != best]
    return best if counts[best] > max(rivals) else None
