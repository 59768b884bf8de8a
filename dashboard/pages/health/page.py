"""Data health: do the books balance, what is missing, how late, what could not be used, which versions made it."""

from __future__ import annotations

from typing import Any

from dash import Dash, Output, html

from dashboard.frame.fold_banner import name_of
from dashboard.health import books
from dashboard.health.books import Balance
from dashboard.health.data_health import DEAD_LETTERS_SHOWN, GAP_DAYS, Health, read_health
from dashboard.registry.pages import Page, words_of
from dashboard.registry.update import on_turn
from dashboard.ui.downloads import take_links
from dashboard.ui.place_reasons import reason_word
from dashboard.ui.plain_table import plain_table
from dashboard.ui.texts import Words
from dashboard.window.view_cache import Views
from spark_app.derived.fold_books import FoldStatus

TEXTS = {
    "health.title": ("Santé des données", "Data health"),
    "health.books": ("Les comptes", "The books"),
    "health.polls": ("Complétude des relevés", "Completeness of the polls"),
    "health.poll": ("Relevés", "Polls"),
    "health.count": ("Nombre", "Count"),
    "health.meaning": ("Ce que c'est", "What it is"),
    "health.uncounted": ("sans calendrier", "no schedule"),
    "health.polls.expected": ("un par créneau du calendrier de relevé", "one for each slot of the polling schedule"),
    "health.polls.missed": (
        (
            "créneaux où aucun relevé n'a commencé : programme arrêté, machine en veille, quota épuisé, relevé "
            "d'avant trop long"
        ),
        (
            "slots in which no poll began: the program was down, the machine asleep, the quota spent, the poll "
            "before too long"
        ),
    ),
    "health.polls.received": ("relevés faits, avec ou sans réponse", "polls that were made, with or without an answer"),
    "health.polls.late": (
        "leur réponse est venue quand le suivant était déjà dû",
        "their answer came when the next one was due already",
    ),
    "health.polls.unchanged": ("n'ont rien apporté de nouveau", "brought nothing new"),
    "health.polls.empty": (
        "réponse sans rien dedans : jamais « tout va bien »",
        "an answer with nothing in it: never “all clear”",
    ),
    "health.polls.failed": ("délai dépassé, connexion, erreur HTTP, quota", "timeout, connection, HTTP error, quota"),
    "health.polls.other": (
        "réponse coupée, d'une autre forme ou invraisemblable",
        "an answer that is cut, of another form, or unbelievable",
    ),
    "health.lags": ("Retards par étape", "Lag by stage"),
    "health.stage": ("Étape", "Stage"),
    "health.lag": ("Retard", "Lag"),
    "health.published_to_observed": (
        "publié par l'exploitant → relevé (médiane)",
        "published by the operator → polled (median)",
    ),
    "health.observed_to_stored": ("relevé → dans le dépôt (médiane)", "polled → in the store (median)"),
    "health.log_behind": ("journal → dépôt", "log → store"),
    "health.follower": ("dépôt → {name}", "store → {name}"),
    "health.entries": ("{n} {n:entrée|entrées}", "{n} {n:entry|entries}"),
    "health.seconds": ("{n} s", "{n} s"),
    "health.no_lag": ("ne se mesure pas sur un enregistrement", "cannot be measured on a recording"),
    "health.gaps": (
        "Trous d'observation sur {days} {days:jour|jours}",
        "Gaps of observation over {days} {days:day|days}",
    ),
    "health.no_gaps": ("Aucun trou : chaque pas a été observé.", "No gap: every tick was observed."),
    "health.from": ("De", "From"),
    "health.to": ("À", "To"),
    "health.ticks": ("Pas manquants", "Missing ticks"),
    "health.dead": ("Messages refusés", "Dead letters"),
    "health.no_dead": ("Aucun message n'a rompu le contrat.", "No message broke the contract."),
    "health.dead_count": (
        "{n} en tout, {shown} ci-dessous, du plus récent au plus ancien :",
        "{n} in all, {shown} below, newest first:",
    ),
    "health.entry": ("Entrée", "Entry"),
    "health.reason": ("Raison", "Reason"),
    "health.folds": ("Calculs qui suivent le dépôt", "Computations that follow the store"),
    "health.fold": ("Calcul", "Computation"),
    "health.stored": ("Entrées stockées", "Entries stored"),
    "health.taken_in": ("= prises en compte", "= taken in"),
    "health.set_aside": ("+ écartées", "+ set aside"),
    "health.behind": ("+ en attente", "+ behind"),
    "health.incomplete": ("Incomplet depuis", "Incomplete since"),
    "health.from_entry": ("entrée {n}, {moment}", "entry {n}, {moment}"),
    "health.aside": (
        "Entrées écartées, de la plus récente à la plus ancienne ; ./pulse refold les reprend :",
        "Entries that were set aside, newest first; ./pulse refold tries them again:",
    ),
    "health.unplaced": ("Textes sans lieu, par raison", "Texts without a place, by reason"),
    "health.revisions": ("Textes", "Texts"),
    "health.none": ("Aucun.", "None."),
    "health.versions": ("Versions", "Versions"),
    "health.version.source": ("Source", "Source"),
    "health.version.schema": ("Schéma du dépôt", "Schema of the store"),
    "health.version.build": ("Construction du dépôt", "Build of the store"),
    "health.version.generation": ("Génération du modèle", "Generation of the model"),
    "health.version.config_sha256": ("Empreinte des réglages", "Hash of the settings"),
    "health.version.analyzer": ("Analyseur des textes", "Analyzer of the texts"),
    "health.version.fold": ("Règle de « {name} »", "Rule of “{name}”"),
}
MANY = 2  # heads of a table are plurals, whatever stands beside them
CHARTS = {"polls": "polls", "unplaced": "unplaced-reasons"}  # parts that have a picture, and the table of it
PARTS = ("books", "polls", "lags", "folds", "gaps", "dead", "unplaced", "versions")


