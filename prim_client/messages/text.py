"""PRIM's HTML as plain text for reading by machines, and as safe HTML for the screen.

What the feed holds: numeric entities, styled spans, nested paragraphs, emoji,
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
    "address article aside blockquote br caption dd div dl dt figcaption figure footer form h1 h2 h3 h4 h5 "
    "h6 header hr li main nav ol option p pre section table tbody td tfoot th thead tr ul"
).split()
_INLINE = (
    "a abbr acronym audio b base bdi bdo big body button canvas center cite code col colgroup data del "
    "details dfn dialog em embed fieldset font frame frameset head html i iframe img input ins kbd label "
    "legend link map mark marquee math meta meter nobr noscript object output param picture progress q rp rt "
    "ruby s samp script select small source span strike strong style sub summary sup svg template textarea "
    "time title track tt u var video wbr"
).split()
_UNSEEN = ("script", "style", "template", "noscript", "iframe", "object", "svg", "math", "title", "textarea")
_SHOWN_TAGS = set("a b br em h3 h4 i li ol p strong u ul".split())
_LINK_REL = "noopener noreferrer nofollow"
_UNESCAPES_MAX = 3  # double-escaped is common, thrice has been seen once

# Controls, soft hyphen, zero-width and bidirectional marks, lone surrogates, non-characters, tag characters.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)
_OTHER_LINE_BREAKS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_KNOWN = rf"/?(?:{'|'.join(_BLOCKS + _INLINE)})(?=[\s/>])[^<>]*>"
_TAG = re.compile(f"<{_KNOWN}", re.IGNORECASE)
# A `<` is text unless it opens an element of HTML, a comment, a declaration, or something foreign (`<o:p>`).
_TEXT_BRACKET = re.compile(rf"<(?!{_KNOWN}|[!?][a-z-]|/?[a-z][^<>]{{0,200}}?[=:][^<>]{{0,200}}>)", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]{2,31}\d{0,2});")
_SPACES = re.compile(r"[^\S\n]+")
_ESCAPED_TWICE = re.compile(r"&amp;(?=#\d{1,7};|#[xX][0-9a-fA-F]{1,6};|[a-zA-Z]{2,31}\d{0,2};)")
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
    cleaned = nh3.clean(
        _text_brackets_escaped(_unescaped_once(_visible(html))),
        tags=_SHOWN_TAGS,
        attributes={"a": {"href"}},
        url_schemes={"http", "https"},
        url_relative="deny",
        link_rel=_LINK_REL,
    )
    return _INVISIBLE.sub("", cleaned)


def _visible(html: str) -> str:
    return _INVISIBLE.sub("", _OTHER_LINE_BREAKS.sub("\n", html[:HTML_MAX_CHARS]))


def _unescaped_once(html: str) -> str:
    """`&amp;#233;` as `&#233;`, and HTML that was escaped as a whole (`&lt;p&gt;…`) as HTML."""
    html = _ESCAPED_TWICE.sub("&", html)
    if _TAG.search(html):
        return html
    unescaped = entities.unescape(html)
    return unescaped if _TAG.search(unescaped) else html


def _text_brackets_escaped(html: str) -> str:
    """`<RER>` as `&lt;RER>`: no element of HTML has that name, so it is part of the text."""
    return _TEXT_BRACKET.sub("&lt;", html)


def _strip_markup(html: str) -> str:
    broken = _TAG.sub(_newline_around_block, _text_brackets_escaped(html))
    tree = LexborHTMLParser(broken)
    for element in tree.css(", ".join(_UNSEEN)):
        element.decompose()
    return tree.body.text() if tree.body else ""


def _newline_around_block(match: re.Match[str]) -> str:
    name = re.split(r"[^a-zA-Z0-9]", match[0].lstrip("</"), maxsplit=1)[0].lower()
    return f"\n{match[0]}" if name in _BLOCKS else match[0]


def _tidy(text: str) -> str:
    """One space between words, one newline between lines, composed accents."""
    spaced = _SPACES.sub(" ", _INVISIBLE.sub("", unicodedata.normalize("NFC", text)))
    return _LINE_BREAKS.sub("\n", spaced).strip()
