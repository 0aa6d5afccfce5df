"""Two towns, one stage, fourteen children: a bundle made by hand, without engine and verifier.

Points, ranks and places are literals, worked out on paper. Only tickets, distances and digests are
computed, here once more. Two procedures: `quotas` (a quota by town, then places nearby) and `wishes` (up
to two schools, catchment first, then places nearby).

    east (x 1)   c01 189.5 · c04 146.5 · c05 136 · c02 = c03 80 (twins: lottery) · c06 40 · c07 30 (the gate)
    west (x 1.3) c11 57.85 > c12 57.85 (personal quality) > c13 57.85 (filed later) · c14 39
    excluded     c08 25 points · c09 no permit · c10 permit unknown
"""

from __future__ import annotations

import hashlib
import hmac
import json
import math
from pathlib import Path
from typing import Any

Rows = list[list[str]]
Json = dict[str, Any]
PUBLIC = ("ranking.csv", "outcomes.csv", "cutoffs.csv", "quotas.csv", "offers.csv", "pools.csv")
LINES = "education age insurance home permit donation honours kindergarten".split()
DRAW_ID = "tiny/2015"
SOURCES = [
    {"name": "balls", "value_hex": b"05 12 17 23 31 33 | 08".hex(), "entropy_bits": 24},
    {"name": "beacon", "value_hex": hashlib.sha256(b"beacon").hexdigest(), "entropy_bits": 256},
]

# candidate subject | education age insurance home permit donation honours kindergarten | sum factor total
SCORES = """
c01 s01 60 5 7.5  100 10 4  0   3 189.5 1   189.5
c02 s02 30 0 3    0   15 0  30  2 80    1   80
c03 s02 30 0 3    0   15 0  30  2 80    1   80
c04 s04 20 5 1.5  0   50 10 120 0 146.5 1   146.5
c04 s05 0  0 0    ?   10 0  0   0 ?     1   ?
c05 s06 0  5 30   100 0  0  0   1 136   1   136
c06 s07 20 0 0    0   20 0  0   0 40    1   40
c07 s08 20 0 0    0   10 0  0   0 30    1   30
c08 s09 20 0 0    0   5  0  0   0 25    1   25
c09 s10 60 5 0    0   10 0  0   0 75    1   75
c10 s11 60 5 0    0   10 0  0   0 75    1   75
c11 s12 30 5 1.5  0   5  0  0   3 44.5  1.3 57.85
c12 s13 20 5 4.5  0   5  8  0   2 44.5  1.3 57.85
c13 s14 20 5 4.5  0   5  8  0   2 44.5  1.3 57.85
c14 s15 20 0 0    0   10 0  0   0 30    1.3 39
"""
#          education age pension home permit donation county city single holds_permit
SUBJECTS = """
s01 college 30 60 true 24 2500 0 0 false true
s02 senior 40 25 false 36 0 1 0 false true
s04 junior 25 12 false 120 10000.5 0 3 false true
s05 below_junior 17 0 ? 24 0 0 0 false true
s06 ? 35 240 true 11 5000 0 0 false true
s07 junior 36 11 false 48 ? 0 0 false true
s08 junior 50 0 false 24 999.99 0 0 false true
s09 junior 50 0 false 12 0 0 0 false true
s10 college 30 0 false 24 0 0 0 false false
s11 college 30 0 false 24 0 0 0 false ?
s12 senior 20 12 false 12 0 0 0 true true
s13 junior 20 36 false 12 4000 0 0 ? true
s14 junior 20 36 false 12 4000 0 0 true true
s15 junior 50 0 false 24 0 0 0 ? true
"""
#            subject second town filed_at longitude kindergarten catchment
CANDIDATES = """
c01 s01 ? east 2015-03-01T09:00 113.40000 3 ?
c02 s02 ? east 2015-03-02T09:00 113.41000 2 e1
c03 s02 ? east 2015-03-02T09:00 113.41000 2 e1
c04 s04 s05 east 2015-03-03T09:00 113.40100 0 ?
c05 s06 ? east 2015-03-04T09:00 113.40200 1 ?
c06 s07 ? east 2015-03-05T09:00 113.40300 0 ?
c07 s08 ? east 2015-03-06T09:00 113.40400 0 ?
c08 s09 ? east 2015-03-07T09:00 113.40500 0 ?
c09 s10 ? east 2015-03-08T09:00 113.40600 0 ?
c10 s11 ? east 2015-03-09T09:00 113.40700 0 ?
c11 s12 ? west 2015-03-01T10:30 113.50100 3 ?
c12 s13 ? west 2015-03-01T10:31 113.50200 2 w1
c13 s14 ? west 2015-03-01T10:32 113.50000 2 ?
c14 s15 ? west 2015-03-01T10:33 113.51500 0 ?
"""
OFFERS = """
e1 east 2 113.40000 东区"一小",本部
e2 east 2 113.41200 East 2
e3 east 1 113.43000 East 3
w1 west 1 113.50000 West 1
w2 west 5 113.52000 West 2
"""
EXCLUDED = [
    ["c08", "ineligible", "below_gate"],
    ["c09", "ineligible", "resident_permit"],
    ["c10", "pending", "resident_permit"],
]
WISHES = "c01:e1,e2 c02:e1 c03:e1,e2 c04:e2 c05:e1 c07:e2 c11:w1 c12:w1,w2 c13:w1"
# `1st` and `2nd` of the twins c02 and c03 are decided by their tickets.
PLACED = {
    "quotas": "c01:e1 c04:e1 c05:e2 1st:e2 c11:w2 c12:w2 c13:w1 c14:w2",
    "wishes": "c02:e1 c03:e1 c01:e2 c04:e2 c12:w1 c05:e3 c11:w2 c13:w2 c14:w2",
}
DECIDED = {  # who is decided by another stage than the last
    "quotas": dict.fromkeys(("2nd", "c06", "c07"), "selection"),
    "wishes": dict.fromkeys(("c01", "c02", "c03", "c04", "c12"), "wishes"),
}
REFUSED = {"c13"}


