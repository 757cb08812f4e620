#include "common/base/failpoint.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/base/absl_view.h"
#include "common/base/similar_name.h"
#include "common/base/status_macros.h"

namespace millrace {
namespace {

enum class Kind : uint8_t { kCrash, kSleep, kError };

struct Armed {
  Kind kind = Kind::kCrash;
  absl::Duration sleep;
  int64_t only = 0;  // 0: every time.
  int64_t passed = 0;
};

struct Table {
  absl::Mutex mutex;
  std::map<std::string, Armed, std::less<>> armed ABSL_GUARDED_BY(mutex);
};

Table& TheTable() {
  static auto* const table = new Table;
  return *table;
}

absl::StatusOr<Armed> ParseAction(absl::string_view text) {
  Armed armed;
  const std::vector<absl::string_view> parts = absl::StrSplit(text, absl::MaxSplits('@', 1));
  if (parts.size() == 2 && (!absl::SimpleAtoi(parts[1], &armed.only) || armed.only < 1)) {
    return absl::InvalidArgumentError(absl::StrCat("'", parts[1], "' is not a count from 1"));
  }
  absl::string_view action = parts[0];
  if (action == "crash") return armed;
  if (action == "error") {
    armed.kind = Kind::kError;
    return armed;
  }
  const bool sleeps = absl::ConsumePrefix(&action, "sleep(") && absl::ConsumeSuffix(&action, ")");
  armed.kind = Kind::kSleep;
  if (sleeps && absl::ParseDuration(action, &armed.sleep)) return armed;
  return absl::InvalidArgumentError(
      absl::StrCat("'", text, "' is none of crash, error, sleep(D), with or without @N"));
}

}  // namespace

namespace failpoint_internal {

std::atomic<bool> armed = false;

absl::Status Pass(std::string_view name) {
  Armed action;
  {
    Table& table = TheTable();
    absl::MutexLock lock(&table.mutex);
    const auto found = table.armed.find(name);
    if (found == table.armed.end()) return absl::OkStatus();
    ++found->second.passed;
    if (found->second.only != 0 && found->second.only != found->second.passed) {
      return absl::OkStatus();
    }
    action = found->second;
  }
  switch (action.kind) {
    case Kind::kCrash:
      ::kill(::getpid(), SIGKILL);
      ::pause();
      break;
    case Kind::kSleep:
      absl::SleepFor(action.sleep);
      break;
    case Kind::kError:
      return absl::UnavailableError(absl::StrCat("failpoint ", AbslView(name)));
  }
  return absl::OkStatus();
}

}  // namespace failpoint_internal

const std::vector<std::string_view>& FailpointNames() {
  static const auto* const names = new std::vector<std::string_view>{
      // Every durable file: delta, tables, segment, manifest.
      "file.before_sync",
      "file.after_sync",
      "file.after_rename",
      "file.after_folder_sync",
      "file.before_link",
      "file.after_link",
      // A worker's part of a checkpoint.
      "worker.on_trigger",
      "worker.before_ack",
      "worker.after_ack",
      "worker.on_durable",
      // The coordinator's.
      "checkpoint.before_reserve",
      "checkpoint.after_reserve",
      "checkpoint.before_manifest",
      "checkpoint.after_manifest",
      "checkpoint.before_commit",
      "checkpoint.after_commit",
      "checkpoint.before_durable",
      "checkpoint.after_durable",
      "checkpoint.before_delete",
      "checkpoint.after_delete",
      // A slot's publication.
      "publish.before_fence",
      "publish.after_fence",
      "publish.after_marker_read",
      "publish.before_begin",
      "publish.after_begin",
      "publish.after_produce",
      "publish.after_flush",
      "publish.after_marker",
      "publish.after_commit",
      // A source reads.
      "source.before_poll",
      // Coming back.
      "restore.before_open",
      "restore.after_open",
  };
  return *names;
}

absl::Status ArmFailpoints(std::string_view specification) {
  std::map<std::string, Armed, std::less<>> armed;
  const std::vector<std::string_view>& names = FailpointNames();
  for (const absl::string_view part :
       absl::StrSplit(AbslView(specification), ',', absl::SkipWhitespace())) {
    const std::vector<std::string> sides =
        absl::StrSplit(absl::StripAsciiWhitespace(part), absl::MaxSplits('=', 1));
    if (std::find(names.begin(), names.end(), sides[0]) == names.end()) {
      return absl::InvalidArgumentError(
          absl::StrCat("there is no failpoint '", sides[0], "'; ",
                       DidYouMean(sides[0], std::vector<std::string>(names.begin(), names.end()))));
    }
    ASSIGN_OR_RETURN(armed[sides[0]], ParseAction(sides.size() == 2 ? sides[1] : "crash"));
  }
  Table& table = TheTable();
  absl::MutexLock lock(&table.mutex);
  failpoint_internal::armed = !armed.empty();
  table.armed = std::move(armed);
  return absl::OkStatus();
}

}  // namespace millrace
