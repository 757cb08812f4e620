#include "common/log/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class LogTest : public testing::Test {
 protected:
  void TearDown() override { InitLog({}); }

  template <typename Write>
  std::string Written(const LogOptions& options, Write write) {
    testing::internal::CaptureStderr();
    InitLog(options);
    write();
    return testing::internal::GetCapturedStderr();
  }
};

TEST_F(LogTest, ALineHasLevelMessageAndFields) {
  const std::string line = Written({}, [] {
    LOG_WARNING("disk is low", {{"path", "/data"}, {"bytes", 17}});
  });
  EXPECT_THAT(line, AllOf(HasSubstr("warn"), HasSubstr("disk is low"), HasSubstr("path=/data"),
                          HasSubstr("bytes=17")));
}

TEST_F(LogTest, LinesBelowTheLevelAreNotWritten) {
  EXPECT_THAT(Written({.level = LogLevel::kWarning}, [] { LOG_INFO("quiet"); }), IsEmpty());
}

TEST_F(LogTest, JsonIsOneObjectALineWithItsTextEscaped) {
  const std::string line = Written({.format = LogFormat::kJson}, [] {
    LOG_ERROR("cannot read", {{"reason", "a \"quoted\"\nline"}, {"fatal", true}});
  });
  EXPECT_THAT(line, AllOf(HasSubstr(R"("level":"error")"), HasSubstr(R"("msg":"cannot read")"),
                          HasSubstr(R"("reason":"a \"quoted\"\u000aline")"),
                          HasSubstr(R"("fatal":true)"), HasSubstr("log_test.cc:")));
  EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
}

TEST_F(LogTest, OneCallSiteCannotFloodTheLog) {
  const std::string lines = Written({}, [] {
    for (int i = 0; i < 10'000; ++i) LOG_INFO("again", {{"i", i}});
  });
  EXPECT_LT(std::count(lines.begin(), lines.end(), '\n'), 1000);
  EXPECT_THAT(lines, Not(IsEmpty()));
}

}  // namespace
}  // namespace millrace
