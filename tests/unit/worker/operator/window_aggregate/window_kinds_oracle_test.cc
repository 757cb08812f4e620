// HOP, CUMULATE and SESSION against naive models that take row by row, as Flink's operators do.
#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/base/random.h"
#include "tests/unit/worker/operator/window_aggregate/window_driver.h"

namespace millrace {
namespace {

struct ModelRow {
  int64_t time = 0;
  int64_t key = 0;
  int64_t x = 0;
};

std::string ResultText(int64_t key, const std::vector<ModelRow>& rows, int64_t start, int64_t end) {
  int64_t sum = 0;
  for (const ModelRow& row : rows) sum += row.x;
  const auto times = ValueStrings(DataType::Timestamp(3),
                                  *MakeColumn(DataType::Timestamp(3), {start, end, end - 1}));
  return absl::StrCat("+I[", key, ", ", rows.size(), ", ", sum, ", ", times[0], ", ", times[1],
                      ", ", times[2], "]");
}

class Model {
 public:
  virtual ~Model() = default;
  virtual void Add(const ModelRow& row) = 0;
  virtual std::vector<std::string> Watermark(int64_t watermark) = 0;
  int64_t late_rows = 0;
};

// Windows by their bounds; every row in each of its windows.
class OverlappingModel final : public Model {
 public:
  explicit OverlappingModel(const WindowSetting& setting) : setting_(setting) {}

  void Add(const ModelRow& row) override {
    bool kept = false;
    for (const auto& [start, end] : WindowsOf(row.time)) {
      if (end - 1 <= watermark_) continue;
      kept = true;
      windows_[{end, start}][row.key].push_back(row);
    }
    late_rows += kept ? 0 : 1;
  }

  std::vector<std::string> Watermark(int64_t watermark) override {
    watermark_ = watermark;
    std::vector<std::string> results;
    while (!windows_.empty() && windows_.begin()->first.first - 1 <= watermark) {
      const auto& [bounds, groups] = *windows_.begin();
      for (const auto& [key, rows] : groups) {
        results.push_back(ResultText(key, rows, bounds.second, bounds.first));
      }
      windows_.erase(windows_.begin());
    }
    return results;
  }

 private:
  std::vector<std::pair<int64_t, int64_t>> WindowsOf(int64_t time) const {
    std::vector<std::pair<int64_t, int64_t>> windows;
    const auto floor = [&](int64_t length) {
      return time - ((time - setting_.offset_ms) % length + length) % length;
    };
    if (setting_.kind == WindowKind::kCumulate) {
      const int64_t start = floor(setting_.size_ms);
      for (int64_t end = start + setting_.slide_ms; end <= start + setting_.size_ms;
           end += setting_.slide_ms) {
        if (end > time) windows.emplace_back(start, end);
      }
      return windows;
    }
    for (int64_t start = floor(setting_.slide_ms); start + setting_.size_ms > time;
         start -= setting_.slide_ms) {
      windows.emplace_back(start, start + setting_.size_ms);
    }
    return windows;
  }

  const WindowSetting setting_;
  std::map<std::pair<int64_t, int64_t>, std::map<int64_t, std::vector<ModelRow>>> windows_;
  int64_t watermark_ = INT64_MIN;
};

// The open sessions of every key. A row's own window is merged with those that it touches; if what
// comes out is over, the row is late.
class SessionModel final : public Model {
 public:
  explicit SessionModel(int64_t gap_ms) : gap_ms_(gap_ms) {}

  void Add(const ModelRow& row) override {
    Session merged{.start = row.time, .end = row.time + gap_ms_, .rows = {row}};
    std::vector<Session>& sessions = sessions_[row.key];
    std::vector<Session> others;
    for (Session& session : sessions) {
      if (session.start > merged.end || session.end < merged.start) {
        others.push_back(session);
        continue;
      }
      merged.start = std::min(merged.start, session.start);
      merged.end = std::max(merged.end, session.end);
      merged.rows.insert(merged.rows.end(), session.rows.begin(), session.rows.end());
    }
    if (merged.end - 1 <= watermark_) {
      ++late_rows;
      return;
    }
    others.push_back(merged);
    sessions = others;
  }

  std::vector<std::string> Watermark(int64_t watermark) override {
    watermark_ = watermark;
    std::vector<std::string> results;
    for (auto& [key, sessions] : sessions_) {
      std::erase_if(sessions, [&, key = key](const Session& session) {
        if (session.end - 1 > watermark) return false;
        results.push_back(ResultText(key, session.rows, session.start, session.end));
        return true;
      });
    }
    return results;
  }

