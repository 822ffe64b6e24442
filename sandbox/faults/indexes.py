"""Indexes that are of no use, missing, or not the ones the guide asks for; the application's use of the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime

from sandbox import earlier
from sandbox.faults import fault
from sandbox.faults.database import TABLE_COUNTERS
from sandbox.faults.database_week import planted
from sandbox.faults.tools import estate_edited, in_database
from sandbox.house import Sandbox

UNUSED, MISSING = "monthly.optimization.unused-indexes", "monthly.optimization.missing-indexes"
APPOINTMENTS, POOLING = "monthly.optimization.appointments-index", "monthly.optimization.pooling"
JOBS, CUSTOMERS = "monthly.optimization.background-jobs", "monthly.capacity.customers"
THE_INDEX = (
    "CREATE INDEX idx_appointments_date_status ON appointments (appointment_date, status) WHERE status IN ('scheduled', 'confirmed')"
)


@fault(not_met=UNUSED)
def index_nobody_uses(sandbox: Sandbox) -> Iterator[None]:
    """An index on a column that no query filters by."""
    with in_database(sandbox, "CREATE INDEX planted ON customers (phone)", "DROP INDEX planted"):
        yield


@fault(not_met=UNUSED)
def partial_index_on_a_foreign_key_nobody_uses(sandbox: Sandbox) -> Iterator[None]:
    """An index on a foreign key holds some of the rows only: it serves the key in nothing, and nobody uses it."""
    with in_database(sandbox, "CREATE INDEX planted ON appointments (customer_id) WHERE status = 'cancelled'", "DROP INDEX planted"):
        yield


@fault(not_met=UNUSED)
def index_only_the_planner_touches(sandbox: Sandbox) -> Iterator[None]:
    """An unused index that the planner has looked into, to learn the largest value: its counter is no longer 0."""
    with in_database(sandbox, "CREATE INDEX planted ON customers (address)", "DROP INDEX planted"):
        sandbox.sql("EXPLAIN SELECT * FROM customers WHERE address > '999 Zinnia Street'")
        yield


@fault(not_met=UNUSED)
def index_that_begins_another(sandbox: Sandbox) -> Iterator[None]:
    """An index is nothing but the beginning of another one; it is used all the time, and would not be missed."""
    mends = "DROP INDEX planted_short; DROP INDEX planted_long"
    breaks = (
        "CREATE INDEX planted_long ON session_logs (address, created_at); CREATE INDEX planted_short ON session_logs (address);"
        " ANALYZE session_logs"
    )
    with in_database(sandbox, breaks, mends):
        with closing(sandbox.postgres.connect("neff_app")) as session:
            for number in range(120):
                session.execute("SELECT id FROM session_logs WHERE address = %s::inet", [f"198.51.100.{number}"])
                session.execute("SET enable_seqscan = off")
        yield


@fault(not_met=UNUSED)
def unique_index_of_a_constraint_once_more(sandbox: Sandbox) -> Iterator[None]:
    """A unique index is the very one that a constraint has: it keeps out nothing that is not kept out already."""
    breaks = "CREATE TABLE planted (id integer PRIMARY KEY); CREATE UNIQUE INDEX planted_again ON planted (id)"
    with in_database(sandbox, breaks, "DROP TABLE planted"):
        yield


@fault(harmless=UNUSED)
def unique_indexes_that_differ(sandbox: Sandbox) -> Iterator[None]:
    """Two unique indexes over one column keep out different doubles: one all of them, one among some of the rows."""
    breaks = (
        "CREATE TABLE planted (id integer PRIMARY KEY, code text);"
        " CREATE UNIQUE INDEX planted_code ON planted (code) WHERE id > 10; CREATE UNIQUE INDEX planted_low ON planted (lower(code))"
    )
    with in_database(sandbox, breaks, "DROP TABLE planted"):
        yield


@fault(not_assessed=TABLE_COUNTERS)
def index_counters_a_minute_old(sandbox: Sandbox) -> Iterator[None]:
    """The usage counters began a moment ago: which index is unused cannot be told."""
    sandbox.sql("SELECT pg_stat_reset()")
    try:
        yield
    finally:
        sandbox.postgres.age_statistics()
        sandbox.begin_a_day()


@fault(harmless=UNUSED)
def index_of_a_constraint_never_used(sandbox: Sandbox) -> Iterator[None]:
    """A unique index that no query reads by: it keeps doubles out."""
    with in_database(sandbox, "CREATE UNIQUE INDEX planted ON customers (id, email)", "DROP INDEX planted"):
        yield


@fault(harmless=UNUSED)
def index_of_a_table_that_nobody_reads(sandbox: Sandbox) -> Iterator[None]:
    """A table of last week that nothing has read yet: its index had no chance to be used."""
    breaks = "CREATE TABLE planted (id integer, day date); CREATE INDEX planted_day ON planted (day)"
    with in_database(sandbox, breaks, "DROP TABLE planted"):
        yield


@fault(not_met=MISSING)
def table_read_whole_a_hundred_times(sandbox: Sandbox) -> Iterator[None]:
    """A table of 10,000 measurements is searched by a column without an index, a hundred times."""
    statements = (
        "CREATE TABLE planted (id integer PRIMARY KEY, lane integer)",
        "INSERT INTO planted SELECT n, n % 50 FROM generate_series(1, 10000) AS n",
        "ANALYZE planted",
        "GRANT SELECT ON planted TO neff_app",
    )
    with planted(sandbox, *statements):
        with closing(sandbox.postgres.connect("neff_app")) as session:
            for lane in range(100):
                session.execute("SELECT count(*) FROM planted WHERE lane = %s", [lane])
        yield


@fault(not_met=MISSING)
def foreign_key_index_dropped(sandbox: Sandbox) -> Iterator[None]:
    """The index that supports a foreign key is gone."""
    mends = "CREATE INDEX idx_estimates_customer ON estimates (customer_id)"
    with in_database(sandbox, "DROP INDEX idx_estimates_customer", mends):
        yield


@fault(not_assessed=[MISSING, UNUSED])
def scan_counters_hidden(sandbox: Sandbox) -> Iterator[None]:
    """The counters of scans may not be read."""
    counters = "EXECUTE ON FUNCTION pg_stat_get_numscans(oid)"
    with in_database(sandbox, f"REVOKE {counters} FROM PUBLIC", f"GRANT {counters} TO PUBLIC"):
        yield


def _another_index(name: str, definition: str, what: str, *, also: tuple[str, ...] = ()) -> None:
    """Registers another index in the place of the guide's."""

    def index_replaced(sandbox: Sandbox) -> Iterator[None]:
        sandbox.sql(f"DROP INDEX idx_appointments_date_status; {definition}")
        try:
            yield
        finally:
            sandbox.sql(f"DROP INDEX IF EXISTS idx_appointments_date_status; {THE_INDEX}")
            sandbox.begin_a_day()

    index_replaced.__name__, index_replaced.__doc__ = name, what
    fault(not_met=[APPOINTMENTS, *also])(index_replaced)