def table(text: str) -> Rows:
    """Lines of words; `?` is an empty cell."""
    return [["" if word == "?" else word for word in line.split()] for line in text.strip().split("\n")]


def policy(procedure: str) -> Json:
    """The resolved policy, numbers as text."""
    number = {"supplied_by": "applicant", "attested_by": None, "cite": "rules 1"}
    whole = {"type": "integer", "minimum": "0", "maximum": "1200", **number}
    facts: Json = {
        "education": {
            "type": "choice",
            "members": {m: {} for m in ("below_junior", "junior", "senior", "college")},
        },
        "home": {"type": "boolean"},
        "permit": whole,
        "donation": {"type": "decimal", "decimals": "2", "minimum": "0", "maximum": "100000000"},
        "county": whole,
        "city": whole,
        "single": {"type": "boolean"},
        "holds_permit": {"type": "boolean"},
    }
    for fact in facts:
        facts[fact] = {**facts[fact], "of": "subject"}
    facts["kindergarten"] = {**whole, "of": "candidate"}
    facts["town"] = {"type": "choice", "members": {"east": {}, "west": {}}, "of": "candidate"}
    facts["stage"] = {"type": "choice", "members": {"primary": {}}, "of": "candidate"}
    zero = {"points": "0", "cite": "rules 5"}
    indicators = {
        "education": line("personal_quality", {
            "lookup": "education",
            "points": {"below_junior": "0", "junior": "20", "senior": "30", "college": "60"},
        }, unknown=zero),
        "age": line("personal", {"bands": "age", "rows": [
            {"from": "0", "below": "18", "points": "0"},
            {"from": "18", "below": "36", "points": "5"},
            {"from": "36", "points": "0"},
        ]}, kind="bonus"),
        "insurance": line(
            "insurance", {"per": "pension_months", "every": "12", "points": "1.5", "cap": "75"}
        ),
        "home": line("residence", {"flag": "home", "points": "100", "when": None}, unknown={"pending": True}),
        "permit": line("residence", {"per": "permit", "every": "12", "points": "5", "cap": "50"}, until=None),
        "donation": line("bonus", {
            "per": "donation", "every": "1000", "points": "2", "cap": "10",
            "when": {"any": ["single", {"fact": "permit", "at_least": "12"}]},
        }, kind="bonus", unknown=zero),
        "honours": line("bonus", {"highest": [
            {"per": "county", "every": "1", "points": "30", "cap": "60"},
            {"per": "city", "every": "1", "points": "60", "cap": "120"},
        ]}, kind="bonus"),
        "kindergarten": line("bonus", {"sum": [
            {"per": "kindergarten", "every": "1", "points": "1", "cap": "3",
             "when": {"fact": "stage", "is": "primary"}},
        ]}, kind="bonus", services=["school"]),
        "offence": line("bonus", {"flag": {"not": "holds_permit"}, "points": "100"}, kind="deduction"),
        "rent": line("bonus", {"flag": "single", "points": "7"}, services=["housing"]),
    }  # fmt: skip
    stages = [
        {
            "name": "wishes",
            "mechanism": "deferred_acceptance",
            "seats": "offers",
            "wishes": "2",
            "tiers": "catchment",
        }
        if procedure == "wishes"
        else {"name": "selection", "mechanism": "serial_dictatorship", "seats": "quotas"},
        {
            "name": "placement",
            "mechanism": "redistribution",
            "seats": "offers",
            "cost": "distance",
            "cite": "detail 9",
        },
    ]
    school = {
        "kinds": ["base", "bonus"],
        "multiplier": {"factor": "1.3", "when": {"not": {"fact": "town", "is": "east"}}, "cite": "rules 11"},
        "gate": {"points": "30", "of": "total", "cite": "rules 7"},
        "criteria": {
            "resident_permit": {"require": "holds_permit", "otherwise": "ineligible", "unknown": "pending"}
        },
        "candidate": {"takes": "higher_parent", "cite": "detail 9(4)"},
        "ranking": {
            "scope": ["town", "stage"],
            "keys": [{"group": "personal_quality"}, {"group": "insurance"}, {"group": "residence"}],
            "ties": ["application_time", "lottery"],
        },
        "allocation": {
            "stages": stages,
            "refusal": {"gives_up": True, "refill": False, "cite": "detail 9(3)"},
        },
    }
    return {
        "format": "policy/1",
        "id": "tiny/points",
        "scale": "2",
        "facts": facts,
        "derived": {
            "age": {"years_since": "born_on"},
            "pension_months": {"months_in": "insurance", "up_to": "born_on", "maximum": "1200"},
        },
        "groups": {g: {} for g in ("personal_quality", "personal", "insurance", "residence")}
        | {"bonus": {"cap": "70"}},
        "indicators": indicators,
        "services": {"school": school, "housing": {"based_on": "school"}},
    }


