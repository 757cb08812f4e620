#include "cli/doctor/report.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

std::vector<Finding> Findings() {
  return {{.check = "kafka", .detail = "1 broker"},
          {.check = "checkpoint.dir",
           .verdict = Verdict::kFail,
           .detail = "cannot write \"x\"",
           .remedy = "make it writable"}};
}

TEST(ReportTest, PeopleGetALinePerFindingAndTheRemedyBelow) {
  EXPECT_EQ(FindingsTable(Findings()),
            "ok    kafka           1 broker\n"
            "fail  checkpoint.dir  cannot write \"x\"\n"
            "                      -> make it writable\n"
            "\n1 ok, 0 warned, 1 failed\n");
}

TEST(ReportTest, ProgramsGetJson) {
  EXPECT_EQ(FindingsJson(Findings()),
            "{\"checks\": [\n"
            "  {\"check\": \"kafka\", \"verdict\": \"ok\", \"detail\": \"1 broker\", "
            "\"remedy\": \"\"},\n"
            "  {\"check\": \"checkpoint.dir\", \"verdict\": \"fail\", "
            "\"detail\": \"cannot write \\\"x\\\"\", \"remedy\": \"make it writable\"}\n"
            "], \"ok\": 1, \"warned\": 0, \"failed\": 1}\n");
}

}  // namespace
}  // namespace millrace