_another_index("appointments_index_dropped", "", "The guide's index on appointments is gone.")
_another_index(
    "appointments_index_without_condition",
    "CREATE INDEX idx_appointments_date_status ON appointments (appointment_date, status)",
    "An index of the right name over every appointment there ever was.",
    also=(UNUSED,),
)
_another_index(
    "appointments_index_of_the_others",
    "CREATE INDEX idx_appointments_date_status ON appointments (appointment_date, status) WHERE status NOT IN ('scheduled', 'confirmed')",
    "An index of the right name, columns and words, over all appointments but the open ones.",
    also=(UNUSED,),
)
_another_index(
    "appointments_index_of_other_columns",
    "CREATE INDEX idx_appointments_date_status ON appointments (status, created_at) WHERE status IN ('scheduled', 'confirmed')",
    "An index of the right name over other columns.",
    also=(UNUSED,),
)


@fault(not_met=[APPOINTMENTS, "weekly.database.indexes"])
def appointments_index_invalid(sandbox: Sandbox) -> Iterator[None]:
    """A concurrent build of the guide's index broke off: it stands there and is used by nobody."""
    flip = "UPDATE pg_index SET indisvalid = {} WHERE indexrelid = 'idx_appointments_date_status'::regclass"
    with in_database(sandbox, flip.format("false"), flip.format("true")):
        yield


