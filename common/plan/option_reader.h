// Reads the options of a table for the connector that carries them out. The binder has checked keys
// and types already; this is the second door, behind which a value can be used.
//
// Errors are kInvalidArgument and name the table, the option, its value and what it takes. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/plan/table.h"

namespace millrace {

class OptionReader {
 public:
  // `table` must outlive this.
  explicit OptionReader(const TableDescription& table) : table_(table) {}

  std::optional<std::string> Find(const std::string& key) const;
  std::string Text(const std::string& key, std::string otherwise) const;

  absl::StatusOr<int64_t> Integer(const std::string& key, int64_t otherwise) const;
  // REQUIRES: `otherwise` is at least `least`.
  absl::StatusOr<int64_t> IntegerFrom(int64_t least, const std::string& key,
                                      int64_t otherwise) const;
  absl::StatusOr<double> Number(const std::string& key, double otherwise) const;
  absl::StatusOr<bool> Boolean(const std::string& key, bool otherwise) const;
  // Milliseconds of "1 s", "500 ms".
  absl::StatusOr<int64_t> DurationMs(const std::string& key, int64_t otherwise) const;
  // Bytes of "200b", "4 kb", "128 MB".
  absl::StatusOr<int64_t> Bytes(const std::string& key, int64_t otherwise) const;

  // "table clicks: 'rows-per-second' = '0': <why>"
  absl::Status Wrong(const std::string& key, absl::string_view why) const;
  // "table clicks: <what> is valid in Flink, not built yet"
  absl::Status NotBuilt(absl::string_view what) const;

 private:
  const TableDescription& table_;
};

}  // namespace millrace
