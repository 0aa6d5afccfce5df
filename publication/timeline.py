"""One person's registration and permit as text and as a picture: events, states, spells, gaps, windows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from xml.sax.saxutils import escape

from publication.messages import Lang, sentence
from publication.residence_text import event_text, part_text, why_text
from residence.life_cycle import Event, State, elapsed, endorsement_window
from residence.registry import Standing
from residence.residence_time import Part
from residence.rules import Rules
from scoring.residence_rule import MEMBERS

WIDTH, LEFT, RIGHT, TOP = 1000, 165, 20, 74
FONTS = "'Noto Sans SC', 'Noto Sans CJK SC', sans-serif"
LANES = ("time", "registration", "permit", "window")
LANE, BAR = 44, 22
COLOURS = {
    "counted": "#2c7a4b",
    "in_all": "#a8d5b5",
    "lost": "#d9d9d9",
    "registered": "#5b7fb5",
    "arrived": "#c8d4e8",
    "applied": "#e8e0c0",
    "accepted": "#d8cc98",
    "valid": "#3c6ea8",
    "suspended": "#c0504d",
    "terminated": "#8c8c8c",
    "window": "#e0a92e",
}


@dataclass(frozen=True)
class Step:
    """An event with the state after it; None for a lapse, which follows by itself."""

    event: Event
    state: State


@dataclass(frozen=True)
class Timeline:
    """One person on a day with every step that led there, the lapses of permits among them."""

    standing: Standing
    steps: tuple[Step, ...]
    rules: Rules

    @property
    def as_of(self) -> date:
        """The day."""
        return self.standing.facts.as_of


def timeline_of(standing: Standing, states: list[list[State]], rules: Rules) -> Timeline:
    """The steps of a person's stays; `states` after every event, by stay."""
    steps: list[Step] = []
    for stay, after in zip(standing.stays, states, strict=True):
        before = State()
        for event, state in zip(stay, after, strict=True):
            steps += [*_lapse(before, event.day - timedelta(days=1)), Step(event, state)]
            before = state
    if states:
        steps += _lapse(states[-1][-1], standing.facts.as_of)
    return Timeline(standing, tuple(steps), rules)


def _lapse(state: State, day: date) -> list[Step]:
    now = elapsed(state, day)
    if now.permit == state.permit or now.last is None:
        return []
    return [Step(Event(now.last, "lapse"), now)]


def timeline_text(told: Timeline, lang: Lang) -> str:
    """The timeline for a terminal."""
    return "\n".join(_lines(told, lang)) + "\n"


def _lines(told: Timeline, lang: Lang) -> Iterator[str]:
    standing, facts = told.standing, told.standing.facts
    yield sentence("timeline.title", {"person": standing.person, "as_of": told.as_of}, lang)
    for step in told.steps:
        states = [state_name(name, getattr(step.state, name), lang) for name in ("registration", "permit")]
        yield f"  {event_text(step.event, lang)}  [{' · '.join(states)}]"
    for name, state in (("registration", facts.registration), ("permit", facts.permit)):
        yield sentence(f"timeline.{name}", {"state": state_name(name, state, lang)}, lang)
    yield from _time_lines(told, lang)
    if facts.endorsement_due is not None:
        opens, due = endorsement_window(facts.endorsement_due, told.rules)
        yield sentence("timeline.due", {"opens": opens, "due": due}, lang)
    for item in facts.open:
        code = "timeline.overdue" if item in facts.overdue else "timeline.open"
        duty = sentence(f"timeline.duty_{item.duty}", {}, lang)
        yield sentence(code, {"duty": duty, "last": item.last_day}, lang)


