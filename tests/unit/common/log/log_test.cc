#include "common/log/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include <limits>
#include <string>

#include "common/base/valid_utf8.h"
#include "common/log/log_scope.h"
#include "tests/harness/fake_clock.h"
#include "tests/harness/manual_executor.h"

namespace millrace {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
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

TEST_F(LogTest, JsonNamesTimeLevelPlaceAndMessage) {
  const std::string line =
      Written({.format = LogFormat::kJson}, [] { LOG_WARNING("disk is low"); });
  EXPECT_THAT(line, ContainsRegex("^.\"ts\":\"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}"
                                  "[.][0-9]{3}Z\",\"level\":\"warning\",\"logger\":\"log_test.cc:"
                                  "[0-9]+\",\"msg\":\"disk is low\".\n$"));
}

TEST_F(LogTest, TextBeginsWithTheTimeInUtc) {
  EXPECT_THAT(Written({}, [] { LOG_INFO("started"); }),
              ContainsRegex("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[.][0-9]{3}Z "
                            "info  started\n$"));
}

TEST_F(LogTest, JsonIsValidForAnyBytes) {
  for (int first = 0; first < 256; ++first) {
    for (const char* rest : {"", "a", "\x80", "\xbf\xbf", "\"\\\n"}) {
      const std::string odd = std::string(1, static_cast<char>(first)) + rest;
      std::string line = Written({.format = LogFormat::kJson}, [&] {
        LogFields scope =
            std::make_shared<const std::vector<LogField>>(std::vector<LogField>{{"job", odd}});
        const LogScope in_scope(scope);
        Log(LogLevel::kInfo, odd.c_str(), first, "odd", {{"value", odd}});
      });
      ASSERT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
      simdjson::dom::parser parser;
      simdjson::dom::element parsed;
      ASSERT_EQ(parser.parse(line).get(parsed), simdjson::SUCCESS) << line;
      std::string_view value;
      ASSERT_EQ(parsed["value"].get(value), simdjson::SUCCESS) << line;
      if (FindInvalidUtf8(odd) == std::string_view::npos) {
        EXPECT_EQ(value, odd);
      }
    }
  }
}

TEST_F(LogTest, JsonHasNoNumberThatIsNone) {
  const std::string line = Written({.format = LogFormat::kJson}, [] {
    LOG_INFO("rates", {{"a", std::numeric_limits<double>::infinity()}, {"b", 0.5}});
  });
  EXPECT_THAT(line, HasSubstr(R"("a":"inf","b":0.5})"));
}

TEST_F(LogTest, TextThatCouldMoveATerminalIsEscaped) {
  EXPECT_THAT(Written({},
                      [] {
                        LOG_INFO("read", {{"key", "\x1b[2J"}, {"other", "\xff"}});
                      }),
              HasSubstr("read key=\"\\u001b[2J\" other=\"\xef\xbf\xbd\"\n"));
}

TEST_F(LogTest, LinesHaveTheFieldsOfTheInnermostScope) {
  const auto scoped = [](std::vector<LogField> fields) {
    return std::make_shared<const std::vector<LogField>>(std::move(fields));
  };
  const std::string lines = Written({}, [&] {
    const LogScope task(scoped({{"job", "job-1"}, {"task", "2/0"}}));
    LOG_INFO("opened", {{"table", "clicks"}});
    {
      const LogScope job(scoped({{"job", "job-1"}}));
      LOG_INFO("checkpoint declined", {{"epoch", 7}});
    }
    LOG_INFO("failed", {{"task", "9/9"}});
  });
  EXPECT_THAT(lines, HasSubstr("opened job=job-1 task=2/0 table=clicks\n"));
  EXPECT_THAT(lines, HasSubstr("checkpoint declined job=job-1 epoch=7\n"));
  EXPECT_THAT(lines, HasSubstr("failed job=job-1 task=9/9\n"));
  EXPECT_THAT(Written({}, [] { LOG_INFO("outside"); }), HasSubstr("outside\n"));
}

TEST_F(LogTest, PostedWorkTakesTheScopeOfItsPosterAlong) {
  FakeClock clock;
  auto threads = std::make_unique<ManualExecutor>(clock);
  ManualExecutor& inner = *threads;
  const auto executor = CarryLogScope(std::move(threads));
  {
    const LogScope task(
        std::make_shared<const std::vector<LogField>>(std::vector<LogField>{{"task", "2/0"}}));
    executor->Post([&] {
      LOG_INFO("now");
      executor->PostAfter(absl::Seconds(1), [] { LOG_INFO("later"); });
    });
  }
  executor->Post([] { LOG_INFO("for nobody"); });
  const std::string lines = Written({}, [&] { inner.Advance(absl::Seconds(2)); });
  EXPECT_THAT(lines, AllOf(HasSubstr("now task=2/0\n"), HasSubstr("later task=2/0\n"),
                           HasSubstr("for nobody\n")));
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
