#!/usr/bin/env python3
"""millrace sql and millrace validate as people and editors use them: on a terminal, from a pipe, with files. MILLRACE_BINARY
names the binary under test."""

import fcntl
import json
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import stat
import struct
import subprocess
import sys
import tempfile
import termios
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "deploy/demo"))
from cluster import Cluster, wait_until  # noqa: E402

BINARY = os.environ["MILLRACE_BINARY"]
TIMEOUT = 60

NUMBERS = """CREATE TABLE numbers (id BIGINT) WITH ('connector' = 'datagen', 'number-of-rows' = '3', 'fields.id.kind' = 'sequence',
 'fields.id.start' = '1', 'fields.id.end' = '3');
"""
ENDLESS = "CREATE TABLE endless (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '50');"
CONTROL_C, CONTROL_D, TAB, UP = "\x03", "\x04", "\t", "\x1b[A"
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]|[\r\a]")


class Terminal:
    """A shell on a pseudo-terminal of 30 rows and 100 columns."""

    def __init__(self, folder, *arguments, environment=None):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        environment = dict(os.environ, TERM="xterm", XDG_STATE_HOME=str(folder), LC_ALL="C.UTF-8", **(environment or {}))
        self.process = subprocess.Popen([BINARY, "sql", "-p", "1", *arguments], stdin=slave, stdout=slave, stderr=slave,
                                        env=environment, start_new_session=True,
                                        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(slave)
        self.seen = ""

    def type(self, text):
        os.write(self.master, text.encode())

    def read_until(self, pattern):
        """What came up to the end of `pattern`, without escape sequences."""
        deadline = time.monotonic() + TIMEOUT
        while True:
            found = re.search(pattern, self.seen)
            if found:
                read, self.seen = self.seen[:found.end()], self.seen[found.end():]
                return read
            if not select.select([self.master], [], [], max(0, deadline - time.monotonic()))[0]:
                raise AssertionError(f"no {pattern!r} in {self.seen!r}")
            try:
                self.seen = ESCAPES.sub("", self.seen + os.read(self.master, 65536).decode(errors="replace"))
            except OSError:
                raise AssertionError(f"the shell ended before {pattern!r}: {self.seen!r}") from None

    def run(self, statement):
        """What a statement shows, up to the next prompt."""
        self.type(statement + "\n")
        shown = self.read_until(r"millrace> $")
        return shown

    def end(self):
        self.process.wait(timeout=TIMEOUT)
        os.close(self.master)
        return self.process.returncode

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class ShellTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="millrace-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def terminal(self, *arguments, **options):
        terminal = Terminal(self.folder, *arguments, **options)
        self.addCleanup(terminal.kill)
        terminal.read_until(r"millrace> $")
        return terminal

    def pipe(self, text, *arguments, environment=None):
        return subprocess.run([BINARY, "sql", "-p", "1", *arguments], input=text, capture_output=True, text=True, timeout=TIMEOUT,
                              env=dict(os.environ, **(environment or {})))

    # Without a terminal.

    def test_a_pipe_gets_every_change_in_a_frame(self):
        ran = self.pipe(NUMBERS + "SELECT id * 2 AS twice FROM numbers")
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))
        self.assertEqual(ran.stdout, """\
+----+----------------------+
| op |                twice |
+----+----------------------+
| +I |                    2 |
| +I |                    4 |
| +I |                    6 |
+----+----------------------+
Received a total of 3 rows
""")

    def test_the_mode_table_shows_what_the_changes_lead_to(self):
        ran = self.pipe(NUMBERS + "SET 'sql-client.execution.result-mode' = 'table';\n"
                        "SELECT COUNT(*) AS n, SUM(id) AS total FROM numbers;")
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))
        self.assertEqual(ran.stdout, "+---+-------+\n| n | total |\n+---+-------+\n| 3 |     6 |\n+---+-------+\n1 row in set\n")

    def test_a_wrong_statement_ends_a_pipe_with_2_and_its_place_in_the_text(self):
        ran = self.pipe(NUMBERS + "SELECT\n  idd FROM numbers; SHOW VIEWS;")
        self.assertEqual((ran.returncode, ran.stdout), (2, ""))
        self.assertIn("4:3: error MR2002: there is no column 'idd'\n  4 |   idd FROM numbers; SHOW VIEWS;\n", ran.stderr)

    def test_a_job_that_fails_ends_a_pipe_with_1(self):
        ran = self.pipe(NUMBERS + "SELECT 6 / (id - id) AS n FROM numbers; SHOW VIEWS;")
        self.assertEqual(ran.returncode, 1, ran)
        self.assertIn("failed: ", ran.stderr)
        self.assertNotIn("view name", ran.stdout)

    def test_files_and_statements_of_the_command_line(self):
        out = self.folder / "out"
        (self.folder / "init.sql").write_text(NUMBERS)
        (self.folder / "job.sql").write_text(
            "CREATE TABLE result (id BIGINT) WITH ('connector' = 'filesystem', 'path' = '${out}', 'format' = 'json');\n"
            "INSERT INTO result SELECT id FROM numbers; -- the end")
        ran = self.pipe("", "-i", str(self.folder / "init.sql"), "-f", str(self.folder / "job.sql"), "-D", f"out={out}")
        self.assertEqual((ran.returncode, ran.stdout, ran.stderr), (0, "", ""))
        rows = sorted(line for file in out.rglob("*") if file.is_file() for line in file.read_text().splitlines())
        self.assertEqual(rows, ['{"id":1}', '{"id":2}', '{"id":3}'])
        ran = self.pipe("", "-i", str(self.folder / "init.sql"), "-e", "SHOW TABLES; QUIT; SELECT nothing")
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))
        self.assertIn("| numbers    |", ran.stdout)

    def test_settings_are_shown_judged_and_taken_back(self):
        ran = self.pipe("SET 'pipeline.name' = 'mine'; SET; RESET; SET;")
        self.assertEqual(ran.returncode, 0)
        self.assertEqual(ran.stdout.count("pipeline.name"), 1)
        ran = self.pipe("SET 'sql-client.execution.result-mode' = 'picture';")
        self.assertEqual(ran.returncode, 2)
        self.assertIn("must be table, changelog or tableau", ran.stderr)

    def test_a_script_may_come_from_a_pipe_with_a_name(self):
        ran = self.pipe(NUMBERS + "SELECT id FROM numbers", "-f", "/dev/stdin")
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))
        self.assertIn("Received a total of 3 rows\n", ran.stdout)

    def test_a_missing_folder_for_scratch_is_named(self):
        ran = self.pipe(NUMBERS + "SELECT id FROM numbers;", environment={"TMPDIR": str(self.folder / "none")})
        self.assertEqual(ran.returncode, 1)
        self.assertIn(str(self.folder / "none"), ran.stderr)
        self.assertIn("Set TMPDIR", ran.stderr)

    def test_explain_shows_plans_and_runs_nothing(self):
        ran = self.pipe(NUMBERS + "EXPLAIN SELECT id FROM numbers;")
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))
        self.assertIn("== Optimized Execution Plan ==", ran.stdout)

    # On a terminal.

    def test_statements_go_over_lines_until_their_semicolon(self):
        terminal = self.terminal()
        self.assertIn("ok\n", terminal.run(NUMBERS.strip()))
        terminal.run("SET 'sql-client.execution.result-mode' = 'tableau';")
        terminal.type("SELECT id\n")
        terminal.read_until(r"       -> $")
        shown = terminal.run("FROM numbers; SHOW VIEWS;")
        self.assertIn("| +I |                    3 |\n", shown)
        self.assertIn("Received a total of 3 rows\n", shown)
        self.assertIn("| view name |", shown)
        terminal.type("QUIT;\n")
        self.assertEqual(terminal.end(), 0)

    def test_an_error_leaves_the_shell_as_it_was(self):
        terminal = self.terminal()
        self.assertIn("error MR2001", terminal.run("SELECT a FROM nowhere;"))
        self.assertIn("error MR1103", terminal.run("SELEC 1;"))
        self.assertIn("| view name |", terminal.run("SHOW VIEWS;"))
        terminal.type(CONTROL_D)
        self.assertEqual(terminal.end(), 0)

    def test_control_c_ends_the_query_and_not_the_shell(self):
        terminal = self.terminal()
        terminal.run(ENDLESS)
        terminal.type("SELECT id FROM endless;\n")
        terminal.read_until(r"[1-9][0-9]* rows so far; Ctrl-C ends the query")
        terminal.type(CONTROL_C)
        shown = terminal.read_until(r"millrace> $")
        self.assertRegex(shown, r"rows in set")
        self.assertIn("the query is CANCELLED", shown)
        self.assertIn("| view name |", terminal.run("SHOW VIEWS;"))
        self.assertIsNone(terminal.process.poll())

    def test_control_c_stops_an_insert_with_a_last_checkpoint(self):
        out = self.folder / "out"
        terminal = self.terminal("-D", f"out={out}")
        terminal.run(ENDLESS)
        terminal.run("CREATE TABLE result (id BIGINT) WITH ('connector' = 'filesystem', 'path' = '${out}', 'format' = 'json');")
        terminal.type("INSERT INTO result SELECT id FROM endless;\n")
        wait_until(lambda: any(out.rglob("*")), TIMEOUT, "the first rows")
        terminal.type(CONTROL_C)
        self.assertIn("the job is STOPPED", terminal.read_until(r"millrace> $"))
        self.assertTrue([f for f in out.rglob("*") if f.is_file() and not f.name.startswith(".")])

    def test_control_c_drops_what_was_typed(self):
        terminal = self.terminal()
        terminal.type("SELECT 'oh\n")
        terminal.read_until(r"       -> $")
        terminal.type("no" + CONTROL_C)
        terminal.read_until(r"\^C\s+millrace> $")
        self.assertIn("| view name |", terminal.run("SHOW VIEWS;"))

    def test_tab_completes_words_tables_and_columns(self):
        terminal = self.terminal()
        terminal.run(NUMBERS.strip())
        terminal.type("DESC" + TAB + "num" + TAB)
        terminal.read_until("DESCRIBE numbers")
        self.assertIn("BIGINT", terminal.run(";"))
        terminal.type("s" + TAB)  # select, set, show, stop: they have nothing more in common.
        shown = terminal.read_until(r"select .*show")
        terminal.type("el" + TAB + "numbers.i" + TAB + "fr" + TAB + TAB)
        self.assertIn("select", shown)

    def test_the_history_outlives_the_shell(self):
        terminal = self.terminal()
        terminal.run("SHOW\nVIEWS;")
        terminal.type("EXIT\n")
        terminal.end()
        history = self.folder / "millrace" / "sql_history"
        self.assertEqual(stat.S_IMODE(history.stat().st_mode), 0o600)
        terminal = self.terminal()
        terminal.type(UP)
        terminal.read_until("SHOW VIEWS;")
        self.assertIn("| view name |", terminal.run(""))

    def test_a_term_signal_ends_it_and_gives_the_terminal_back(self):
        terminal = self.terminal()
        before = termios.tcgetattr(terminal.master)[3]
        self.assertFalse(before & termios.ICANON)
        terminal.process.send_signal(signal.SIGTERM)
        self.assertEqual(terminal.process.wait(timeout=TIMEOUT), -signal.SIGTERM)
        self.assertTrue(termios.tcgetattr(terminal.master)[3] & termios.ICANON)

    def test_a_term_signal_ends_a_query_first_and_leaves_nothing_behind(self):
        scratch = self.folder / "tmp"
        scratch.mkdir()
        terminal = self.terminal(environment={"TMPDIR": str(scratch)})
        terminal.run(ENDLESS)
        terminal.type("SELECT id FROM endless;\n")
        terminal.read_until(r"[1-9][0-9]* rows so far; Ctrl-C ends the query")
        self.assertEqual([stat.S_IMODE(folder.stat().st_mode) for folder in scratch.iterdir()], [0o700])
        terminal.process.send_signal(signal.SIGTERM)
        terminal.read_until(r"rows in set")
        self.assertEqual(terminal.end(), 0)
        self.assertEqual(list(scratch.iterdir()), [])

    def test_help_and_clear_are_the_shells_own(self):
        terminal = self.terminal()
        self.assertIn("SET 'sql-client.execution.result-mode'", terminal.run("help;"))
        terminal.run("CLEAR;")
        self.assertIsNone(terminal.process.poll())


