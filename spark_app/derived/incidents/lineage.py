"""The fold from notices to incidents: which published incident and which episode each disruption belongs to.

Pure: notices in log order come in, decisions go out, `state()` is everything in between. A disruption keeps its
incident for good; where a later notice shows that two incidents are one, the younger becomes an alias of the older
and its id keeps resolving.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace

from prim_client.messages.time_units import MINUTE_US
from spark_app.derived.incidents import rules
from spark_app.derived.incidents.notice import Notice
from spark_app.derived.incidents.reading import Reading, read
from spark_app.derived.incidents.record import Record, scope
from spark_app.derived.incidents.rules import LIKELY, SURE, is_same_event

TOLD = "told: IDFM's disruption_id"  # the reason of what no rule of ours knows
FORGET_US = 24 * 60 * MINUTE_US  # unseen for so long: no rule for incidents reaches further back
SWEEP_US = 30 * MINUTE_US

Link = tuple[Record, str]  # an incident and the reason why a notice belongs to it
Known = Callable[[str], tuple[str, str] | None]  # disruption -> incident and episode, of those no longer in mind

Siblings = Callable[[str], Iterable[str]]  # disruption -> others that IDFM holds as one incident with it


@dataclass(frozen=True, slots=True)
class Merge:
    """`old` turned out to be part of `into`; `old` keeps resolving, as an alias."""

    level: str  # incident or episode
    old: str
    into: str
    why: str


@dataclass(frozen=True, slots=True)
class Decision:
    """Where a notice belongs, and why."""

    incident: str
    episode: str
    phase: str  # of the incident after this notice
    why: str
    new: bool  # the disruption was not known before
    merges: tuple[Merge, ...] = ()


@dataclass(slots=True)
class Lineage:
    """Decides notices one by one, in the order of their observation."""

    known: Known = lambda _id: None
    records: dict[str, Record] = field(default_factory=dict)  # by incident, oldest first
    incident_of: dict[str, str] = field(default_factory=dict)  # disruption -> incident, of those in mind
    swept_us: int = 0
    siblings: Siblings = lambda _id: ()
    _by_line: dict[str, dict[str, None]] = field(default_factory=dict)  # line -> incidents; follows from the records
    _by_wording: dict[str, str] = field(default_factory=dict)  # wording -> the incident that said it last

    def __post_init__(self) -> None:
        self._index()

    def take_together(self, notices: Iterable[Notice]) -> list[Decision]:
        """The decisions of notices that were observed at one moment, whose order tells nothing: in the order given."""
        numbered = sorted(enumerate(notices), key=lambda each: (each[1].begin_us(), each[1].id))
        decided = {number: self.take(notice) for number, notice in numbered}
        return [decided[number] for number in sorted(decided)]

    def take(self, notice: Notice) -> Decision:
        """The incident and the episode of `notice`."""
        self.sweep(notice.observed_us)
        reading = read(notice)
        own = self._record_of(notice)
        record, why, merges = self._read_again(notice, reading, own) if own else self._first(notice, reading)
        self.incident_of[notice.id] = record.incident
        phase = record.take(notice, reading)
        self._note(record)
        self._by_wording[reading.wording] = record.incident
        return Decision(record.incident, record.episode, phase, why, own is None, merges)

    def see_again(self, disruption: str, at_us: int) -> None:
        """A disruption that is in mind was seen again, unchanged."""
        record = self.records[self.incident_of[disruption]]
        record.last_seen_us = max(record.last_seen_us, at_us)

    def join(self, disruptions: Iterable[str]) -> tuple[Merge, ...]:
        """IDFM holds these disruptions as one incident, which was told after they had been read."""
        disruptions = list(disruptions)
        kept = [self.records[self.incident_of[id_]] for id_ in disruptions if id_ in self.incident_of]
        if not kept:
            return ()  # long over: the tables stay as they are
        records = self._records_of(disruptions, like=kept[0])
        return self._merged(records[0], [(other, TOLD) for other in records[1:]])[1]

    def _records_of(self, disruptions: Iterable[str], like: Record) -> list[Record]:
        """The incidents of those that were read, each once, oldest first;
        one no longer in mind knows what `like` does."""
        found: dict[str, Record] = {}
        for id_ in disruptions:
            if (name := self.incident_of.get(id_)) is not None:
                found[name] = self.records[name]
            elif before := self.known(id_):
                recalled = replace(like, incident=before[0], episode=before[1], born_us=0)
                found[before[0]] = self.records.setdefault(before[0], recalled)
        return sorted(found.values(), key=_age)

    def _record_of(self, notice: Notice) -> Record | None:
        """The incident of a disruption that was read before."""
        if (incident := self.incident_of.get(notice.id)) is not None:
            return self.records[incident]
        if (before := self.known(notice.id)) is None:
            return None
        return self.records.setdefault(before[0], Record(*before, notice.channel, notice.observed_us))

    def _read_again(self, notice: Notice, reading: Reading, own: Record) -> tuple[Record, str, tuple[Merge, ...]]:
        """A disruption stays where it is; if it says something new, that may join its incident to others."""
        says_new = reading.wording not in own.wordings or not own.begins_us >= {begin for begin, _ in notice.periods}
        others = [link for link in self._links(SURE, notice, reading) if link[0] is not own] if says_new else []
        record, merges = self._merged(own, others)
        return record, "the same disruption", merges

    def _first(self, notice: Notice, reading: Reading) -> tuple[Record, str, tuple[Merge, ...]]:
        """A disruption that was never read: sure rules and IDFM first, then the nearest of the likely ones."""
        links = self._links(SURE, notice, reading)
        told = self._records_named_by_prim(notice)
        if not links and (likely := self._likely(notice, reading)) and (not told or likely[0].incident in told):
            links = [likely]
        by_rules = {record.incident for record, _ in links}
        links += [(record, TOLD) for name, record in told.items() if name not in by_rules]
        if not links:
            return *self._begun(notice, reading), ()
        record, merges = self._merged(links[0][0], links[1:])
        return record, links[0][1], merges

    def _records_named_by_prim(self, notice: Notice) -> dict[str, Record]:
        """The incidents of the disruptions that IDFM holds as one with this one."""
        if not (siblings := self.siblings(notice.id)):
            return {}
        unknown = Record(notice.id, notice.id, notice.channel, notice.observed_us)
        return {record.incident: record for record in self._records_of(siblings, like=unknown)}

    def _likely(self, notice: Notice, reading: Reading) -> Link | None:
        """The nearest incident by the first likely rule that links any."""
        for rule in LIKELY:
            if links := self._links((rule,), notice, reading):
                return max(links, key=lambda link: _closeness(link[0], notice, reading))
        return None

    def _begun(self, notice: Notice, reading: Reading) -> Link:
        """A new incident, in the episode of the nearest that is the same event."""
        links = self._links((is_same_event,), notice, reading)
        before, why = max(
            links,
            key=lambda link: _closeness(link[0], notice, reading),
            default=(None, "new: nothing before fits"),
        )
        episode = before.episode if before else notice.id
        record = self.records[notice.id] = Record(notice.id, episode, notice.channel, notice.observed_us)
        return record, why

    def _links(self, some: Iterable[rules.Rule], notice: Notice, reading: Reading) -> list[Link]:
        """Incidents that the rules link to `notice`, each once, oldest first."""
        links = ((record, self._reason(some, notice, reading, record)) for record in self._candidates(notice, reading))
        return [link for link in links if link[1]]

    def _candidates(self, notice: Notice, reading: Reading) -> list[Record]:
        """Every incident that a rule may link: those on its lines, and the one that said the same last."""
        names = {self._by_wording.get(reading.wording, "")}.union(
            *(self._by_line.get(line, ()) for line in scope(notice))
        )
        found = [self.records[name] for name in names if name in self.records]
        return sorted(found, key=_age)

    def _note(self, record: Record) -> None:
        for line in record.lines:
            self._by_line.setdefault(line, {})[record.incident] = None

    def _index(self) -> None:
        self._by_line = {}
        for record in self.records.values():
            self._note(record)
        said = [
            (read_us, record.incident, wording)
            for record in self.records.values()
            for wording, read_us in record.wordings.items()
        ]
        self._by_wording = {wording: name for _, name, wording in sorted(said)}

    @staticmethod
    def _reason(some: Iterable[rules.Rule], notice: Notice, reading: Reading, record: Record) -> str:
        return next((why for rule in some if (why := rule(notice, reading, record))), "")

    def _merged(self, record: Record, others: list[Link]) -> tuple[Record, tuple[Merge, ...]]:
        """One incident out of `record` and `others`: the oldest, the rest as its aliases."""
        merges: list[Merge] = []
        for other, why in others:
            record, young = sorted((record, other), key=_age)
            merges.append(Merge("incident", young.incident, record.incident, why))
            if young.episode != record.episode:
                merges.append(Merge("episode", young.episode, record.episode, why))
            self._drop(young, record)
        return record, tuple(merges)

    def _drop(self, young: Record, record: Record) -> None:
        del self.records[young.incident]
        record.absorb(young)
        self._note(record)
        self._by_wording |= dict.fromkeys(young.wordings, record.incident)
        for each in self.records.values():
            if each.episode == young.episode:
                each.episode = record.episode
        for disruption, incident in self.incident_of.items():
            if incident == young.incident:
                self.incident_of[disruption] = record.incident

    def sweep(self, now_us: int) -> None:
        """Forget what no rule reaches any more; at most once in SWEEP_US."""
        if now_us - self.swept_us < SWEEP_US:
            return
        self.swept_us = now_us
        self.forget({name for name, record in self.records.items() if _is_past(record, now_us)})

    def forget(self, incidents: AbstractSet[str]) -> None:
        """Have these no longer in mind: a disruption of theirs that returns is looked up by `known`."""
        if not incidents.isdisjoint(self.records):
            self.records = {name: record for name, record in self.records.items() if name not in incidents}
            self.incident_of = {id_: name for id_, name in self.incident_of.items() if name not in incidents}
            self._index()


def _age(record: Record) -> tuple[int, str]:
    """Oldest first."""
    return record.born_us, record.incident


def _is_past(record: Record, now_us: int) -> bool:
    limit = FORGET_US if record.channel == "incident" else rules.WORKS_AGAIN_US
    goes_on = record.end_us is None or record.end_us > now_us
    return now_us - record.last_seen_us > (rules.WORKS_AGAIN_US if goes_on and record.closed_us is None else limit)


def _closeness(record: Record, notice: Notice, reading: Reading) -> tuple[bool, int, str]:
    """A named place before none, then the smallest gap, then the youngest."""
    gap = abs(notice.begin_us() - record.last_begin_us)
    return bool(record.place_agrees(reading.place)), -gap, record.incident
