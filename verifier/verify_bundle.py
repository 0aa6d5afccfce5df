#!/usr/bin/env python3
"""Check a published bundle of a points-based allocation, with nothing but Python 3.11.

    python verify_bundle.py BUNDLE [--json] [--lang zh|en]

Exit status: 0 all that can be checked holds, 1 a check failed, 2 wrong usage. Written from the published
specification; shares no code with the engine. Row 1 of a table is its header. Texts are "Chinese | English".
With the other files of its folder beside it, it also checks what only an audit bundle shows.
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import hmac
import importlib
import json
import os
import re
import sys
import unicodedata
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Context, Decimal, Inexact, InvalidOperation, localcontext
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

Row = dict[str, Any]  # a row of a table, or an object of the record
Claims = dict[str, list[tuple[tuple[int, int], Row]]]  # by seat: who claims it, with (tier, position) there
EXACT = Context(prec=400, traps=[Inexact, InvalidOperation])  # rounding is an error
FILES = "points inputs totals marks places redistribution lists months facts residence readings"
COMPANIONS = [f"verify_{name}" for name in FILES.split()]
CHECKS = "record files tables draw ranking outcomes seats cutoffs counts"
RECORD, RANKING, OUTCOMES = "record.json", "ranking.csv", "outcomes.csv"
PUBLIC = {RANKING, OUTCOMES, "cutoffs.csv", "quotas.csv", "offers.csv", "call_in.csv", "pools.csv"}
# file: what it is sorted by and unique in = its columns as name:type (id if none; `?` may be empty)
TABLES = """
ranking.csv: scope position candidate = candidate scope *keys ticket:id? rank:count position:count
outcomes.csv: candidate = candidate outcome stage offer:id? waiting:count? *run *total
cutoffs.csv: stage seat = stage seat seats:count admitted:count full last_admitted:id? *keys ticket:id?
quotas.csv: scope = scope seats:count
offers.csv: offer = offer scope name:text seats:count *kept *type
pools.csv: stage offer place = stage offer place:count pool:text entry seats:count admitted:count full last_admitted:id?
reserves.csv: candidate pool = candidate pool:text member seated
call_in.csv: scope place candidate = candidate scope by place:count called *lot
excluded.csv: candidate = candidate status reasons
score_lines.csv: candidate subject = candidate subject counts status *lines subtotal:points? factor:points? total:points?
facts.csv: candidate subject = candidate subject *rest
preferences.csv: candidate *list rank = candidate *list rank:count offer *marks *total
priorities.csv: stage candidate offer = stage candidate offer tier:count
costs.csv: candidate offer = candidate offer metres:count
"""  # noqa: E501
TYPES = {
    "id": r"[\s\S]+",
    "text": r"[\s\S]*",
    "count": r"0|[1-9][0-9]{0,17}",
    "integer": r"0|-?[1-9][0-9]{0,17}",
    "points": r"(?!-0$)-?(0|[1-9][0-9]{0,99})(\.[0-9]{0,99}[1-9])?",
    "time": r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}",
}
FIELD = re.compile(r'(?:"([^"]*+(?:""[^"]*+)*+)"|([^",\r\n]*+))([,\n])')
RESULTS = {"holds": "成立 | holds", "failed": "不符 | FAILED", "not possible": "无法核验 | not possible"}
CELL = "应为 {due}，实为 {found} | expected {due}, found {found}"
WRONG = "{seat}（{n} 个）应有 {one}，不应有 {two} | {seat} ({n} seats): {one} must have one, {two} must not"
ABSENT = "本程序旁缺少 {f} | {f} must be in the folder of this program"
BAD_CSV = "不是规范 CSV（UTF-8、LF、必要处加引号） | not canonical CSV (UTF-8, LF, quotes where needed)"


class Fault(Exception):
    """What does not hold and where; or, with another `result`, why a check is not possible."""

    def __init__(self, text: str, file: str = "", row: int = 0, column: str = "", **params: object):
        self.text, self.params = text, {name: str(value)[:200] for name, value in params.items()}
        self.place = {"file": file, "row": row or None, "column": column or None} if file else None
        self.result = "failed" if file else "not possible"


@dataclass(frozen=True)
class Report:
    """What was checked. A check: name, title, result, place (file, row, column) or None, detail."""

    bundle: str
    form: str
    ok: bool
    checks: list[Row]

    def as_text(self, lang: str = "zh") -> str:
        lines = [f"{self.bundle} ({self.form})"]
        for check in self.checks:
            file, row, column = (check["place"] or {"file": "", "row": "", "column": ""}).values()
            where = " ".join(filter(None, (file, row and say("第 {n} 行 | row {n}", lang, n=row), column)))
            why = ": ".join(part for part in (where, check["detail"]) if part)
            line = f"[{say(RESULTS[check['result']], lang)}] {check['title']}"
            lines.append(f"{line} — {why}" if why else line)
        return "\n".join([*lines, "OK" if self.ok else "FAILED"])


def say(text: str, lang: str, **params: object) -> str:
    """The Chinese or the English half."""
    return text.split(" | ")[-1 if lang == "en" else 0].format(**params)


def same(found: Row, due: Row, file: str, row: int = 0) -> None:
    """Everything that is due must be found."""
    for column, value in due.items():
        if found.get(column) != value:
            raise Fault(CELL, file, row, column, due=value, found=found.get(column))


def to_json(value: Any) -> bytes:
    """Canonical JSON."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode()


