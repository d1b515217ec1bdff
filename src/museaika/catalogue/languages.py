"""The languages songs are sung in: ISO 639 codes and their English names."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from museaika.errors import FieldError, Invalid

INSTRUMENTAL = "zxx"
"""ISO 639's code for "no linguistic content"."""

LANGUAGES: Mapping[str, str] = MappingProxyType(
    {
        "af": "Afrikaans", "am": "Amharic", "ar": "Arabic", "bm": "Bambara", "bn": "Bengali", "bg": "Bulgarian",
        "ca": "Catalan", "cs": "Czech", "cy": "Welsh", "da": "Danish", "de": "German", "el": "Greek",
        "en": "English", "es": "Spanish", "et": "Estonian", "fa": "Persian", "fi": "Finnish", "fr": "French",
        "ga": "Irish", "gd": "Scottish Gaelic", "he": "Hebrew", "hi": "Hindi", "hr": "Croatian",
        "hu": "Hungarian", "hy": "Armenian", "id": "Indonesian", "is": "Icelandic", "it": "Italian",
        "ja": "Japanese", "ka": "Georgian", "kea": "Cape Verdean Creole", "ko": "Korean", "la": "Latin",
        "ln": "Lingala", "mn": "Mongolian", "nl": "Dutch", "no": "Norwegian", "pa": "Punjabi",
        "pcm": "Nigerian Pidgin", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian",
        "rom": "Romani", "ru": "Russian",
        "sr": "Serbian", "st": "Sotho", "sv": "Swedish", "sw": "Swahili", "ta": "Tamil", "te": "Telugu",
        "th": "Thai", "tl": "Filipino", "tmh": "Tamashek", "tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu",
        "vi": "Vietnamese", "wo": "Wolof", "xh": "Xhosa", "yo": "Yoruba", "zh": "Chinese", "zu": "Zulu",
        INSTRUMENTAL: "instrumental",
    }
)  # fmt: skip

_BY_NAME = {name.casefold(): code for code, name in LANGUAGES.items()}


def find_language(word: str) -> str:
    """Return the code of a language given by code (a region after it is ignored, `pt-BR`) or English name.

    Raises:
        Invalid: code `unknown_language`.
    """
    key = word.strip().casefold()
    code = _BY_NAME.get(key) or key.replace("_", "-").split("-")[0]
    if code not in LANGUAGES:
        message = (
            f"'{word.strip()[:40]}' is not a language we know. Give a code such as en, es, pt, fr, ja, its "
            "English name, or 'instrumental' for music without words."
        )
        raise Invalid(message, code="unknown_language", errors=(FieldError(("language",), message),))
    return code
