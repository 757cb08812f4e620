// JSON_STRING, JSON_OBJECT, JSON_ARRAY, JSON_QUOTE, JSON_UNQUOTE.
//
// JSON_OBJECT and JSON_ARRAY get as their first argument how they are to be made, which the binder
// of SQL gives: "NULL:" or "ABSENT:" (ON NULL), then one letter for each value, j if its text is
// JSON already (of a JSON_OBJECT, JSON_ARRAY or JSON call), v if not.
#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "arrow/array/util.h"
#include "common/base/status_macros.h"
#include "common/expr/function_table.h"
#include "common/expr/json_document.h"
#include "common/expr/json_writer.h"
#include "common/expr/row_kernel.h"
#include "common/expr/type_rules.h"
#include "common/expr/unicode.h"

namespace millrace {
namespace {

using View = std::string_view;

constexpr char kNoForm[] =
    "values that have a form in JSON: no DATE, TIME or INTERVAL, and MAPs only with STRING keys";

// A column whose values are written as JSON.
class JsonColumn {
 public:
  JsonColumn(const DataType& type, const Vector& vector, bool is_json)
      : type_(type),
        array_(arrow::MakeArray(vector.data)),
        constant_(vector.constant),
        is_json_(is_json) {}

  bool IsNull(int64_t row) const { return array_->IsNull(constant_ ? 0 : row); }

  // False if the text of a value that should be JSON is none.
  bool Append(int64_t row, JsonDocument& scratch, std::string& out) const {
    if (constant_) row = 0;
    if (!is_json_ || array_->IsNull(row)) {
      AppendJsonValue(type_, *array_, row, out);
      return true;
    }
    const View text = static_cast<const arrow::StringArray&>(*array_).GetView(row);
    if (!scratch.Parse(text)) return false;
    AppendJson(scratch, JsonDocument::kRoot, out);
    return true;
  }

 private:
  DataType type_;
  std::shared_ptr<arrow::Array> array_;
  bool constant_;
  bool is_json_;
};

absl::StatusOr<Kernel> JsonStringKernel(const Expression& call) {
  return Kernel([type = call.arguments()[0]->type()](Arguments arguments,
                                                     int64_t rows) -> absl::StatusOr<Vector> {
    ASSIGN_OR_RETURN(StrictResult result, StrictResult::Create(arguments, rows));
    ASSIGN_OR_RETURN(TextSink sink, TextSink::Create(rows));
    const JsonColumn column(type, *arguments[0], false);
    JsonDocument scratch;
    std::string text;
    for (int64_t row = 0; row < rows; ++row) {
      text.clear();
      if (!result.IsNull(row)) column.Append(row, scratch, text);
      sink.Append(text);
      sink.EndRow(result.IsNull(row));
    }
    ASSIGN_OR_RETURN(auto buffers, sink.Finish());
    return result.Finish(arrow::utf8(), std::move(buffers));
  });
}

absl::StatusOr<ExpressionPtr> BindJsonString(ExpressionList arguments) {
  if (arguments.size() == 1 && arguments[0]->type().kind() == TypeKind::kNull) {
    arguments[0] = Expression::Null(DataType::String());
  }
  if (arguments.size() != 1 || !HasJsonForm(arguments[0]->type())) {
    return WrongArguments("JSON_STRING", arguments, kNoForm);
  }
  return StrictCall("json_string", std::move(arguments), DataType::String());
}

// How a call makes its value.
struct Making {
  bool object = false;
  bool absent_on_null = false;
  std::string letters;  // Of the values.
};

std::optional<Making> MakingOf(const ExpressionList& arguments, bool object) {
  if (arguments.empty()) return std::nullopt;
  const auto text = LiteralText(*arguments[0]);
  if (!text) return std::nullopt;
  Making making{.object = object, .absent_on_null = text->starts_with("ABSENT:")};
  if (!making.absent_on_null && !text->starts_with("NULL:")) return std::nullopt;
  making.letters = text->substr(text->find(':') + 1);
  const size_t each = object ? 2 : 1;
  if (arguments.size() != 1 + each * making.letters.size()) return std::nullopt;
  return making;
}

// One member or element for each value, in the order of Jackson: an object's members are sorted by
// key, and the last of equal keys counts.
class Maker {
 public:
  Maker(const Making& making, const std::vector<DataType>& types, Arguments arguments)
      : making_(making) {
    const size_t each = making.object ? 2 : 1;
    for (size_t i = 0; i < making.letters.size(); ++i) {
      const size_t value = each * (i + 1);
      columns_.emplace_back(types[value], *arguments[value], making.letters[i] == 'j');
      if (making.object) keys_.emplace_back(*arguments[value - 1]);
    }
  }

  // False if a value that should be JSON is none.
  bool Append(int64_t row, std::string& out) {
    order_.clear();
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (!making_.absent_on_null || !columns_[i].IsNull(row)) order_.push_back(i);
    }
    if (making_.object) SortByKey(row);
    out += making_.object ? '{' : '[';
    for (size_t i = 0; i < order_.size(); ++i) {
      if (i > 0) out += ',';
      if (making_.object) {
        AppendJsonString(keys_[order_[i]](row), out);
        out += ':';
      }
      if (!columns_[order_[i]].Append(row, scratch_, out)) return false;
    }
    out += making_.object ? '}' : ']';
    return true;
  }

