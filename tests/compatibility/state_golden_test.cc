// The durable forms of keyed state. A checkpoint of an older version must stay restorable.

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "tests/compatibility/golden_bytes.h"
#include "tests/harness/status_matchers.h"
#include "worker/state/section_format.h"
#include "worker/state/spill_format.h"
#include "worker/state/table_list.h"

namespace millrace {
namespace {

using testing::ElementsAre;

const StateTableOptions kTable = {
    .state_id = "sum-by-user", .schema_version = 2, .value_bytes = 8, .has_tail = true};

class StringFile final : public SectionWriter {
 public:
  absl::Status Append(std::string_view appended) override {
    bytes.append(appended);
    return absl::OkStatus();
  }
  FileRef EndSection() override { return {}; }
  std::string bytes;
};

TEST(StateGoldenTest, ASectionOfADeltaFile) {
  StringFile file;
  SectionEncoder section(file, kTable, {256, 512});
  section.Drop(-1);
  section.BeginEntries(1'700'000'000'000, 2);
  const std::string tail = "tail";
  section.Entry("key", "12345678", &tail);
  const std::string none;
  section.Entry("", "abcdefgh", &none);
  EXPECT_OK(section.End());
  ExpectGolden("state_section", file.bytes);

  std::vector<std::string> keys;
  EXPECT_OK(ReadSection(ReadGolden("state_section"), kTable,
                        {.drop = [](int64_t) {},
                         .entry = [&](int64_t, std::string_view key, const char*,
                                      std::string_view) { keys.emplace_back(key); }}));
  EXPECT_THAT(keys, ElementsAre("key", ""));
}

TEST(StateGoldenTest, AnEntryAndTheDirectoryOfATable) {
  const SpillFormat format(kTable);
  std::string value;
  format.MakeValue(7, "12345678", "tail", value);
  const std::string bytes =
      format.Prefix(541, -5) + "key" + value + format.DirectoryKey() +
      format.MakeDirectory(
          {.version = 9,
           .live = {{.state_namespace = -5, .born = 3}, {.state_namespace = 60'000, .born = 8}}});
  ExpectGolden("state_table", bytes);
}

TEST(StateGoldenTest, AListOfTables) {
  ExpectGolden("state_table_list", EncodeTableList({.numbers = {12, 345}, .catalog = "catalog"}));
  ASSERT_OK_AND_ASSIGN(const TableList list, DecodeTableList(ReadGolden("state_table_list")));
  EXPECT_THAT(list.numbers, ElementsAre(12, 345));
  EXPECT_EQ(list.catalog, "catalog");
}

}  // namespace
}  // namespace millrace
