#include "common/columnar/time_zone.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "arrow/array/builder_primitive.h"
#include "common/columnar/temporal_parse.h"
#include "common/columnar/value_format.h"
#include "tests/harness/status_matchers.h"

namespace millrace {
namespace {

TimeZone Zone(const std::string& name) {
  const absl::StatusOr<TimeZone> zone = TimeZone::Load(name);
  EXPECT_OK(zone);
  return *zone;
}

int64_t Millis(const std::string& text) { return *ParseTimestamp(text)->InUnitOf(3); }

TEST(TimeZoneTest, ZonesAreNamesOfTheDatabaseOrOffsets) {
  EXPECT_TRUE(Zone("UTC").is_utc());
  EXPECT_TRUE(Zone("Etc/UTC").is_utc());
  EXPECT_TRUE(Zone("GMT+00:00").is_utc());
  EXPECT_FALSE(Zone("Europe/London").is_utc());
  for (const char* name : {"GMT-08:00", "UTC-8", "-08:00", "-0800"}) {
    EXPECT_EQ(Zone(name).OffsetAt(0), -8 * 3600) << name;
  }
  EXPECT_EQ(Zone("Asia/Kolkata").OffsetAt(0), 19'800);
}

TEST(TimeZoneTest, AnUnknownZoneIsRefusedByItsName) {
  for (const char* name : {"Mars/Olympus", "", "../etc/passwd", "/etc/localtime", "GMT+25:00",
                           "+1:", "UTC+", "UTC+1:2:3"}) {
    const absl::Status status = TimeZone::Load(name).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << name << " " << status;
    EXPECT_NE(status.message().find("America/Los_Angeles"), std::string::npos);
  }
}

TEST(TimeZoneTest, TheOffsetChangesWithTheSeason) {
  const TimeZone zone = Zone("Europe/Berlin");
  EXPECT_EQ(zone.LocalMillis(Millis("2024-03-31 00:59:59.999")), Millis("2024-03-31 01:59:59.999"));
  EXPECT_EQ(zone.LocalMillis(Millis("2024-03-31 01:00:00")), Millis("2024-03-31 03:00:00"));
  EXPECT_EQ(zone.LocalMillis(Millis("2024-10-27 00:59:59")), Millis("2024-10-27 02:59:59"));
  EXPECT_EQ(zone.LocalMillis(Millis("2024-10-27 01:00:00")), Millis("2024-10-27 02:00:00"));
  EXPECT_EQ(zone.LocalMillis(Millis("2090-07-01 00:00:00")), Millis("2090-07-01 02:00:00"));
}

TEST(TimeZoneTest, TheOffsetChangesWithTheSeasonAfterFiveCenturiesToo) {
  const TimeZone zone = Zone("America/New_York");
  constexpr int64_t kSummer = 16'015'708'800;  // 2477-07-08
  constexpr int64_t kWinter = 16'031'520'000;  // 2478-01-07
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(zone.OffsetAt(kSummer), -4 * 3600);
    EXPECT_EQ(zone.OffsetAt(kWinter), -5 * 3600);
    EXPECT_EQ(zone.EpochSecondOfLocal(kSummer - 4 * 3600), kSummer);
    EXPECT_EQ(zone.EpochSecondOfLocal(kWinter - 5 * 3600), kWinter);
  }
}

TEST(TimeZoneTest, ALocalTimeThatComesTwiceIsTheEarlierOneAndASkippedOneIsMovedOn) {
  const TimeZone zone = Zone("America/New_York");
  EXPECT_EQ(zone.EpochMillis(Millis("2024-11-03 01:30:00")), Millis("2024-11-03 05:30:00"));
  EXPECT_EQ(zone.EpochMillis(Millis("2024-03-10 02:30:00")), Millis("2024-03-10 07:30:00"));
  EXPECT_EQ(zone.EpochMillis(Millis("2024-07-01 00:00:00.001")), Millis("2024-07-01 04:00:00.001"));
  EXPECT_EQ(zone.EpochMillis(Millis("1965-01-01 00:00:00")), Millis("1965-01-01 05:00:00"));
}

TEST(TimeZoneTest, EveryLocalTimeOfTwoYearsLeadsBackToItself) {
  for (const char* name : {"America/New_York", "Australia/Lord_Howe", "Africa/Casablanca"}) {
    const TimeZone zone = Zone(name);
    int64_t complete = std::numeric_limits<int64_t>::min();
    for (int64_t epoch = Millis("2023-01-01 00:00:00"); epoch < Millis("2025-01-01 00:00:00");
         epoch += 13 * 60'000) {
      const int64_t local = zone.LocalMillis(epoch);
      EXPECT_EQ(zone.LocalMillis(zone.EpochMillis(local)), local);
      const int64_t next = zone.CompleteLocalMillis(epoch);
      EXPECT_GE(next, complete);
      EXPECT_LE(next, local);
      complete = next;
    }
  }
}

TEST(TimeZoneTest, TimestampsWithLocalTimeZoneAreShownInIt) {
  const DataType type = DataType::TimestampLtz(3);
  arrow::TimestampBuilder builder(type.ToArrow(), arrow::default_memory_pool());
  ASSERT_TRUE(builder.Append(Millis("2024-05-01 20:00:00.120")).ok());
  const auto array = *builder.Finish();
  std::string text;
  AppendSqlValue(type, *array, 0, Zone("Asia/Shanghai"), text);
  EXPECT_EQ(text, "2024-05-02 04:00:00.120");
}

}  // namespace
}  // namespace millrace