def line(group: str, points: Json, kind: str = "base", **more: Any) -> Json:
    """One indicator."""
    return {"group": group, "kind": kind, "cite": "rules annex", "points": points, **more}


def lp16(text: str) -> bytes:
    """A text with its length in front."""
    return len(text.encode()).to_bytes(2, "big") + text.encode()


def drawn(scopes: dict[str, str]) -> tuple[Json, dict[str, str]]:
    """The draw of the record and everyone's ticket."""
    rows = b"".join(lp16(who) + lp16(scopes[who]) + (1).to_bytes(4, "big") for who in sorted(scopes))
    roster = hashlib.sha256(b"ALLOC-ROSTER-v1\0" + len(scopes).to_bytes(4, "big") + rows)
    told = roster.digest() + lp16(DRAW_ID) + len(SOURCES).to_bytes(2, "big")
    for source in SOURCES:
        value = bytes.fromhex(str(source["value_hex"]))
        told += lp16(str(source["name"])) + len(value).to_bytes(4, "big") + value
    seed = hashlib.sha256(b"ALLOC-SEED-v1\0" + told)
    tickets = {
        who: hmac.new(
            seed.digest(), b"ALLOC-TICKET-v1\0" + lp16(DRAW_ID) + lp16(who) + bytes(4), "sha256"
        ).hexdigest()
        for who in scopes
    }
    draw = {"id": DRAW_ID, "method": "uniform", "sources": SOURCES, "entropy_bits": 280}
    return {**draw, "roster_hash": roster.hexdigest(), "seed": seed.hexdigest()}, tickets


def metres(one: str, two: str) -> int:
    """Along the parallel of 22.5 degrees, where everything lies."""
    half = math.radians(float(two) - float(one)) / 2
    return round(
        2 * 6371008.8 * math.asin(math.sqrt(math.cos(math.radians(22.5)) ** 2 * math.sin(half) ** 2))
    )


