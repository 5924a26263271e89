"""Names of the languages that mails are written in, in the site's languages."""

from __future__ import annotations

from django.utils.translation import get_language, gettext

NAMES = {
    "ar": ("Arabic", "アラビア語"),
    "bg": ("Bulgarian", "ブルガリア語"),
    "de": ("German", "ドイツ語"),
    "el": ("Greek", "ギリシャ語"),
    "en": ("English", "英語"),
    "es": ("Spanish", "スペイン語"),
    "fa": ("Persian", "ペルシア語"),
    "fr": ("French", "フランス語"),
    "he": ("Hebrew", "ヘブライ語"),
    "hi": ("Hindi", "ヒンディー語"),
    "id": ("Indonesian", "インドネシア語"),
    "it": ("Italian", "イタリア語"),
    "ja": ("Japanese", "日本語"),
    "ko": ("Korean", "韓国語"),
    "nl": ("Dutch", "オランダ語"),
    "pl": ("Polish", "ポーランド語"),
    "pt": ("Portuguese", "ポルトガル語"),
    "ru": ("Russian", "ロシア語"),
    "sv": ("Swedish", "スウェーデン語"),
    "th": ("Thai", "タイ語"),
    "tr": ("Turkish", "トルコ語"),
    "uk": ("Ukrainian", "ウクライナ語"),
    "vi": ("Vietnamese", "ベトナム語"),
    "zh": ("Chinese", "中国語"),
}
"""ISO 639-1 -> English and Japanese name, for every language that ``mail.language`` can say."""


def language_name(code: str | None) -> str:
    """The name in the page's language; the code itself for another one; None is "Unknown"."""
    if code is None:
        return gettext("Unknown")
    names = NAMES.get(code)
    return names[get_language() == "ja"] if names else code