 private:
  struct Session {
    int64_t start = 0;
    int64_t end = 0;
    std::vector<ModelRow> rows;
  };

  const int64_t gap_ms_;
  std::map<int64_t, std::vector<Session>> sessions_;
  int64_t watermark_ = INT64_MIN;
};

WindowSetting RandomSetting(WindowKind kind, Random& random) {
  WindowSetting setting{.input = {{"at", DataType::Timestamp(3)},
                                  {"key", DataType::BigInt()},
                                  {"x", DataType::BigInt()}},
                        .keys = {1},
                        .calls = {Count(), Call(AggregateFunction::kSum, 2, DataType::BigInt())},
                        .size_ms = 1 + random.Below(4'000),
                        .kind = kind};
  if (kind == WindowKind::kSession) return setting;
  setting.slide_ms = 1 + random.Below(1'000);
  int64_t offsets = setting.slide_ms;
  if (kind == WindowKind::kCumulate || random.Below(2) == 0) {
    setting.size_ms = setting.slide_ms * (1 + random.Below(6));
  }
  if (kind == WindowKind::kHop) {
    // Not too many windows for a row.
    setting.size_ms = std::min(setting.size_ms, setting.slide_ms * 20);
  } else {
    offsets = setting.size_ms;
  }
  setting.offset_ms = random.Below(static_cast<uint32_t>(offsets));
  return setting;
}

// The order of rows that one watermark shows is not part of what is compared.
std::vector<std::string> Sorted(std::vector<std::string> rows) {
  std::sort(rows.begin(), rows.end());
  return rows;
}

void RunAgainst(Model& model, const WindowSetting& setting, Random& random) {
  auto window = std::make_unique<WindowDriver>(setting);
  std::vector<std::unique_ptr<RestoredOfTest>> restored;
  const uint32_t keys = 1 + random.Below(12);
  const uint32_t disorder = 1 + random.Below(static_cast<uint32_t>(4 * setting.size_ms));
  int64_t late_of_former_runs = 0;
  int64_t now = -10'000;
  int64_t watermark = INT64_MIN;
  constexpr int kSteps = 60;
  for (int step = 0; step < kSteps; ++step) {
    std::vector<RowValues> rows;
    for (uint32_t i = random.Below(30); i > 0; --i) {
      const ModelRow row{.time = now + random.Below(disorder),
                         .key = random.Below(keys),
                         .x = int64_t{random.Below(100)}};
      rows.push_back({row.time, row.key, row.x});
      model.Add(row);
    }
    if (!rows.empty()) window->Input(rows);
    now += random.Below(static_cast<uint32_t>(setting.size_ms));
    const int64_t next = step == kSteps - 1 ? INT64_MAX : now + random.Below(disorder);
    if (next > watermark) {
      watermark = next;
      window->Watermark(EventTime(watermark));
      ASSERT_EQ(Sorted(window->Rows()), Sorted(model.Watermark(watermark))) << "step " << step;
    }
    if (random.Below(5) == 0) {
      late_of_former_runs += std::stoll(window->LateRows());
      restored.push_back(
          std::make_unique<RestoredOfTest>(std::vector<TaskStateOfTest>{window->Snapshot()}));
      auto after = std::make_unique<WindowDriver>(setting, restored.back().get());
      after->AdoptState(*window);
      window = std::move(after);
    }
  }
  EXPECT_EQ(late_of_former_runs + std::stoll(window->LateRows()), model.late_rows);
  EXPECT_THAT(window->state().Namespaces(), testing::IsEmpty());
}

TEST(WindowKindsOracleTest, HopGivesWhatANaiveModelGives) {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    const WindowSetting setting = RandomSetting(WindowKind::kHop, random);
    OverlappingModel model(setting);
    RunAgainst(model, setting, random);
  }
}

TEST(WindowKindsOracleTest, CumulateGivesWhatANaiveModelGives) {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    const WindowSetting setting = RandomSetting(WindowKind::kCumulate, random);
    OverlappingModel model(setting);
    RunAgainst(model, setting, random);
  }
}

TEST(WindowKindsOracleTest, SessionGivesWhatANaiveModelGives) {
  for (uint64_t seed = 1; seed <= 150; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    const WindowSetting setting = RandomSetting(WindowKind::kSession, random);
    SessionModel model(setting.size_ms);
    RunAgainst(model, setting, random);
  }
}

}  // namespace
}  // namespace millrace