class Tiny:
    """The tables and the record of one procedure; `write` makes the two folders."""

    def __init__(self, procedure: str):
        self.procedure = procedure
        self.candidates = {row[0]: row for row in table(CANDIDATES)}
        self.offers = {row[0]: [*row[:4], " ".join(row[4:])] for row in table(OFFERS)}
        excluded = {row[0] for row in EXCLUDED}
        scopes = {who: f"{row[3]}/primary" for who, row in self.candidates.items() if who not in excluded}
        self.draw, self.tickets = drawn(scopes)
        twins = sorted(("c02", "c03"), key=self.tickets.__getitem__)
        self.named = {"1st": twins[0], "2nd": twins[1]}
        east = ["c01", "c04", "c05", *twins, "c06", "c07"]
        self.order = {"east/primary": east, "west/primary": ["c11", "c12", "c13", "c14"]}
        self.scores = {row[0]: row for row in table(SCORES) if row[1] != "s05"}
        self.tables = self._public() | self._audit()

    def _public(self) -> dict[str, Rows]:
        outcomes, waiting = [], dict.fromkeys(self.order, 0)
        placed = {
            self.named.get(who, who): offer
            for who, offer in (p.split(":") for p in PLACED[self.procedure].split())
        }
        stages = {self.named.get(who, who): stage for who, stage in DECIDED[self.procedure].items()}
        for scope, people in self.order.items():
            for who in people:
                waiting[scope] += who not in placed
                outcome = "waiting" if who not in placed else "gave_up" if who in REFUSED else "placed"
                place = str(waiting[scope]) if who not in placed else ""
                outcomes.append([who, outcome, stages.get(who, "placement"), placed.get(who, ""), place])
        offers = [[o, f"{row[1]}/primary", row[4], row[2]] for o, row in self.offers.items()]
        quotas = {"quotas.csv": [["scope", "seats"], ["east/primary", "4"], ["west/primary", "5"]]}
        return {
            "ranking.csv": self._ranking(),
            "outcomes.csv": [["candidate", "outcome", "stage", "offer", "waiting"], *sorted(outcomes)],
            "cutoffs.csv": self._cutoffs(),
            "offers.csv": [["offer", "scope", "name", "seats"], *offers],
        } | (quotas if self.procedure == "quotas" else {})

    def keys(self, who: str) -> list[str]:
        """Total, personal quality, insurance, residence, filing time."""
        score = self.scores[who]
        home, permit = int(score[5]), int(score[6])
        return [score[-1], score[2], score[4], str(home + permit), self.candidates[who][4]]

    def _ranking(self) -> Rows:
        rows = [
            [
                "candidate",
                "scope",
                "total",
                "personal_quality",
                "insurance",
                "residence",
                "filed_at",
                "ticket",
            ]
        ]
        rows[0] += ["rank", "position"]
        for scope, people in self.order.items():
            for position, who in enumerate(people, 1):
                rank = 4 if who == self.named["2nd"] else position
                rows.append([who, scope, *self.keys(who), self.tickets[who], str(rank), str(position)])
        return rows

    def _cutoffs(self) -> Rows:
        rows = [["stage", "seat", "seats", "admitted", "full", "last_admitted", *self._ranking()[0][2:8]]]
        told = {
            "quotas": f"east/primary 4 4 true {self.named['1st']} · west/primary 5 4 false c14",
            "wishes": f"e1 2 2 true {self.named['2nd']} · e2 2 2 true c04 · e3 1 0 false ? · "
            "w1 1 1 true c12 · w2 5 0 false ?",
        }[self.procedure]
        stage = {"quotas": "selection", "wishes": "wishes"}[self.procedure]
        for row in table(told.replace(" · ", "\n")):
            last = [*self.keys(row[-1]), self.tickets[row[-1]]] if row[-1] else [""] * 6
            rows.append([stage, *row, *last])
        return rows

    def _audit(self) -> dict[str, Rows]:
        status = {row[0]: row[1] for row in EXCLUDED}
        subjects = {row[0]: row[1:] for row in table(SUBJECTS)}
        lines = [["candidate", "subject", "counts", "status", *LINES, "subtotal", "factor", "total"]]
        facts = [
            ["candidate", "subject", "town", "stage", "kindergarten", "education", "age", "pension_months"]
        ]
        facts[0] += ["home", "permit", "donation", "county", "city", "single", "holds_permit"]
        for who, subject, *cells in table(SCORES):
            counts, its_status = (
                ("false", "pending") if subject == "s05" else ("true", status.get(who, "eligible"))
            )
            lines.append([who, subject, counts, its_status, *cells])
            row = self.candidates[who]
            facts.append([who, subject, row[3], "primary", row[6], *subjects[subject]])
        return {
            "excluded.csv": [["candidate", "status", "reasons"], *EXCLUDED],
            "score_lines.csv": lines,
            "facts.csv": facts,
            "costs.csv": self._costs(),
        } | (self._wishes() if self.procedure == "wishes" else {})

    def _costs(self) -> Rows:
        inside = {"quotas": ["c01", "c04", "c05", self.named["1st"], "c11", "c12", "c13", "c14"],
                  "wishes": ["c05", "c06", "c07", "c11", "c13", "c14"]}[self.procedure]  # fmt: skip
        left = [*self.offers] if self.procedure == "quotas" else ["e3", "w2"]
        pairs = [(w, o) for w in sorted(inside) for o in left if self.candidates[w][3] == self.offers[o][1]]
        costs = [[w, o, str(metres(self.candidates[w][5], self.offers[o][3]))] for w, o in pairs]
        return [["candidate", "offer", "metres"], *costs]

    def _wishes(self) -> dict[str, Rows]:
        wishes, tiers = [["candidate", "rank", "offer"]], [["stage", "candidate", "offer", "tier"]]
        for who, listed in (wish.split(":") for wish in WISHES.split()):
            for rank, offer in enumerate(listed.split(","), 1):
                wishes.append([who, str(rank), offer])
                tiers.append(["wishes", who, offer, "1" if self.candidates[who][7] == offer else "2"])
        return {"preferences.csv": wishes, "priorities.csv": tiers}

    def inputs(self) -> dict[str, bytes]:
        """What was handed in, as canonical files."""
        columns = (
            "education born_on pension_months home permit donation county city single holds_permit".split()
        )
        people = [[r[0], r[1], f"{2015 - int(r[2])}-01-01", r[3], *r[4:]] for r in table(SUBJECTS)]
        head = "candidate subject second_subject town stage filed_at".split()
        head += "longitude latitude kindergarten catchment".split()
        children = [[*r[:4], "primary", r[4], r[5], "22.5", *r[6:]] for r in self.candidates.values()]
        schools = [[o, r[1], "primary", r[4], r[2], r[3], "22.5"] for o, r in self.offers.items()]
        quotas = [["town", "stage", "seats"], ["east", "primary", "4"], ["west", "primary", "5"]]
        files = {
            "applicants": [["subject", *columns], *people],
            "candidates": [head, *children],
            "offers": [["offer", "town", "stage", "name", "seats", "longitude", "latitude"], *schools],
            "quotas": quotas,
            "refusals": [["candidate"], *([who] for who in sorted(REFUSED))],
        }
        if self.procedure == "wishes":
            files["preferences"] = self._wishes()["preferences.csv"]
        texts = {"policy.yaml": b"id: tiny/points\n", "round.json": b'{"id":"tiny"}\n'}
        return {f"{name}.csv": csv_bytes(rows) for name, rows in files.items()} | texts

    def record(self) -> Json:
        """All but the digests."""
        outcomes = [row[1] for row in self.tables["outcomes.csv"][1:]]
        counts = {o: outcomes.count(o) for o in ("placed", "gave_up", "waiting")}
        seats = 9 if self.procedure == "quotas" else 11
        groups = {"education": "personal_quality", "age": "personal", "insurance": "insurance"}
        groups |= dict.fromkeys(("home", "permit"), "residence")
        lines = [{"id": i, "group": groups.get(i, "bonus")} for i in LINES]
        caps = {"insurance": "75", "permit": "50", "donation": "10"}
        for each in lines:
            base = each["group"] in ("personal_quality", "insurance", "residence")
            each |= {"kind": "base" if base else "bonus", "cap": caps.get(each["id"])}
        keys = [
            ("personal_quality", ["education"]),
            ("insurance", ["insurance"]),
            ("residence", ["home", "permit"]),
        ]
        stages = [{k: s.get(k) for k in ("name", "mechanism", "seats", "wishes", "tiers", "area", "fits")}
                  for s in policy(self.procedure)["services"]["school"]["allocation"]["stages"]]  # fmt: skip
        for stage in stages:
            stage |= {"laws": {"capacity": "holds"}, "wishes": stage["wishes"] and int(stage["wishes"])}
        return {
            "format": "record/1",
            "round": {"id": "tiny", "title": {"zh": "小", "en": "tiny"}, "service": "school",
                      "as_of": "2015-04-30", "illustrative": None, "corrects": None},
            "policy": {"id": "tiny/points", "service": "school", "status": "illustrative", "documents": []},
            "engine": {"jifen": "0", "python": "3.11"},
            "draw": self.draw,
            "ranking": {
                "scope": ["town", "stage"],
                "call_in": None,
                "keys": [{"name": "total", "type": "points", "better": "higher", "lines": None}]
                + [{"name": n, "type": "points", "better": "higher", "lines": ids} for n, ids in keys]
                + [{"name": "filed_at", "type": "time", "better": "lower", "lines": None}],
                "ties": ["application_time", "lottery"],
            },
            "score": {
                "lines": lines,
                "groups": [{"id": g, "cap": "70" if g == "bonus" else None, "floor": None}
                           for g in ("personal_quality", "personal", "insurance", "residence", "bonus")],
                "multiplier": "1.3",
                "gate": {"points": "30", "of": "total"},
                "takes": "higher_parent",
            },
            "stages": stages,
            "refusal": {"gives_up": True, "refill": False},
            "counts": {
                "candidates": 14, "ranked": 11, "qualified": 0, **counts,
                "seats": seats, "seats_left": seats - counts["placed"],
                "excluded": {"total": 3, "by_status": {"ineligible": 2, "pending": 1},
                             "by_reason": {"below_gate": "<5", "resident_permit": "<5"}},
            },
        }  # fmt: skip

    def write(self, folder: Path) -> None:
        """`folder/public` and `folder/audit`."""
        tables = {name: csv_bytes(rows) for name, rows in self.tables.items()}
        files = tables | {"policy.json": canonical(policy(self.procedure)) + b"\n"}
        files |= {f"inputs/{name}": data for name, data in self.inputs().items()}
        names = [name.removesuffix(".csv") for name in self.inputs()]
        record = self.record() | {"inputs": {n: {} for n in names}, "tables": {name: {} for name in tables}}
        for form in ("public", "audit"):
            (folder / form / "inputs").mkdir(parents=True)
            for name, data in files.items():
                if form == "audit" or name in PUBLIC:
                    (folder / form / name).write_bytes(data)
        (folder / "public" / "inputs").rmdir()
        (folder / "audit" / "record.json").write_bytes(canonical(record) + b"\n")
        sealed = seal(folder / "audit")
        (folder / "public" / "record.json").write_bytes(sealed)