def digest(data: bytes) -> str:
    """As the record writes it."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def packed(text: str) -> bytes:
    """Its length in two bytes, then its bytes."""
    data = unicodedata.normalize("NFC", text).encode()
    return len(data).to_bytes(2, "big") + data


def parse_csv(file: str, data: bytes) -> list[list[str]]:
    """The rows of canonical CSV, header first."""
    rows, at = [list[str]()], 0
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise Fault(BAD_CSV, file, data.count(b"\n", 0, error.start) + 1) from None
    if not {'"', "\r"} & set(text) and text.endswith("\n"):  # the usual case, much faster
        rows, at = [*([*map(sys.intern, line.split(","))] for line in text[:-1].split("\n")), []], len(text)
    while at < len(text):
        match = FIELD.match(text, at)
        if not match or (match[1] is not None and not re.search('[",\r\n]', match[1])):
            raise Fault(BAD_CSV, file, len(rows))
        rows[-1].append(match[2] if match[1] is None else match[1].replace('""', '"'))
        rows += [[]] if match[3] == "\n" else []
        at = match.end()
    ragged = [n for n, row in enumerate(rows, 1) if len(row) != len(rows[0]) * (n < len(rows))]
    if ragged or len(rows) < 2:
        raise Fault(BAD_CSV, file, ragged[0] if ragged else 1)
    return rows[:-1]


class Bundle:
    """A folder as found, and what its record and tables say. CHECKS are methods, docstrings their titles."""

    fault, same = Fault, staticmethod(same)  # for the companions

    def __init__(self, folder: Path):
        self.folder, self.form, self.marks = folder, "unknown", list[str]()
        self.about: Row = {}  # the record
        self.named: dict[str, Row] = {}  # every file of the audit form, and its entry in the record
        self.csv: dict[str, list[list[str]]] = {}  # the tables read so far, header first

    @cached_property
    def found(self) -> dict[str, bool]:
        """Every path in the folder, one level of `inputs` deep: is it an ordinary file?"""
        paths = {path.name: path for path in os.scandir(self.folder)}
        if "inputs" in paths and paths["inputs"].is_dir(follow_symlinks=False):
            paths |= {f"inputs/{path.name}": path for path in os.scandir(paths.pop("inputs"))}
        return {name: path.is_file(follow_symlinks=False) for name, path in paths.items()}

    def read(self, file: str) -> bytes:
        if not self.found.get(file):
            raise Fault("缺少此文件 | this file is missing", file)
        return (self.folder / file).read_bytes()

    def rows(self, file: str) -> Iterator[tuple[int, Row]]:
        """(row number, {column: text}) of a table; nothing if the record names no such table."""
        if self.form == "public" and file not in PUBLIC:
            raise Fault("需要审计包中的 {f} | needs {f} of the audit bundle", f=file)
        if file not in self.csv:
            self.csv[file] = self.table(file) if file in self.named else [[]]
        header, *rows = self.csv[file]
        return ((n, dict(zip(header, row, strict=True))) for n, row in enumerate(rows, 2))

    def table(self, file: str) -> list[list[str]]:
        """A table, header first, if its columns, cells, order and number of rows are right."""
        header, *rows = parse_csv(file, self.read(file))
        order, types = self.columns(file, header)
        same({"header": header}, {"header": list(types)}, file, 1)
        for j, (column, kind) in enumerate(types.items()):
            pattern = re.compile(f"(?:{TYPES[kind.rstrip('?')]}){'?' * kind.endswith('?')}")
            bad = {cell for cell in {row[j] for row in rows} if not pattern.fullmatch(cell)}
            for n, row in enumerate(rows if bad else [], 2):
                same({column: row[j]}, {column: kind} if row[j] in bad else {}, file, n)
        typed: dict[str, Any] = {"rank": int, "position": int, "place": int}
        typed |= {"stage": [stage["name"] for stage in self.about["stages"]].index}
        keys = [[typed.get(c, str)(row[header.index(c)]) for c in order] for row in rows if order]
        for n, (one, two) in enumerate(pairwise(keys), 3):
            if one >= two:
                raise Fault("次序不对或重复 | out of order or duplicate", file, n, " ".join(order))
        same({"rows": len(rows)}, {"rows": self.named[file]["rows"]}, file)
        return [header, *rows]

    def columns(self, file: str, header: list[str]) -> tuple[list[str], dict[str, str]]:
        """What a table is sorted by, and its columns with their types."""
        lines, stages = dict(line.split(": ") for line in TABLES.strip().split("\n")), self.about["stages"]
        kept = [g for key in ("pools", "ceilings") for s in stages for g in s.get(key, ()) if "seats" in g]
        spec = lines.get(file, " = *rest")
        for family, columns in (
            ("*keys", [f"{key['name']}:{key['type']}?" for key in self.about["ranking"]["keys"]]),
            ("*kept", [f"{group['seats']}:count" for group in kept]),
            ("*list", ["list:text"] * any(stage.get("list") for stage in stages)),
            ("*run", ["run:count?"] * self.about["refusal"]["refill"]),
            ("*marks", [f"{mark}:id?" for mark in self.marks]),
            ("*total", ["total:points?"] * bool(self.marks)),
            ("*lot", ["ticket"] * ((self.about["ranking"]["call_in"] or {}).get("ties") == "lottery")),
            ("*type", ["type"] * any(stage.get("fits") for stage in stages)),
            ("*lines", [f"{line['id']}:points?" for line in self.about["score"]["lines"]]),
            ("*rest", [f"{column}:text" for column in header if column not in spec.split()]),
        ):
            spec = spec.replace(family, " ".join(columns))
        order, columns = (part.split() for part in spec.split(" = "))
        return [c.split(":")[0] for c in order], dict(f"{c}:id".split(":")[:2] for c in columns)

    @cached_property
    def people(self) -> list[Row]:
        """The ranked, best first, both rows in one; `stage`, `position`, `row` of the outcome are numbers."""
        index = {stage["name"]: k for k, stage in enumerate(self.about["stages"])}
        ranked, people = {row["candidate"]: row for _, row in self.rows(RANKING)}, []
        for n, row in self.rows(OUTCOMES):
            mine = ranked.pop(row["candidate"], None)
            if mine is None or row["stage"] not in index:
                raise Fault("没有此人或此阶段 | no such candidate or stage", OUTCOMES, n)
            numbers = {"row": n, "position": int(mine["position"]), "stage": index[row["stage"]]}
            people.append(mine | row | numbers)
        same({"candidate": None}, {"candidate": next(iter(ranked), None)}, OUTCOMES)
        return sorted(people, key=lambda p: (p["position"], p["candidate"]))

    @cached_property
    def stages(self) -> list[Row]:
        """Each stage as the outcomes have it: seats left, people to decide, by seat admitted and claims."""
        stages: list[Row] = []
        taken: Counter[str] = Counter()
        gone = "gave_up" if self.about["refusal"]["refill"] else ""  # they made room for others
        for k, stage in enumerate(self.about["stages"]):
            column, quota = ("scope", True) if stage["seats"] == "quotas" else ("offer", False)
            people = [p for p in self.people if p["stage"] >= k and p["outcome"] != gone]
            onward = quota and "quotas" not in [one["seats"] for one in self.about["stages"][k + 1 :]]
            moves = stage["mechanism"] == "redistribution"
            admitted: dict[str, list[Row]] = defaultdict(list)
            claims: Claims = defaultdict(list)
            for p in people:  # being inside a quota counts, and so does a place given up
                has = p["stage"] == k and p["outcome"] not in ("waiting", "qualified")
                inside = has or (onward and p["stage"] > k)
                admitted[p[column]] += [p] * inside
                rank = (p["position"], p["row"] * moves)  # no tie ever enlarges a redistribution
                claims[p[column]] += [(rank, p)] * (inside or quota)
            rows = [row for _, row in self.rows(f"{stage['seats']}.csv")]
            used = Counter[str]() if quota else taken
            seats = {row[column]: max(int(row["seats"]) - used[row[column]], 0) for row in rows}
            if quota and k:  # a second ranking
                seats, admitted = companion("verify_places").second(self, stage, stages[-1], admitted)
            stage = stage | {"seats": seats, "people": people, "admitted": admitted, "claims": claims}
            tiers = stage.get("tiers") or stage["mechanism"] in ("immediate_acceptance", "parallel")
            stages.append(stage | {"quota": quota, "moves": moves, "tiers": tiers})
            taken.update({} if quota else {seat: len(held) for seat, held in admitted.items()})
        return stages

    def priority(self, stage: Row) -> Callable[[Row, str], tuple[int, int]]:
        """How a seat ranks people: tier, then position, or place by the total there; smaller is better."""
        if stage.get("area") or (self.marks and self.form == "public"):
            keys = {p["candidate"]: (self.key(p), p["ticket"]) for p in self.people}
            order = sorted(keys.values())
            return lambda p, seat: (0, bisect_left(order, keys[p["candidate"]]))
        rows = self.rows("priorities.csv") if stage.get("tiers") else ()
        tiers = {(r["candidate"], r["offer"]): int(r["tier"]) for _, r in rows if r["stage"] == stage["name"]}
        there = companion("verify_marks").places(self, stage) if self.marks else lambda p, _: p["position"]
        return lambda p, seat: (tiers[p["candidate"], seat] if stage.get("tiers") else 0, there(p, seat))

    def chosen(self, claims: list[tuple[tuple[int, int], Row]], seats: int, seat: str) -> list[Row]:
        """Who of those who claim a seat must have it."""
        order = sorted(claims, key=lambda claim: (claim[0], claim[1]["candidate"]))
        limit = order[seats - 1][0] if 0 < seats < len(order) else None
        if limit is None or limit != order[seats][0]:
            return [p for _, p in order[:seats]]
        ties = self.about["ranking"]["ties"]  # people are tied at the limit
        if not {"admit_all", "exclude_all"} & set(ties):
            raise Fault("{seat} 的界限上并列 | people are tied at the limit of {seat}", RANKING, seat=seat)
        return [p for rank, p in order if rank < limit or (rank == limit and "admit_all" in ties)]

    def fair(self, stage: Row, claims: Claims) -> None:
        """Every seat must be held by the best of those who claim it: none passed over, none left empty."""
        for seat in sorted(claims.keys() | stage["admitted"].keys()):
            seats, held = max(stage["seats"].get(seat, 0), 0), stage["admitted"].get(seat, [])
            due = self.chosen(claims.get(seat, []), seats, seat)
            in_due, in_held = {p["row"] for p in due}, {p["row"] for p in held}
            out = [p for p in due if p["row"] not in in_held]
            over = [p for p in reversed(held) if p["row"] not in in_due]
            if out or over:
                one, two = ("{candidate} (#{position})".format(**p[0]) if p else "—" for p in (out, over))
                row = (out or over)[0]["row"]
                raise Fault(WRONG, OUTCOMES, row, "outcome", seat=seat, n=seats, one=one, two=two)

    def record(self) -> None:
        """记录：规范 JSON，自身摘要正确 | record: canonical JSON with its own digest"""
        data = self.read(RECORD)
        self.about = about = json.loads(data, parse_float=int)  # int refuses fractions: amounts are text
        inputs = {f"inputs/{name}" + ".csv" * ("." not in name): e for name, e in about["inputs"].items()}
        private = inputs | {"policy.json": {"digest": about["policy"]["digest"]}}
        named = {file: entry | {"public": False} for file, entry in private.items()} | about["tables"]
        self.form = "audit" if any(f in self.found for f, e in named.items() if not e["public"]) else "public"
        self.named = named
        self.marks = [*dict.fromkeys(line["at"] for line in about["score"]["lines"] if "at" in line)]
        unsigned = {name: value for name, value in about.items() if name != "digest"}
        same(about, {"format": "record/1", "digest": digest(to_json(unsigned))}, RECORD)
        if data != to_json(about) + b"\n":
            raise Fault("不是规范 JSON | not canonical JSON", RECORD)

    def files(self) -> None:
        """文件：与记录一致，无缺、无多、无改动 | files: exactly those the record names, unchanged"""
        here = {file for file, entry in self.named.items() if entry["public"] or self.form == "audit"}
        for file in sorted(self.found):
            if not self.found[file] or file not in here | {RECORD}:
                raise Fault("记录未列出，或非普通文件 | not named by the record, or no ordinary file", file)
        for file in sorted(here):
            same(self.named[file], {"digest": digest(self.read(file)), "public": file in PUBLIC}, file)
        digests = {file: entry["digest"] for file, entry in self.about["tables"].items()}
        same(self.about, {"result_digest": digest(to_json(digests))}, RECORD)

    def tables(self) -> None:
        """表格：规范 CSV，列、类型、次序 | tables: canonical CSV, columns, types, order, no duplicates"""
        for file in sorted(self.named):
            if file.endswith(".csv") and file in self.found:
                self.rows(file)

    def draw(self) -> None:
        """抽签：名册摘要、种子、每一张签 | draw: roster hash, seed, every ticket"""
        draw, ranked, key = self.about["draw"], list(self.rows(RANKING)), b""
        rule, lottery = self.about["ranking"].get("call_in"), "lottery" in self.about["ranking"]["ties"]
        if draw or lottery:
            listed = list(self.rows("call_in.csv")) if rule and rule["ties"] == "lottery" else ranked
            entries = [(packed(row["candidate"]), packed(row["scope"]) + b"\0\0\0\1") for _, row in listed]
            roster = b"".join(name + rest for name, rest in sorted(entries, key=lambda entry: entry[0][2:]))
            roster_hash = hashlib.sha256(b"ALLOC-ROSTER-v1\0" + len(listed).to_bytes(4, "big") + roster)
            told = len(draw["sources"]).to_bytes(2, "big")
            for source in draw["sources"]:
                value = bytes.fromhex(source["value_hex"])
                told += packed(source["name"]) + len(value).to_bytes(4, "big") + value
            head = b"ALLOC-SEED-v1\0" + roster_hash.digest() + packed(draw["id"])
            key = hashlib.sha256(head + told).digest()
            due = {"method": "uniform", "roster_hash": roster_hash.hexdigest(), "seed": key.hex()}
            same(draw, due | {"entropy_bits": sum(s["entropy_bits"] for s in draw["sources"])}, RECORD)
        head = b"ALLOC-TICKET-v1\0" + packed(draw["id"] if draw else "")
        for n, row in ranked:
            ticket = hmac.digest(key, head + packed(row["candidate"]) + bytes(4), "sha256").hex()
            same(row, {"ticket": ticket if lottery else ""}, RANKING, n)

    def key(self, row: Row) -> list[tuple[bool, Decimal]]:
        """What a person is ranked by, key after key; smaller is better, unknown last."""
        keys = self.about["ranking"]["keys"]
        cells = [re.sub(r"\D", "", row[k["name"]]) if k["type"] == "time" else row[k["name"]] for k in keys]
        signs = [-1 if k["better"] == "higher" else 1 for k in keys]
        return [(not cell, Decimal(cell or 0) * sign) for cell, sign in zip(cells, signs, strict=True)]

    def ranking(self) -> None:
        """排名：由总分、同分规则、签号得出 | ranking: as totals, tie keys and tickets give it"""
        rule, gate, seen = self.about["ranking"], self.about["score"]["gate"], set[str]()
        lottery, timed = "lottery" in rule["ties"], any(key["type"] == "time" for key in rule["keys"])
        same({"ties": "application_time" in rule["ties"]}, {"ties": timed}, RECORD)
        least = Decimal(gate["points"] if gate and gate["of"] == "total" else "-Infinity")
        scopes = defaultdict(list)
        for n, row in self.rows(RANKING):
            if row["candidate"] in seen or Decimal(row.get("total", "Infinity")) < least:
                raise Fault("重复，或低于门槛 | listed twice, or below the gate", RANKING, n, "candidate")
            seen.add(row["candidate"])
            ticket = row["ticket"] if lottery else ""
            scopes[row["scope"]].append((self.key(row), ticket, row["candidate"], n, row))
        for scope in scopes.values():
            rank, last = 0, None
            for at, (key, _, _, n, row) in enumerate(sorted(scope, key=lambda entry: entry[:3]), 1):
                rank, last = rank if key == last else at, key
                same(row, {"rank": str(rank), "position": str(at if lottery else rank)}, RANKING, n)

    def outcomes(self) -> None:
        """结果：每人恰有一个，轮候按排名 | outcomes: exactly one each, waiting lists in ranking order"""
        kinds = [stage["seats"] for stage in self.about["stages"]]
        rows = self.rows("offers.csv") if "offers" in kinds else ()
        offers, refill = {row["offer"]: row["scope"] for _, row in rows}, self.about["refusal"]["refill"]
        possible = ["placed", "waiting", *["gave_up"] * self.about["refusal"]["gives_up"]]
        possible += ["qualified"] * (kinds[0] == "quotas" and bool(offers))
        lists: dict[str, list[int]] = defaultdict(list)
        for p in self.people:
            waits, quota = p["outcome"] == "waiting", kinds[p["stage"]] == "quotas"
            bare, last = waits or p["outcome"] == "qualified", p["stage"] == len(kinds) - 1
            goes_on = quota and "quotas" in kinds[p["stage"] + 1 :]  # to a second ranking
            decided = (quota or last) and not goes_on if waits else last if bare else quota != bool(offers)
            if not decided or p["outcome"] not in possible:
                raise Fault("此阶段不能有此结果 | no such outcome here", OUTCOMES, p["row"], "outcome")
            lists[p["scope"]] += [p["position"]] * waits
            place = str(bisect_left(lists[p["scope"]], p["position"]) + 1) if waits else ""
            same(p, {"waiting": place}, OUTCOMES, p["row"])
            here = offers.get(p["offer"], p["offer"] and None)
            anywhere = here if self.about["stages"][p["stage"]].get("area") else p["scope"]
            same({"offer": here}, {"offer": anywhere if offers and not bare else ""}, OUTCOMES, p["row"])
            same({"run": bool(p.get("run"))}, {"run": refill and not bare}, OUTCOMES, p["row"])

    def seats(self) -> None:
        """名额：不超出；指标内无人被越过、无空置 | seats: not exceeded; inside quotas no one passed over"""
        second = self.stages[-1]["quota"] and self.stages[-1].get("area")
        for stage in companion("verify_places").rankings(self) if second else self.stages:
            if not ((self.marks or stage.get("tiers")) and "admit_all" in self.about["ranking"]["ties"]):
                self.fair(stage, stage["claims"])

    def cutoffs(self) -> None:
        """分数线：与录取一致 | cut-offs: as the admissions give them"""
        marks = [*(key["name"] for key in self.about["ranking"]["keys"]), "ticket"]
        stages = [stage for stage in self.stages if not stage["moves"]]
        due = [(stage, seat) for stage in stages for seat in sorted(stage["seats"])]
        found, public = list(self.rows("cutoffs.csv")), self.form == "public"
        hidden = {s["name"] for s in stages if s.get("tiers") and public}  # nobody can say who was the last
        order = {s["name"]: None if s["name"] in hidden else self.priority(s) for s in stages}
        same({"rows": len(found)}, {"rows": len(due)}, "cutoffs.csv")
        for (n, row), (stage, seat) in zip(found, due, strict=True):
            held, seats = stage["admitted"].get(seat, []), stage["seats"][seat]
            by, told = order[stage["name"]], row["last_admitted"]
            held = sorted(held, key=lambda p: (by(p, seat), p["candidate"]) if by else p["candidate"] == told)
            last = held[-1] if held else {}
            cells = {"stage": stage["name"], "seat": seat, "seats": str(seats), "admitted": str(len(held))}
            cells |= {"full": str(len(held) >= seats).lower(), "last_admitted": last.get("candidate", "")}
            same(row, cells | {mark: last.get(mark, "") for mark in marks}, "cutoffs.csv", n)

    def counts(self) -> None:
        """人数：与各表一致 | counts: as the tables give them"""
        counts, found = self.about["counts"], Counter(p["outcome"] for p in self.people)
        ranked, seats = len(self.people), sum(self.stages[0]["seats"].values())
        due = {"ranked": ranked} | {o: found[o] for o in ("placed", "gave_up", "waiting", "qualified")}
        due |= {"candidates": ranked + counts["excluded"]["total"], "seats": seats}
        same(counts, due | {"seats_left": seats - found["placed"]}, RECORD)


def companion(name: str) -> Any:
    """Another file of this folder."""
    try:
        return importlib.import_module(f"{__package__ or ''}.{name}".lstrip("."))
    except ImportError:
        raise Fault(ABSENT, f=f"{name}.py") from None


def absent(_: Bundle) -> None:
    """审计包的其余核验 | further checks of an audit bundle"""
    raise Fault(ABSENT, f="verify_*.py")


def verify(folder: str | Path, lang: str = "zh") -> Report:
    """Run every check on a folder; whatever it holds, the answer is a report."""
    bundle, checks = Bundle(Path(folder)), list[Row]()
    jobs: dict[str, Callable[[Bundle], None]] = {name: getattr(Bundle, name) for name in CHECKS.split()}
    for name in COMPANIONS:
        try:
            jobs |= companion(name).CHECKS
        except Fault:
            jobs[name] = absent
    with localcontext(EXACT):
        for name, check in jobs.items():
            result, place, detail = "holds", None, ""
            try:
                check(bundle)
            except Fault as fault:
                result, place, detail = fault.result, fault.place, say(fault.text, lang, **fault.params)
            except Exception as error:  # noqa: BLE001 - garbage may break any assumption; the answer is a report
                result, place = "failed", {"file": RECORD, "row": None, "column": None}
                detail = say("不符合规定格式 | not in the specified form", lang) + f" ({error!r:.200})"
            title = say(str(check.__doc__), lang)
            checks.append({"name": name, "title": title, "result": result, "place": place, "detail": detail})
            if not bundle.named:  # nothing can be checked without a record
                break
    return Report(str(folder), bundle.form, all(check["result"] != "failed" for check in checks), checks)


def main(arguments: list[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--lang", choices=("zh", "en"), default="zh")
    if not (options := parser.parse_args(arguments)).bundle.is_dir():
        parser.error(f"no such folder: {options.bundle}")
    report = verify(options.bundle, options.lang)
    told = {"format": "verification/1"} | vars(report)
    text = json.dumps(told, ensure_ascii=False, indent=1) if options.json else report.as_text(options.lang)
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace") + b"\n")
    return 0 if report.ok else 1


if __name__ == "__main__":
    gc.disable()  # nothing here is cyclic; looking for it takes a quarter of the time
    sys.exit(main())
