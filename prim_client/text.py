"""PRIM's HTML as plain text for reading by machines, and as safe HTML for the screen.

What the feed holds (docs/prim.md): numeric entities, styled spans, nested paragraphs, emoji,
zero-width spaces, double-escaped titles, and names in angle brackets (`Antony <RER>`) that a tag
stripper eats. Every text is capped before anything else looks at it: a hostile megabyte costs no more
than the cap.
"""

from __future__ import annotations

import html as entities
import re
import unicodedata

import nh3
from selectolax.lexbor import LexborHTMLParser

HTML_MAX_CHARS = 20_000  # the longest message on record has 2,242
TEXT_MAX_CHARS = 10_000  # sentiment is quadratic on hostile input beyond this
TITLE_MAX_CHARS = 500

_BLOCKS = (
    "address article aside blockquote br caption dd div dl dt figcaption figure footer form h1 h2 h3 h4 h5 h6 "
    "header hr li main nav ol option p pre section table tbody td tfoot th thead tr ul"
).split()
_INLINE = (
    "a abbr acronym audio b base bdi bdo big body button canvas center cite code col colgroup data del details "
    "dfn dialog em embed fieldset font frame frameset head html i iframe img input ins kbd label legend link map "
    "mark marquee math meta meter nobr noscript object output param picture progress q rp rt ruby s samp script "
    "select small source span strike strong style sub summary sup svg template textarea time title track tt u "
    "var video wbr"
).split()
_UNSEEN = ("script", "style", "template", "noscript", "iframe", "object", "svg", "math", "title", "textarea")
_SHOWN_TAGS = set("a b br em h3 h4 i li ol p strong u ul".split())
_LINK_REL = "noopener noreferrer nofollow"
_UNESCAPES_MAX = 3  # double-escaped is common, thrice has been seen once

# Controls, soft hyphen, zero-width and bidirectional marks, lone surrogates, non-characters.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\uffff\ud800-\udfff]"
)
_TAG = re.compile(rf"</?(?:{'|'.join(_BLOCKS + _INLINE)})(?=[\s/>])[^<>]*>", re.IGNORECASE)
_NAME_IN_BRACKETS = re.compile(
    rf"<(?!(?:{'|'.join(_BLOCKS + _INLINE)})(?=[\s/>]))([^\W\d_][^<>=\"':/!]{{0,60}})>", re.IGNORECASE
)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]{2,31}\d{0,2});")
_SPACES = re.compile(r"[^\S\n]+")
_LINE_BREAKS = re.compile(r" ?\n[ \n]*")


def plain_text(html: str) -> str:
    """`html` as text: blocks and `<br>` become newlines, names in angle brackets stay, entities are read.

    At most TEXT_MAX_CHARS characters, NFC, no control or zero-width characters, no empty lines.

    >>> plain_text("<p>Trafic interrompu<br>vers Antony <RER>.</p><p>Motif&nbsp;: gr&#232;ve</p>")
    'Trafic interrompu\\nvers Antony <RER>.\\nMotif : grève'
    """
    text = _strip_markup(_visible(html))
    for _ in range(_UNESCAPES_MAX - 1):
        if not (_TAG.search(text) or _ENTITY.search(text)):
            break
        text = _strip_markup(text)
    return _tidy(text)[:TEXT_MAX_CHARS].rstrip()


def plain_title(html: str) -> str:
    """`html` as one line of text of at most TITLE_MAX_CHARS characters.

    >>> plain_title("M&amp;eacute;tro 4 : gr&amp;#232;ve")
    'Métro 4 : grève'
    """
    return " ".join(plain_text(html[:HTML_MAX_CHARS]).split())[:TITLE_MAX_CHARS].rstrip()


def safe_html(html: str) -> str:
    """`html` for display: only simple tags, links to http(s) with `rel`, no attribute else, no script.

    >>> safe_html('<p onclick="x()">Voir <a href="javascript:x()">ici</a>, Antony <RER></p>')
    '<p>Voir <a rel="noopener noreferrer nofollow">ici</a>, Antony &lt;RER&gt;</p>'
    """
    source = _visible(html)
    if not _TAG.search(source) and "&lt;" in source:  # escaped as a whole: `&lt;p&gt;…`
        unescaped = entities.unescape(source)
        source = unescaped if _TAG.search(unescaped) else source
    return nh3.clean(
        _keep_names(source),
        tags=_SHOWN_TAGS,
        attributes={"a": {"href"}},
        url_schemes={"http", "https"},
        url_relative="deny",
        link_rel=_LINK_REL,
    )


def _visible(html: str) -> str:
    return _INVISIBLE.sub("", html[:HTML_MAX_CHARS])


def _keep_names(html: str) -> str:
    """`<RER>` as `&lt;RER&gt;`: no element of HTML has that name, so it is part of the text."""
    return _NAME_IN_BRACKETS.sub(r"&lt;\1&gt;", html)


def _strip_markup(html: str) -> str:
    broken = _TAG.sub(_newline_around_block, _keep_names(html))
    tree = LexborHTMLParser(broken)
    for element in tree.css(", ".join(_UNSEEN)):
        element.decompose()
    return tree.body.text() if tree.body else ""


def _newline_around_block(match: re.Match[str]) -> str:
    name = re.match(r"</?([a-zA-Z0-9]+)", match[0])[1].lower()
    return f"\n{match[0]}" if name in _BLOCKS else match[0]


def _tidy(text: str) -> str:
    """One space between words, one newline between lines, composed accents."""
    spaced = _SPACES.sub(" ", _INVISIBLE.sub("", unicodedata.normalize("NFC", text)))
    return _LINE_BREAKS.sub("\n", spaced).strip()
