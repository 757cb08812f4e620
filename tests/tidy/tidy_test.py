#!/usr/bin/env python3
"""Each rule of tidy.py lets pass what it should and finds what it should."""

import unittest

import function_lengths
import reference_pages
import tidy

HEADER = "// What it is.\n#pragma once\n"


def found(path, text):
    return [what for _, what in tidy.breaches(path, text)]


def include(path, *included):
    return found(path, "".join(f'#include "{name}"\n' for name in included))


class IncludeTest(unittest.TestCase):
    def test_a_folder_sees_itself_and_what_is_left_of_it(self):
        self.assertEqual(include("common/wire/a.cc", "common/wire/b.h", "common/plan/b.h", "common/base/c.h", "proto/plan.pb.h"), [])
        self.assertEqual(include("worker/task/a.cc", "worker/source/kafka/b.h", "worker/contract/c.h", "common/io/d.h"), [])
        self.assertEqual(include("coordinator/sql/bind/a.cc", "coordinator/sql/parse/b.h", "coordinator/catalog/c.h"), [])
        self.assertEqual(include("worker/task/a.cc", "absl/status/status.h", "arrow/array.h"), [])

    def test_nothing_sees_what_is_right_of_it(self):
        for path, name in (("common/base/a.h.cc", "common/log/log.h"), ("worker/contract/a.cc", "worker/task/b.h"),
                           ("coordinator/store/a.cc", "coordinator/job/b.h"), ("coordinator/sql/bind/a.cc", "coordinator/sql/optimize/b.h")):
            self.assertRegex(" ".join(include(path, name)), "to the right of")

    def test_a_stage_does_not_see_its_siblings(self):
        for path, name in (("worker/sink/file/a.cc", "worker/sink/print/b.h"), ("worker/operator/calc/a.cc", "worker/state/b.h"),
                           ("common/log/a.cc", "common/io/b.h"), ("coordinator/catalog/a.cc", "coordinator/store/b.h")):
            self.assertRegex(" ".join(include(path, name)), "beside")

    def test_the_roles_do_not_see_each_other_nor_anyone_the_tests(self):
        self.assertEqual(include("worker/task/a.cc", "coordinator/job/b.h"), ["includes coordinator/job/b.h: worker does not see coordinator"])
        self.assertEqual(len(include("coordinator/job/a.cc", "worker/task/b.h")), 1)
        self.assertEqual(len(include("common/io/a.cc", "worker/task/b.h")), 1)
        self.assertEqual(len(include("worker/task/a.cc", "tests/harness/rows.h")), 1)
        self.assertEqual(include("tests/harness/a.cc", "tests/harness/rows.h", "worker/task/b.h", "coordinator/job/b.h"), [])

    def test_generated_messages_and_kafka_stay_where_they_belong(self):
        self.assertEqual(include("worker/exchange/a.cc", "proto/exchange.pb.h"), [])
        self.assertEqual(len(include("worker/task/a.cc", "proto/exchange.pb.h")), 1)
        self.assertEqual(include("worker/sink/kafka/a.cc", "common/kafka/client.h"), [])
        self.assertEqual(len(include("worker/task/a.cc", "common/kafka/client.h")), 1)

    def test_cli_sees_the_servers_and_the_parser_only_common_base(self):
        self.assertEqual(include("cli/a.cc", "worker/server/b.h", "coordinator/server/c.h", "common/rpc/d.h", "cli/e.h"), [])
        self.assertEqual(len(include("cli/a.cc", "worker/task/b.h")), 1)
        self.assertEqual(include("cli/a.cc", "coordinator/catalog/option_spec.h"), [])
        self.assertEqual(len(include("cli/a.cc", "coordinator/planner/job_graph_builder.h")), 1)
        self.assertEqual(include("coordinator/sql/parse/a.cc", "common/base/b.h"), [])
        self.assertEqual(len(include("coordinator/sql/parse/a.cc", "common/columnar/b.h")), 1)

    def test_a_new_folder_needs_a_layer(self):
        self.assertRegex(" ".join(include("worker/novelty/a.cc", "worker/contract/b.h")), "in no layer")


