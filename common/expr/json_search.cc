#include "common/expr/json_search.h"

#include "absl/strings/str_cat.h"
#include "common/base/absl_view.h"
#include "common/expr/kernel.h"

namespace millrace {

absl::StatusOr<std::shared_ptr<JsonSearcher>> JsonSearcher::Create(const Expression& call) {
  auto searcher = std::make_shared<JsonSearcher>();
  if (const auto literal = LiteralText(*call.arguments()[1])) searcher->Use(*literal);
  if (absl::IsUnimplemented(searcher->status_)) return searcher->status_;
  return searcher;
}

JsonMatch JsonSearcher::Search(std::string_view text, std::string_view path, RowContext& row) {
  if (!known_ || path != text_of_path_) Use(path);
  if (absl::IsUnimplemented(status_)) row.Fail("", std::string(status_.message()));
  error_.clear();
  if (!path_) {
    error_ = std::string(status_.message());
  } else if (!document_.Parse(text)) {
    error_ = document_.error();
  } else {
    JsonMatch match = path_->Match(document_);
    if (match.kind != JsonMatch::Kind::kError) return match;
    error_ = absl::StrCat("nothing at the path '", AbslView(path), "'");
  }
  return {.kind = JsonMatch::Kind::kError, .nodes = {}};
}

void JsonSearcher::Use(std::string_view path) {
  auto compiled = JsonPath::Compile(path);
  status_ = compiled.status();
  path_.reset();
  if (compiled.ok()) path_ = *std::move(compiled);
  text_of_path_ = std::string(path);
  known_ = true;
}

bool IsNull(const JsonSearcher& searcher, const JsonMatch& match) {
  if (match.kind == JsonMatch::Kind::kNothing) return true;
  return match.kind == JsonMatch::Kind::kNode &&
         searcher.node(match.nodes[0]).kind == JsonKind::kNull;
}

JsonOutcome OutcomeOf(const JsonSearcher& searcher, const JsonMatch& match, bool wants_scalar) {
  if (match.kind == JsonMatch::Kind::kError) return JsonOutcome::kError;
  const JsonOutcome nothing = searcher.lax() ? JsonOutcome::kEmpty : JsonOutcome::kError;
  if (IsNull(searcher, match)) return nothing;
  const bool scalar =
      match.kind == JsonMatch::Kind::kNode && searcher.node(match.nodes[0]).IsScalar();
  return scalar == wants_scalar ? JsonOutcome::kValue : nothing;
}

}  // namespace millrace