@fault(harmless=[APPOINTMENTS, UNUSED])
def appointments_index_under_another_name(sandbox: Sandbox) -> Iterator[None]:
    """The same index under a name of the migration tool's."""
    rename = "ALTER INDEX {} RENAME TO {}"
    names = ("idx_appointments_date_status", "appointments_open_by_day")
    with in_database(sandbox, rename.format(*names), rename.format(*reversed(names))):
        yield


@fault(not_met=POOLING)
def connection_for_each_request(sandbox: Sandbox) -> Iterator[None]:
    """The application opens a connection for each request and closes it again: few are open at any time."""
    earlier.seed(sandbox.home, sandbox.postgres, datetime.now(UTC))
    for _ in range(520):
        with closing(sandbox.postgres.connect("neff_app")) as session:
            session.execute("SELECT 1")
            session.execute("SELECT 2")
    try:
        yield
    finally:
        sandbox.begin_a_day()


@fault(not_met=POOLING)
def connections_leak(sandbox: Sandbox) -> Iterator[None]:
    """The application has more connections open than its pools may."""
    with ExitStack() as sessions:
        for _ in range(13):
            sessions.enter_context(closing(sandbox.postgres.connect("neff_app")))
        yield


@fault(not_met=POOLING)
def pool_larger_than_its_slots(sandbox: Sandbox) -> Iterator[None]:
    """The application's account may open fewer connections than its pools will ask for at the first rush."""
    breaks = "ALTER ROLE neff_app CONNECTION LIMIT 10"
    with in_database(sandbox, breaks, "ALTER ROLE neff_app CONNECTION LIMIT -1"):
        yield


@fault(not_assessed=POOLING)
def pool_of_an_unknown_account(sandbox: Sandbox) -> Iterator[None]:
    """The estate names an account that does not exist: it has no connection too many."""
    with estate_edited(sandbox, ('account = "neff_app"', 'account = "neff_application"')):
        yield


@fault(not_assessed=[POOLING, "daily.kpi.errors.database"])
def session_counters_without_traffic(sandbox: Sandbox) -> Iterator[None]:
    """Since the last run next to nothing ran: how long connections last cannot be told."""
    earlier.seed(sandbox.home, sandbox.postgres, datetime.now(UTC))
    sandbox.sql("SELECT count(*) FROM customers")
    try:
        yield
    finally:
        sandbox.begin_a_day()


@fault(not_met=JOBS)
def queue_stuck(sandbox: Sandbox) -> Iterator[None]:
    """A mail has been waiting for the worker for two hours; it is the only one."""
    breaks = "INSERT INTO jobs (queue, status, run_at, error) VALUES ('mail', 'waiting', now() - interval '2 hours', 'planted')"
    with in_database(sandbox, breaks, "DELETE FROM jobs WHERE error = 'planted'"):
        yield


@fault(not_met=JOBS)
def job_running_for_hours(sandbox: Sandbox) -> Iterator[None]:
    """A worker died in the middle of a document: its job is running for ever."""
    breaks = (
        "INSERT INTO jobs (queue, status, run_at, started_at, error)"
        " VALUES ('document', 'running', now() - interval '3 hours', now() - interval '3 hours', 'planted')"
    )
    with in_database(sandbox, breaks, "DELETE FROM jobs WHERE error = 'planted'"):
        yield


@fault(not_met=JOBS)
def job_running_since_tomorrow(sandbox: Sandbox) -> Iterator[None]:
    """A worker with a wrong clock took a job that was due three days ago: by its date it has not begun."""
    breaks = (
        "INSERT INTO jobs (queue, status, run_at, started_at, error)"
        " VALUES ('document', 'running', now() - interval '3 days', now() + interval '1 day', 'planted')"
    )
    with in_database(sandbox, breaks, "DELETE FROM jobs WHERE error = 'planted'"):
        yield


@fault(not_met=JOBS)
def job_in_a_state_of_its_own(sandbox: Sandbox) -> Iterator[None]:
    """A new release of the worker puts jobs aside as "held": by the states known so far, none of them waits."""
    breaks = (
        "ALTER TABLE jobs DROP CONSTRAINT jobs_status_check;"
        " INSERT INTO jobs (queue, status, run_at, error) VALUES ('mail', 'held', now() - interval '2 hours', 'planted')"
    )
    mends = (
        "DELETE FROM jobs WHERE error = 'planted';"
        " ALTER TABLE jobs ADD CONSTRAINT jobs_status_check CHECK (status IN ('waiting', 'running', 'done', 'failed'))"
    )
    with in_database(sandbox, breaks, mends):
        yield


