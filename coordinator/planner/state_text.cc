#include "coordinator/planner/state_text.h"

#include <numeric>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "coordinator/sql/bind/plan_text.h"

namespace millrace {
namespace {

// " by page and slice of 10 s": what tells entries apart.
std::string ByText(const std::vector<int>& keys, const Schema& input, const std::string& window) {
  std::vector<std::string> parts;
  for (const int key : keys) parts.push_back(input.field(key).name);
  if (!window.empty()) parts.push_back(window);
  if (parts.empty()) return "";
  const std::string last = parts.back();
  parts.pop_back();
  return absl::StrCat(" by ", absl::StrJoin(parts, ", "), parts.empty() ? "" : " and ", last);
}

std::string CallsText(const std::vector<AggregateCall>& calls, const Schema& input) {
  if (calls.empty()) return "the keys";
  return absl::StrJoin(calls, ", ", [&](std::string* out, const AggregateCall& call) {
    absl::StrAppend(out, AggregateCallText(call, input));
  });
}

// Windows share the slices that they are made of.
std::string WindowPart(const WindowSpec& window) {
  switch (window.kind) {
    case WindowKind::kTumble:
    case WindowKind::kHop:
    case WindowKind::kCumulate:
      return absl::StrCat("slice of ", DurationText(std::gcd(window.size_ms, window.slide_ms)));
    case WindowKind::kSession:
      return "session";
    case WindowKind::kAttached:
      return "window";
  }
  return "window";
}

std::string SourceText(const SourceSpec& source) {
  return source.watermark.has_value() ? "positions and watermarks of splits"
                                      : "positions of splits";
}

std::string WindowAggregateText(const WindowAggregateSpec& spec, const Schema& input) {
  if (spec.rows_of_extreme) {
    return absl::StrCat("rows with ", CallsText(spec.calls, input), " by window, until it ends");
  }
  const bool has_slices =
      spec.window.kind != WindowKind::kSession && spec.window.kind != WindowKind::kAttached;
  return absl::StrCat(CallsText(spec.calls, input),
                      ByText(spec.key_columns, input, WindowPart(spec.window)),
                      has_slices ? ", until its windows end" : ", until it ends");
}

std::string SinkText(const SinkSpec& spec) {
  const auto connector = spec.table.options.find("connector");
  if (connector == spec.table.options.end()) return "";
  const std::string& name = connector->second;
  const bool stages = name == "kafka" || name == "upsert-kafka" || name == "filesystem";
  return stages ? "output, until its checkpoint is complete" : "";
}

}  // namespace

std::string StateText(const OperatorSpec& spec, const Schema& input) {
  if (const auto* source = std::get_if<SourceSpec>(&spec)) return SourceText(*source);
  if (const auto* aggregate = std::get_if<WindowAggregateSpec>(&spec)) {
    return WindowAggregateText(*aggregate, input);
  }
  if (const auto* aggregate = std::get_if<GroupAggregateSpec>(&spec)) {
    return absl::StrCat(CallsText(aggregate->calls, input),
                        ByText(aggregate->key_columns, input, ""), ", for ever");
  }
  if (const auto* rank = std::get_if<WindowRankSpec>(&spec)) {
    const std::string rows =
        rank->last == 1 ? "the first row" : absl::StrCat("the first ", rank->last, " rows");
    return absl::StrCat(rows, ByText(rank->key_columns, input, "window"), ", until it ends");
  }
  if (std::holds_alternative<WindowJoinSpec>(spec)) {
    return "rows of both inputs by key and window, until it ends";
  }
  if (const auto* sink = std::get_if<SinkSpec>(&spec)) return SinkText(*sink);
  return "";
}

}  // namespace millrace