class ClusterTest(unittest.TestCase):
    def test_an_insert_is_submitted_to_the_coordinator(self):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="millrace-"))
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        cluster = Cluster(BINARY, folder, workers=1)
        self.addCleanup(cluster.stop)
        cluster.start()
        script = NUMBERS + "CREATE TABLE nowhere (id BIGINT) WITH ('connector' = 'blackhole');\n"
        insert = "INSERT INTO nowhere SELECT id FROM numbers;"
        ran = subprocess.run([BINARY, "sql", "--coordinator", cluster.rpc, "-e", script + insert + "SELECT id FROM numbers;"],
                             capture_output=True, text=True, timeout=TIMEOUT)
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))
        submitted = re.match(r"job (\S+)\n", ran.stdout)
        self.assertTrue(submitted, ran.stdout)
        self.assertIn("Received a total of 3 rows", ran.stdout)
        jobs = subprocess.run([BINARY, "job", "list", "--coordinator", cluster.rpc, "-o", "json"], capture_output=True, text=True,
                              timeout=TIMEOUT)
        self.assertEqual([job["job_id"] for job in json.loads(jobs.stdout)["jobs"]], [submitted.group(1)])
        waited = subprocess.run([BINARY, "sql", "--coordinator", cluster.rpc, "-e",
                                 script + "SET 'table.dml-sync' = 'true';" + insert], capture_output=True, text=True, timeout=TIMEOUT)
        self.assertEqual((waited.returncode, waited.stdout, waited.stderr), (0, "", ""))

    def test_job_show_names_the_split_that_holds_the_watermark_back(self):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="millrace-"))
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        cluster = Cluster(BINARY, folder, workers=1)
        self.addCleanup(cluster.stop)
        cluster.start()
        ran = subprocess.run(
            [BINARY, "sql", "--coordinator", cluster.rpc, "-p", "1", "-e",
             "CREATE TABLE timed (id BIGINT, at AS TO_TIMESTAMP_LTZ(id, 3), WATERMARK FOR at AS at) WITH ('connector' = 'datagen', "
             "'rows-per-second' = '50', 'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '1000000');"
             "CREATE TABLE nowhere (id BIGINT) WITH ('connector' = 'blackhole'); INSERT INTO nowhere SELECT id FROM timed;"],
            capture_output=True, text=True, timeout=TIMEOUT)
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))
        job = ran.stdout.split()[1]

        def held_back():
            shown = subprocess.run([BINARY, "job", "show", job, "--coordinator", cluster.rpc], capture_output=True, text=True,
                                   timeout=TIMEOUT)
            return re.search(r"\nThe watermark of stage 0 is held back by (\S+)\n", shown.stdout)

        wait_until(lambda: held_back() is not None, 30, "the split's name")

    def test_no_coordinator_is_one_error(self):
        script = NUMBERS + "CREATE TABLE nowhere (id BIGINT) WITH ('connector' = 'blackhole'); INSERT INTO nowhere SELECT id FROM numbers;"
        ran = subprocess.run([BINARY, "sql", "--coordinator", "127.0.0.1:1", "-e", script], capture_output=True, text=True,
                             timeout=TIMEOUT)
        self.assertEqual(ran.returncode, 1)
        self.assertIn("cannot reach the coordinator at 127.0.0.1:1", ran.stderr)


