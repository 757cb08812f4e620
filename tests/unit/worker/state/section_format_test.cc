#include "worker/state/section_format.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/absl_view.h"
#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

using testing::_;
using testing::ElementsAre;
using testing::HasSubstr;

class StringFile final : public SectionWriter {
 public:
  absl::Status Append(std::string_view appended) override {
    bytes.append(appended);
    return absl::OkStatus();
  }
  FileRef EndSection() override { return {.bytes = static_cast<int64_t>(bytes.size())}; }
  std::string bytes;
};

const StateTableOptions kTable = {
    .state_id = "max", .schema_version = 3, .value_bytes = 4, .has_tail = true};

std::string Sample() {
  StringFile file;
  SectionEncoder section(file, kTable, {0, 16});
  section.Drop(-5);
  section.BeginEntries(7, 2);
  const std::string tail = "tail";
  section.Entry("key", "1234", &tail);
  const std::string none;
  section.Entry("", "5678", &none);
  EXPECT_OK(section.End());
  return file.bytes;
}

absl::StatusOr<std::vector<std::string>> Read(std::string_view bytes,
                                              const StateTableOptions& table = kTable) {
  std::vector<std::string> events;
  const auto drop = [&](int64_t ns) { events.push_back(absl::StrCat("drop ", ns)); };
  const auto entry = [&](int64_t ns, std::string_view key, const char* fixed,
                         std::string_view tail) {
    events.push_back(absl::StrCat(ns, " ", AbslView(key), " ",
                                  AbslView({fixed, static_cast<size_t>(table.value_bytes)}), " ",
                                  AbslView(tail)));
  };
  const absl::Status read = ReadSection(bytes, table, {.drop = drop, .entry = entry});
  if (!read.ok()) return read;
  return events;
}

TEST(SectionFormatTest, WhatWasWrittenIsReadInOrder) {
  EXPECT_THAT(Read(Sample()), IsOkAndHolds(ElementsAre("drop -5", "7 key 1234 tail", "7  5678 ")));
}

TEST(SectionFormatTest, ASectionCutShortAnywhereIsDataLoss) {
  const std::string bytes = Sample();
  for (size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_THAT(Read(std::string_view(bytes).substr(0, length)),
                StatusIs(absl::StatusCode::kDataLoss, _))
        << length;
  }
  EXPECT_THAT(Read(bytes + "x"), StatusIs(absl::StatusCode::kDataLoss, HasSubstr("follow")));
}

// The checksum finds damage first; this is about never crashing on it.
TEST(SectionFormatTest, AnyDamagedByteIsAnErrorOrAnotherValueButNoCrash) {
  const std::string bytes = Sample();
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ 0xff);
    Read(damaged).status().IgnoreError();
  }
}

TEST(SectionFormatTest, AnotherLayoutOrOperatorIsRefused) {
  StateTableOptions other = kTable;
  other.schema_version = 4;
  EXPECT_THAT(Read(Sample(), other),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("layout 3")));
  other = kTable;
  other.has_tail = false;
  EXPECT_THAT(Read(Sample(), other), StatusIs(absl::StatusCode::kFailedPrecondition, _));
  other = kTable;
  other.state_id = "min";
  EXPECT_THAT(Read(Sample(), other),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("operator max, not of min")));
}

}  // namespace
}  // namespace millrace