@fault(not_met=JOBS)
def queue_that_mostly_fails(sandbox: Sandbox) -> Iterator[None]:
    """Each new mail fails at once since two days: none waits, and a week ago many were still sent."""
    breaks = (
        "INSERT INTO jobs (queue, status, run_at, started_at, error)"
        " SELECT 'mail', 'failed', m, m, 'planted' FROM generate_series(now() - interval '2 days', now(), interval '10 minutes') AS m"
    )
    with in_database(sandbox, breaks, "DELETE FROM jobs WHERE error = 'planted'"):
        yield


@fault(not_met=JOBS)
def work_no_longer_queued(sandbox: Sandbox) -> Iterator[None]:
    """Since a release, documents are made within the request: their queue is empty, and looks fine."""
    with in_database(
        sandbox, "UPDATE jobs SET queue = 'paper' WHERE queue = 'document'", "UPDATE jobs SET queue = 'document' WHERE queue = 'paper'"
    ):
        yield


@fault(not_assessed=JOBS)
def queue_table_gone(sandbox: Sandbox) -> Iterator[None]:
    """The table of jobs has another name than the estate says."""
    with estate_edited(sandbox, ("[jobs]", '[jobs]\ntable = "work"')):
        yield


@fault(not_met=CUSTOMERS)
def customers_of_a_month_lost(sandbox: Sandbox) -> Iterator[None]:
    """Of the customers of two months ago 60 per cent are gone: a bad import, or a clean-up that went too far."""
    month = "date_trunc('month', now()) - interval '{} months'"
    which = f"created_at >= {month.format(2)} AND created_at < {month.format(1)} AND id %% 10 < 6".replace("%%", "%")
    breaks = f"UPDATE customers SET created_at = created_at - interval '3 years' WHERE {which}"
    mends = "UPDATE customers SET created_at = created_at + interval '3 years' WHERE created_at < now() - interval '2 years'"
    with in_database(sandbox, breaks, mends):
        yield


@fault(not_met=CUSTOMERS)
def customers_of_the_future(sandbox: Sandbox) -> Iterator[None]:
    """Customers who will come next year, typed in by hand."""
    breaks = (
        "INSERT INTO customers (name, email, created_at) SELECT 'Planted', 'p@example.com', now() + interval '1 year'"
        " FROM generate_series(1, 5)"
    )
    with in_database(sandbox, breaks, "DELETE FROM customers WHERE name = 'Planted'"):
        yield


@fault(not_met=CUSTOMERS)
def month_without_customers(sandbox: Sandbox) -> Iterator[None]:
    """A month has no customer at all: a grouped query would leave it out."""
    month = "date_trunc('month', now()) - interval '{} months'"
    breaks = (
        f"UPDATE customers SET created_at = created_at - interval '3 years'"
        f" WHERE created_at >= {month.format(5)} AND created_at < {month.format(4)}"
    )
    mends = "UPDATE customers SET created_at = created_at + interval '3 years' WHERE created_at < now() - interval '2 years'"
    with in_database(sandbox, breaks, mends):
        yield


@fault(not_assessed=CUSTOMERS)
def customers_hidden_by_row_level_security(sandbox: Sandbox) -> Iterator[None]:
    """The policy that shows the suite's account every customer is gone: it sees none."""
    mends = "CREATE POLICY compliance_counts ON customers FOR SELECT TO neff_monitor USING (true)"
    with in_database(sandbox, "DROP POLICY compliance_counts ON customers", mends):
        yield


@fault(not_assessed=CUSTOMERS)
def some_customers_hidden_by_row_level_security(sandbox: Sandbox) -> Iterator[None]:
    """The policy shows the suite's account the customers of one half only: growth of half the customers is none."""
    alter = "ALTER POLICY compliance_counts ON customers USING ({})"
    with in_database(sandbox, alter.format("id > 800"), alter.format("true")):
        yield