def _time_lines(told: Timeline, lang: Lang) -> Iterator[str]:
    time = told.standing.time
    if time.continuous_months is None:
        yield sentence("timeline.no_time", {}, lang)
        return
    months, in_all = time.continuous_months, time.cumulative_months
    yield sentence("timeline.time", {"months": months, "years": months // 12, "in_all": in_all}, lang)
    counted = [part for part in time.parts if part.continuous]
    if counted:
        spells = " + ".join(part_text(part, lang) for part in counted)
        yield f"  {sentence('timeline.counted', {'spells': spells}, lang)}"
    cite = f"{told.rules.place} {told.rules.cites['suspension_effect']}"
    for part in time.parts:
        if not part.continuous:
            yield f"  {why_text(part.why, part_text(part, lang), cite, lang)}"


def state_name(kind: str, state: str, lang: Lang) -> str:
    """What a state of registration or permit is called."""
    return str(getattr(MEMBERS[kind][state], lang))


def timeline_svg(told: Timeline, lang: Lang) -> str:
    """The timeline as one self-contained SVG picture; the same bytes for the same timeline."""
    return _Picture(told, lang).draw()


class _Picture:
    def __init__(self, told: Timeline, lang: Lang) -> None:
        self.told, self.lang = told, lang
        days = [step.event.day for step in told.steps]
        self.first = min([*days, told.as_of])
        self.last = max([told.as_of, *(end for _, end in self.windows())])
        self.days = max((self.last - self.first).days, 1)
        self.marks: list[str] = []

    def draw(self) -> str:
        self.years()
        for number, lane in enumerate(LANES):
            self.text(LEFT - 12, self.top(number) + 16, self.say(f"lane_{lane}"), anchor="end")
        for part in self.told.standing.time.parts:
            self.bar(0, part.first, part.after, self.colour(part), part_text(part, self.lang))
        for row, name in ((1, "registration"), (2, "permit")):
            for begins, ends, state in self.spans(name):
                self.bar(row, begins, ends, COLOURS[state], state_name(name, state, self.lang), label=True)
        for opens, due in self.windows():
            self.bar(3, opens, due + timedelta(days=1), COLOURS["window"], f"{opens} – {due}")
        self.today()
        height = self.events(self.top(len(LANES)) + 8)
        height = self.key(height + 16)
        title = sentence(
            "timeline.title", {"person": self.told.standing.person, "as_of": self.told.as_of}, self.lang
        )
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" '
            f'height="{height}" font-family="{FONTS}" font-size="13">'
        )
        ground = f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>'
        heading = f'<text x="20" y="30" font-size="18" font-weight="bold">{escape(title)}</text>'
        return (
            "\n".join([head, f"<title>{escape(title)}</title>", ground, heading, *self.marks, "</svg>"])
            + "\n"
        )

    def say(self, code: str) -> str:
        return sentence(f"timeline.{code}", {}, self.lang)

    def x(self, day: date) -> float:
        share = (day - self.first).days / self.days
        return round(LEFT + min(max(share, 0), 1) * (WIDTH - LEFT - RIGHT), 1)

    def top(self, lane: int) -> int:
        return TOP + lane * LANE

    def windows(self) -> list[tuple[date, date]]:
        """The window of every endorsement that was or is due."""
        due = {step.state.due for step in self.told.steps if step.state.due}
        ended = self.told.standing.state.permit == "terminated"
        return [
            endorsement_window(day, self.told.rules)
            for day in sorted(due)
            if not ended or day <= self.told.as_of
        ]

    def spans(self, name: str) -> Iterator[tuple[date, date, str]]:
        """How long each state lasted, but for those that say nothing."""
        runs = groupby(self.told.steps, key=lambda step: str(getattr(step.state, name)))
        begun = [(next(steps).event.day, state) for state, steps in runs]
        until = [*(day for day, _ in begun[1:]), *([self.told.as_of] if begun else [])]
        for (begins, state), after in zip(begun, until, strict=True):
            if state not in ("none", "ended") and after > begins:
                yield begins, after, state

    @staticmethod
    def colour(part: Part) -> str:
        return COLOURS["counted" if part.continuous else "in_all" if part.cumulative else "lost"]

    def bar(
        self, lane: int, first: date, after: date, colour: str, told: str, *, label: bool = False
    ) -> None:
        x, width, y = self.x(first), max(self.x(after) - self.x(first), 1.5), self.top(lane)
        self.marks.append(
            f'<rect x="{x}" y="{y}" width="{round(width, 1)}" height="{BAR}" fill="{colour}">'
            f"<title>{escape(told)}</title></rect>"
        )
        if label and width > (15 if self.lang == "zh" else 8) * len(told):
            dark = colour in (COLOURS["valid"], COLOURS["suspended"], COLOURS["registered"])
            self.text(x + width / 2, y + 16, told, anchor="middle", colour="#ffffff" if dark else "#333333")

    def text(
        self, x: float, y: float, told: str, *, anchor: str = "start", colour: str = "#333333", size: int = 13
    ) -> None:
        self.marks.append(
            f'<text x="{round(x, 1)}" y="{round(y, 1)}" text-anchor="{anchor}" fill="{colour}" '
            f'font-size="{size}">{escape(told)}</text>'
        )

    def line(self, x: float, top: float, bottom: float, colour: str) -> None:
        self.marks.append(
            f'<line x1="{x}" y1="{top}" x2="{x}" y2="{bottom}" stroke="{colour}" stroke-width="1"/>'
        )

    def years(self) -> None:
        written = 0.0
        for year in range(self.first.year, self.last.year + 1):
            begins = date(year, 1, 1)
            if begins < self.first:
                continue
            self.line(self.x(begins), TOP - 12, self.top(len(LANES)) - 8, "#e4e4e4")
            if written + 34 <= self.x(begins) <= WIDTH - 34:  # whole, and not over the one before
                written = self.x(begins)
                self.text(written + 3, TOP - 14, str(year), colour="#777777", size=12)

    def today(self) -> None:
        x = self.x(self.told.as_of)
        self.line(x, TOP - 12, self.top(len(LANES)) - 8, "#000000")
        self.text(
            x,
            self.top(len(LANES)) + 4,
            str(self.told.as_of),
            anchor="end" if x > WIDTH / 2 else "start",
            size=12,
        )

    def events(self, top: int) -> int:
        """The events as a list in two columns, each with its number on the registration lane."""
        y = top + 20
        half, numbered = -(-len(self.told.steps) // 2), 0.0
        for number, step in enumerate(self.told.steps, 1):
            x = self.x(step.event.day)
            self.line(x, self.top(1) - 3, self.top(1) + 5, "#222222")  # above the name of the state
            if x - numbered > 14:  # the next ones lie too near to be numbered
                self.text(x, self.top(1) - 5, str(number), anchor="middle", colour="#777777", size=10)
                numbered = x
            column, row = divmod(number - 1, half)
            self.text(
                20 + column * (WIDTH / 2), y + 19 * row, f"{number}. {event_text(step.event, self.lang)}"
            )
        return y + 19 * half

    def key(self, y: int) -> int:
        x = 20.0
        for name in ("counted", "in_all", "lost"):
            told = self.say(f"key_{name}")
            self.marks.append(f'<rect x="{x}" y="{y - 11}" width="14" height="14" fill="{COLOURS[name]}"/>')
            self.text(x + 20, y, told)
            x += 60 + 9 * len(told) * (2 if self.lang == "zh" else 1)
        return y + 20