def csv_bytes(rows: Rows) -> bytes:
    """Canonical CSV."""

    def quoted(cell: str) -> str:
        return '"' + cell.replace('"', '""') + '"' if any(mark in cell for mark in '",\r\n') else cell

    return "".join(",".join(map(quoted, row)) + "\n" for row in rows).encode()


def canonical(value: Any) -> bytes:
    """Canonical JSON."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def digest(data: bytes) -> str:
    """A file's digest."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def seal(folder: Path) -> bytes:
    """Write the digests and numbers of rows of an audit bundle, whatever is in it, into its record."""
    record = json.loads((folder / "record.json").read_bytes())
    for file, entry in record["tables"].items():
        data = (folder / file).read_bytes()
        entry |= {"digest": digest(data), "rows": data.count(b"\n") - 1, "public": file in PUBLIC}
    for name, entry in record["inputs"].items():
        data = (folder / "inputs" / (name if "." in name else f"{name}.csv")).read_bytes()
        entry |= {"digest": digest(data), "rows": data.count(b"\n") - 1}
    record["policy"]["digest"] = digest((folder / "policy.json").read_bytes())
    record["result_digest"] = digest(canonical({f: e["digest"] for f, e in record["tables"].items()}))
    record.pop("digest", None)
    record["digest"] = digest(canonical(record))
    data = canonical(record) + b"\n"
    (folder / "record.json").write_bytes(data)
    return data