class ValidateTest(unittest.TestCase):
    def validate(self, text, *arguments):
        return subprocess.run([BINARY, "validate", "-", *arguments], input=text, capture_output=True, text=True, timeout=TIMEOUT)

    def test_editors_get_json(self):
        ran = self.validate(NUMBERS + "SELECT ${column} FROM numbers;", "--format", "json", "-D", "column=idd")
        self.assertEqual((ran.returncode, ran.stderr), (1, ""))
        self.assertEqual(json.loads(ran.stdout), [
            {"file": "<stdin>", "line": 3, "column": 8, "end": {"line": 3, "column": 17}, "severity": "error", "code": "MR2002",
             "message": "there is no column 'idd'", "hint": "did you mean 'id'?"}])

    def test_a_right_script_is_an_empty_array(self):
        ran = self.validate(NUMBERS + "SELECT id FROM numbers;", "--format", "json")
        self.assertEqual((ran.returncode, json.loads(ran.stdout)), (0, []))

    def test_people_get_lines_that_editors_jump_to(self):
        ran = self.validate(NUMBERS + "SELECT idd FROM numbers;")
        self.assertEqual((ran.returncode, ran.stdout),
                         (1, "<stdin>:3:8: error MR2002: there is no column 'idd'\n  hint: did you mean 'id'?\n"))

    def test_a_file_that_is_not_there_is_status_2(self):
        ran = subprocess.run([BINARY, "validate", "nowhere.sql"], capture_output=True, text=True, timeout=TIMEOUT)
        self.assertEqual((ran.returncode, ran.stdout), (2, ""))


if __name__ == "__main__":
    unittest.main()
