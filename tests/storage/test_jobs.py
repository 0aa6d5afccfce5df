"""The laws of jobs, whatever workers do and whenever they die."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, precondition, rule
from sqlmodel import select

from storage.database import Database, migrate, open_database
from storage.jobs import (
    ATTEMPTS,
    Finished,
    Order,
    cancel,
    find_job,
    finish,
    give_back,
    is_over,
    lease_next,
    renew,
    report_progress,
    submit,
)
from storage.service_tables import OVER, JobRow, PolicyRow, ResultRow, RoundRow
from values.problems import BadInput

SECONDS = 60


def opened(folder: Path) -> Database:
    database = open_database(f"sqlite:///{folder / 'service.sqlite3'}")
    migrate(database)
    with database.writing() as session:
        session.add(PolicyRow(id="p", policy="a/b", digest="d", status="draft", registered_at=1))
        session.flush()
        session.add(RoundRow(id="r", policy_id="p", settings="s", name="n", registered_at=1))
    return database


def order(kind: str = "score", **inputs: object) -> Order:
    return Order("r", kind, {}, inputs)


class Workers(RuleBasedStateMachine):
    """Any number of workers on one queue, who begin, report, finish, die and come back."""

    jobs: Bundle[str] = Bundle("jobs")
    leases: Bundle[str] = Bundle("leases")

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.database = opened(Path(self.folder.name))
        self.now = 0
        self.submitted: list[str] = []
        self.over: dict[str, JobRow] = {}
        self.valid: dict[str, str] = {}

    def teardown(self) -> None:
        self.database.close()
        self.folder.cleanup()

    @rule(target=jobs)
    def submit(self) -> str:
        name = f"job {len(self.submitted)}"
        with self.database.writing() as session:
            _, new = submit(session, order(), key=name, job_id=name, now=self.now)
        assert new
        self.submitted.append(name)
        return name

    @rule(seconds=st.integers(0, 2 * SECONDS))
    def time_goes_by(self, seconds: int) -> None:
        self.now += seconds

    @rule(target=leases, number=st.integers(0, 10**9))
    def take(self, number: int) -> str:
        """The oldest of those that are free is taken; none is ever passed over."""
        lease = f"lease {number} {self.now} {len(self.valid)}"
        before = {row.id: row for row in self.rows()}
        with self.database.writing() as session:
            job = lease_next(session, lease=lease, now=self.now, seconds=SECONDS)
            taken = None if job is None else job.id
        free = [
            name
            for name in self.submitted
            if before[name].attempts < ATTEMPTS
            and (before[name].status == "queued" or self.ran_out(before[name]))
        ]
        assert taken == (free[0] if free else None)
        if taken is not None:
            self.valid = {held: name for held, name in self.valid.items() if name != taken} | {lease: taken}
        return lease

    @rule(lease=leases)
    def renew(self, lease: str) -> None:
        with self.database.writing() as session:
            assert renew(session, lease, now=self.now, seconds=SECONDS) == self.holds(lease)

    @rule(lease=leases, done=st.integers(0, 5))
    def report(self, lease: str, done: int) -> None:
        with self.database.writing() as session:
            assert report_progress(session, lease, "stage", done, 5) == self.holds(lease)

    @rule(lease=leases, status=st.sampled_from(["done", "refused"]))
    def finish(self, lease: str, status: str) -> None:
        ending = Finished(status, folder=lease, result_digest="d")  # type: ignore[arg-type]
        with self.database.writing() as session:
            assert finish(session, lease, ending, now=self.now) == self.holds(lease)

    @rule(lease=leases, counts=st.booleans())
    def give_back(self, lease: str, counts: bool) -> None:
        with self.database.writing() as session:
            assert give_back(session, lease, now=self.now, counts=counts) == self.holds(lease)
        self.valid.pop(lease, None)

    @precondition(lambda self: self.submitted)
    @rule(name=jobs)
    def cancel(self, name: str) -> None:
        was_over = is_over(self.database, name)
        with self.database.writing() as session:
            if was_over:
                with pytest.raises(BadInput, match=r"service\.job_over"):
                    cancel(session, name, now=self.now)
            else:
                assert cancel(session, name, now=self.now).status == "cancelled"

    @invariant()
    def what_is_over_stays_as_it_is(self) -> None:
        for row in self.rows():
            if row.id in self.over:
                assert row == self.over[row.id]
            elif row.status in OVER:
                self.over[row.id] = row

    @invariant()
    def a_job_has_a_result_if_and_only_if_it_is_done(self) -> None:
        with self.database.reading() as session:
            results = {row.job_id for row in session.exec(select(ResultRow))}
        assert results == {row.id for row in self.rows() if row.status == "done"}

    @invariant()
    def no_job_is_tried_too_often(self) -> None:
        assert all(0 <= row.attempts <= ATTEMPTS for row in self.rows())

    def rows(self) -> list[JobRow]:
        with self.database.reading() as session:
            return list(session.exec(select(JobRow)))

    def ran_out(self, row: JobRow) -> bool:
        return row.leased_until is not None and row.leased_until <= self.now

    def holds(self, lease: str) -> bool:
        """Whether a lease was neither passed on nor ended: what the worker itself cannot know."""
        return any(row.lease == lease for row in self.rows())


TestWorkers = Workers.TestCase
TestWorkers.settings = settings(max_examples=12, stateful_step_count=30, deadline=None)


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return opened(tmp_path)


def test_the_same_key_and_request_give_the_same_job(database: Database) -> None:
    """Even if the round has other tables by now: a repeated request is not a new one."""
    with database.writing() as session:
        first, _ = submit(session, order(table="1"), key="k", job_id="a", now=1)
        again, new = submit(session, order(table="2"), key="k", job_id="b", now=2)

    assert (again.id, new) == (first.id, False)
    assert again.inputs == '{"table":"1"}'


@pytest.mark.parametrize(
    "other", [order("allocate"), Order("q", "score", {}, {}), Order("r", "score", {"a": 1}, {})]
)
def test_the_same_key_with_another_request_is_refused(other: Order, database: Database) -> None:
    with database.writing() as session:
        submit(session, order(), key="k", job_id="a", now=1)

    with pytest.raises(BadInput, match=r"service\.key_reused"), database.writing() as session:
        submit(session, other, key="k", job_id="b", now=2)


def test_a_worker_that_was_given_up_cannot_finish_what_another_one_has(database: Database) -> None:
    """It was slow, not dead; only the second one's result counts."""
    with database.writing() as session:
        submit(session, order(), key="k", job_id="a", now=0)
        lease_next(session, lease="slow", now=0, seconds=SECONDS)
        assert lease_next(session, lease="early", now=SECONDS - 1, seconds=SECONDS) is None
        assert lease_next(session, lease="second", now=SECONDS, seconds=SECONDS)
        assert not finish(session, "slow", Finished("done", folder="slow"), now=SECONDS + 1)
        assert finish(session, "second", Finished("done", folder="second"), now=SECONDS + 2)

    with database.reading() as session:
        assert [row.folder for row in session.exec(select(ResultRow))] == ["second"]


def test_a_job_that_kills_every_worker_is_given_up_with_a_reason(database: Database) -> None:
    with database.writing() as session:
        submit(session, order(), key="k", job_id="a", now=0)
        for attempt in range(ATTEMPTS):
            assert lease_next(session, lease=f"{attempt}", now=attempt * SECONDS, seconds=SECONDS)
        assert lease_next(session, lease="late", now=ATTEMPTS * SECONDS, seconds=SECONDS) is None
        job = find_job(session, "a")

    assert job.status == "failed"
    assert "service.attempts_exhausted" in job.problems


def test_an_orderly_stop_is_no_attempt(database: Database) -> None:
    with database.writing() as session:
        submit(session, order(), key="k", job_id="a", now=0)
        for attempt in range(2 * ATTEMPTS):
            assert lease_next(session, lease=f"{attempt}", now=0, seconds=SECONDS)
            give_back(session, f"{attempt}", now=0, counts=False)

        assert (find_job(session, "a").status, find_job(session, "a").attempts) == ("queued", 0)