 private:
  void SortByKey(int64_t row) {
    std::stable_sort(order_.begin(), order_.end(),
                     [&](size_t a, size_t b) { return keys_[a](row) < keys_[b](row); });
    // Of equal keys the last one stays.
    const auto kept = std::unique(order_.rbegin(), order_.rend(), [&](size_t a, size_t b) {
      return keys_[a](row) == keys_[b](row);
    });
    order_.erase(order_.begin(), kept.base());
  }

  const Making& making_;
  std::vector<JsonColumn> columns_;
  std::vector<Reader<View>> keys_;
  std::vector<size_t> order_;
  JsonDocument scratch_;
};

template <bool kObject>
absl::StatusOr<Kernel> MakingKernel(const Expression& call) {
  const auto making = MakingOf(call.arguments(), kObject);
  if (!making) return absl::InvalidArgumentError(call.ToString() + " is not made by the binder");
  return Kernel([making = *making, types = TypesOf(call.arguments())](
                    Arguments arguments, int64_t rows) -> absl::StatusOr<Vector> {
    ASSIGN_OR_RETURN(StrictResult result, StrictResult::Create({}, rows));
    ASSIGN_OR_RETURN(TextSink sink, TextSink::Create(rows));
    Maker maker(making, types, arguments);
    std::string text;
    for (int64_t row = 0; row < rows; ++row) {
      text.clear();
      if (!maker.Append(row, text)) {
        RowContext(result, row).Fail("a value for a JSON text is no JSON");
      }
      sink.Append(text);
      sink.EndRow(result.IsNull(row));
    }
    ASSIGN_OR_RETURN(auto buffers, sink.Finish());
    ASSIGN_OR_RETURN(Vector vector, result.Finish(arrow::utf8(), std::move(buffers)));
    const auto own = vector.errors;
    vector.errors = CombineErrors(arguments, rows);
    if (vector.errors == nullptr) vector.errors = own;
    return vector;
  });
}

template <bool kObject>
absl::StatusOr<ExpressionPtr> BindMaking(ExpressionList arguments) {
  const char* name = kObject ? "JSON_OBJECT" : "JSON_ARRAY";
  const auto making = MakingOf(arguments, kObject);
  if (!making) return WrongArguments(name, arguments, kNoForm);
  for (size_t i = 1; i < arguments.size(); ++i) {
    if (arguments[i]->type().kind() == TypeKind::kNull) {
      arguments[i] = Expression::Null(DataType::String());
    }
    const bool key = kObject && i % 2 == 1;
    const auto literal = key ? LiteralText(*arguments[i]) : std::nullopt;
    if (key && !literal) {
      return WrongArguments(name, {arguments[i]}, "keys that are STRING literals");
    }
    if (!HasJsonForm(arguments[i]->type())) return WrongArguments(name, {arguments[i]}, kNoForm);
  }
  const char* canonical = kObject ? "json_object" : "json_array";
  return Expression::Call(canonical, std::move(arguments), DataType::String().WithNullable(false));
}

// Flink's own quoting: it also escapes / and everything beyond ASCII, but no other control
// characters than those that have an escape of their own.
void Quote(View text, TextSink& out) {
  constexpr View kSpecial = "\"\\/\b\f\n\r\t";
  constexpr View kEscapes = "\"\\/bfnrt";
  std::string quoted = "\"";
  for (size_t at = 0; at < text.size();) {
    const char32_t c = NextCodePoint(text, at);
    const size_t which = c < 0x80 ? kSpecial.find(static_cast<char>(c)) : View::npos;
    if (which != View::npos) {
      quoted += '\\';
      quoted += kEscapes[which];
    } else if (c < 0x80) {
      quoted += static_cast<char>(c);
    } else if (c < 0x10000) {
      absl::StrAppendFormat(&quoted, "\\u%04x", static_cast<uint32_t>(c));
    } else {
      const uint32_t bits = c - 0x10000;
      absl::StrAppendFormat(&quoted, "\\u%04x\\u%04x", 0xD800 | bits >> 10,
                            0xDC00 | (bits & 0x3ff));
    }
  }
  out.Append(quoted + "\"");
}

// What is no quoted string is left as it is.
absl::StatusOr<Kernel> UnquoteKernel(const Expression& call) {
  return LiftKernel<Text(View)>(
      call.type(), [document = std::make_shared<JsonDocument>()](View text, TextSink& out) {
        const bool quoted = text.size() > 1 && text.front() == '"' && text.back() == '"';
        const bool whole = quoted && document->Parse(text);
        out.Append(whole ? document->node(JsonDocument::kRoot).text : text);
      });
}

}  // namespace

void AddJsonTextFunctions(ScalarFunctionTable& table) {
  const ResultType string = Returns(DataType::String());
  table.Add({.name = "json_string",
             .accepts = kNoForm,
             .bind = BindJsonString,
             .kernel = JsonStringKernel});
  table.Add({.name = "json_object",
             .accepts = "JSON_OBJECT([KEY] key VALUE value, ... [NULL ON NULL | ABSENT ON NULL])",
             .bind = BindMaking<true>,
             .kernel = MakingKernel<true>});
  table.Add({.name = "json_array",
             .accepts = "JSON_ARRAY(value, ... [NULL ON NULL | ABSENT ON NULL])",
             .bind = BindMaking<false>,
             .kernel = MakingKernel<false>});
  table.Add("json_quote", "", {{"STRING", string, Lift<Text(View)>(Quote)}});
  table.Add("json_unquote", "", {{"STRING", string, UnquoteKernel}});
}

}  // namespace millrace