class WorldTest(unittest.TestCase):
    def test_clocks_random_numbers_and_threads_are_found(self):
        for line in ("std::chrono::steady_clock::now();", "std::thread t;", "std::random_device d;", "absl::Now();", "int x = rand();",
                     "usleep(5);", "std::this_thread::yield();", "absl::SleepFor(d);", "std::async(f);"):
            self.assertEqual(len(found("worker/task/a.cc", line + "\n")), 1, line)

    def test_common_base_and_tests_may_touch_the_world(self):
        self.assertEqual(found("common/base/system_clock.cc", "std::chrono::steady_clock::now();\n"), [])
        self.assertEqual(found("tests/bench/a.cc", "std::thread t;\n"), [])

    def test_comments_strings_and_longer_names_do_not_count(self):
        for line in ("// never sleep() here", 'Put("sleep(");', "clock.Now();", "int operand(int);", "client.sleep(5);", "Brand(1);"):
            self.assertEqual(found("worker/task/a.cc", line + "\n"), [], line)


class FormTest(unittest.TestCase):
    def test_a_header_begins_with_a_comment_and_is_included_once(self):
        self.assertEqual(found("common/io/a.h", HEADER), [])
        self.assertEqual(len(found("common/io/a.h", "#pragma once\n")), 1)
        self.assertEqual(len(found("common/io/a.h", "// What it is.\n")), 1)

    def test_files_have_a_size(self):
        self.assertEqual(found("common/io/a.cc", "\n" * 450), [])
        self.assertEqual(len(found("common/io/a.cc", "\n" * 451)), 1)
        self.assertEqual(found("tests/unit/a.cc", "\n" * 600), [])
        self.assertEqual(len(found("tests/unit/a.cc", "\n" * 601)), 1)

    def test_files_are_named_after_their_idea(self):
        self.assertEqual(found("common/io/file_system.cc", ""), [])
        for name in ("string_utils.cc", "io_helpers.cc", "FileSystem.cc"):
            self.assertEqual(len(found("common/io/" + name, "")), 1, name)

    def test_words_and_paths_that_must_not_stay(self):
        for line in ("// TO" + "DO: later", "// FIX" + "ME", "# XX" + "X", "see /wo" + "rk/main", "/ro" + "ot/x", "/ho" + "me/me/x"):
            self.assertEqual(len(found("docs/a.md", line + "\n")), 1, line)
        for line in ("a/work/b", "${root}/home/x", "https://x/home/a", "the root / home"):
            self.assertEqual(found("docs/a.md", line + "\n"), [], line)


class FunctionLengthTest(unittest.TestCase):
    TEXT = """\
namespace n {
class A {
 public:
  int One() const {
    if (x) {
      y();
    }
    return 1;
  }
  int b_ = 0;
};

A::A(int a)
    : a_(a) {
  f();
}

constexpr int kTable[] = {
    1,
};

TEST(ATest, DoesSo) {
  if (a) {
    b();
  }
}
}  // namespace n
"""

    def test_counts_functions_methods_and_tests(self):
        self.assertEqual([(f.name, f.line, f.length) for f in function_lengths.functions("a.cc", self.TEXT)],
                         [("One", 4, 6), ("A::A", 13, 4), ("ATest.DoesSo", 22, 5)])

    def test_a_long_function_is_a_breach(self):
        body = "void F() {\n" + "  f();\n" * 119 + "}\n"
        self.assertEqual(found("common/io/a.cc", body), ["F has 121 lines, more than 120"])
        self.assertEqual(found("common/io/a.cc", body.replace("  f();\n", "", 1)), [])


class ReferencePagesTest(unittest.TestCase):
    def test_a_page_that_differs_is_shown_with_both_lines(self):
        diff = reference_pages.differences("docs/a.md", "# A\nold\n", "# A\nnew\n")
        self.assertIn("-old", diff)
        self.assertIn("+new", diff)

    def test_a_page_that_is_right_has_no_differences(self):
        self.assertEqual(reference_pages.differences("docs/a.md", "# A\n", "# A\n"), [])


if __name__ == "__main__":
    unittest.main()