def layout(words: Words) -> html.Div:
    """The frames of the parts."""
    titles = {part: words(f"health.{part}", days=GAP_DAYS) for part in PARTS}
    return html.Div(
        className="sheet",
        children=[
            html.H2(words("health.title")),
            *[
                html.Section(
                    className="card part",
                    children=[html.H3(titles[part]), html.Div(id=f"health-{part}"), *_links(part, titles, words)],
                )
                for part in PARTS
            ],
        ],
    )


def _links(part: str, titles: dict[str, str], words: Words) -> list[html.Div]:
    return [take_links(words, CHARTS[part], titles[part])] if part in CHARTS else []


def register(app: Dash, views: Views) -> None:
    """One turn fills every part."""

    @on_turn(app, PAGE, *(Output(f"health-{part}", "children") for part in PARTS))
    def show(query: dict[str, Any]) -> list[Any]:
        words = words_of(query["lang"])
        found, _, _ = books.read(views.store)
        with views.store.reading() as connection:
            health = read_health(connection)
        draws = (_polls, _lags, _folds, _gaps, _dead, _unplaced, _versions)
        return [_books(found, words), *(draw(health, words) for draw in draws)]


def _books(found: list[Balance], words: Words) -> html.Table:
    rows = [[words(f"book.{balance.name}"), *books.sides(balance, words)] for balance in found]
    return plain_table((), rows)


def _polls(health: Health, words: Words) -> html.Table:
    rows = [
        [
            words(f"book.{name}", n=MANY),
            words("health.uncounted") if n is None else words.number(n),
            words(f"health.polls.{name}"),
        ]
        for name, n in health.polls.items()
    ]
    return plain_table([words(f"health.{head}") for head in ("poll", "count", "meaning")], rows, numbers=(1,))


def _lags(health: Health, words: Words) -> html.Table:
    def seconds(lag_s: float | None) -> str:
        return words("health.no_lag") if lag_s is None else words("health.seconds", n=lag_s)

    rows = [[words(f"health.{stage}"), seconds(lag_s)] for stage, lag_s in health.lags_s.items()]
    behind = {words("health.log_behind"): health.log_behind} | {
        words("health.follower", name=name_of(fold.name, words)): fold.behind for fold in health.folds
    }
    rows += [[stage, words("health.entries", n=n)] for stage, n in behind.items() if n is not None]
    return plain_table((words("health.stage"), words("health.lag")), rows)


def _folds(health: Health, words: Words) -> list[Any]:
    """The counters of each derived fold, and the newest entries that one set aside."""
    counters = ("stored", "taken_in", "set_aside", "behind")
    heads = [words(f"health.{head}") for head in ("fold", *counters, "incomplete")]
    rows = [
        [
            name_of(fold.name, words),
            *(words.number(getattr(fold, name)) for name in counters),
            _incomplete_from(fold, words),
        ]
        for fold in health.folds
    ]
    table = plain_table(heads, rows, numbers=(1, 2, 3, 4))
    if not health.newest_aside:
        return [table]
    letters = [[name_of(one.fold, words), words.number(one.entry), one.reason] for one in health.newest_aside]
    aside = plain_table([words(f"health.{head}") for head in ("fold", "entry", "reason")], letters)
    return [table, html.P(words("health.aside"), className="small"), aside]


def _incomplete_from(fold: FoldStatus, words: Words) -> str:
    """From which entry on the fold's tables lack something."""
    if fold.incomplete_from is None:
        return words("none")
    return words("health.from_entry", n=fold.incomplete_from, moment=words.moment(fold.incomplete_from_us, 0))


def _gaps(health: Health, words: Words) -> html.Table | str:
    if not health.gaps:
        return words("health.no_gaps")
    heads = [words(f"health.{head}") for head in ("from", "to", "ticks")]
    moments = [
        [*(words.moment(us, health.newest_us) for us in (gap.begin_us, gap.end_us)), words.number(gap.ticks)]
        for gap in health.gaps
    ]
    return plain_table(heads, moments, numbers=(2,))


def _dead(health: Health, words: Words) -> list[Any] | str:
    if not health.dead_letters:
        return words("health.no_dead")
    shown = min(health.dead_letters, DEAD_LETTERS_SHOWN)
    rows = [[f"{letter.entry}.{letter.part}", letter.reason] for letter in health.newest_dead]
    count = words("health.dead_count", n=health.dead_letters, shown=shown)
    return [html.P(count, className="small"), plain_table((words("health.entry"), words("health.reason")), rows)]


def _unplaced(health: Health, words: Words) -> html.Table | str:
    if not health.unplaced:
        return words("health.none")
    rows = [[reason_word(why, words), words.number(n)] for why, n in health.unplaced]
    return plain_table((words("health.reason"), words("health.revisions")), rows, numbers=(1,))


def _versions(health: Health, words: Words) -> html.Table:
    rows = [[words(f"health.version.{name}"), html.Code(value)] for name, value in health.versions.items()]
    folds = [
        [words("health.version.fold", name=name_of(f.name, words)), html.Code(f.version)]
        for f in health.folds
        if f.version
    ]
    return plain_table((), rows + folds)


PAGE = Page(
    path="/data",
    order=90,
    titles=("Données", "Data"),
    layout=layout,
    register=register,
    texts=TEXTS,
    filters=False,
)
