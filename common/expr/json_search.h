// The search of a JSON text for what a path leads to, row by row: what JSON_EXISTS, JSON_VALUE and
// JSON_QUERY share.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/expr/expression.h"
#include "common/expr/json_document.h"
#include "common/expr/json_path.h"
#include "common/expr/row_kernel.h"

namespace millrace {

// The document and the path of a row. A literal path is compiled once; one that is none is an error
// of the row, as in Flink. Not thread-safe.
class JsonSearcher {
 public:
  // For a call whose arguments are a text, a path, ... kUnimplemented if a literal path is not
  // built.
  static absl::StatusOr<std::shared_ptr<JsonSearcher>> Create(const Expression& call);

  JsonMatch Search(std::string_view text, std::string_view path, RowContext& row);

  // Of the last search.
  const JsonDocument& document() const { return document_; }
  const JsonNode& node(int32_t index) const { return document_.node(index); }
  bool lax() const { return path_ && path_->lax(); }
  const std::string& error() const { return error_; }

 private:
  void Use(std::string_view path);

  JsonDocument document_;
  std::optional<JsonPath> path_;
  std::string text_of_path_;
  bool known_ = false;
  absl::Status status_;
  std::string error_;
};

using SharedJsonSearcher = std::shared_ptr<JsonSearcher>;

// Nothing, or JSON's null, which counts as nothing.
bool IsNull(const JsonSearcher& searcher, const JsonMatch& match);

enum class JsonOutcome : uint8_t { kValue, kEmpty, kError };

// What a search comes to for a function that wants a scalar, or one that wants an array or object.
JsonOutcome OutcomeOf(const JsonSearcher& searcher, const JsonMatch& match, bool wants_scalar);

}  // namespace millrace
