// Every line of flink/*.tsv: an expression goes the way of a query, through the parser, the binder
// and the evaluator, and must have the type and the value that real Flink gave it. README.md says
// how the tables are written.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "arrow/array/util.h"
#include "arrow/record_batch.h"
#include "common/columnar/value_format.h"
#include "common/expr/evaluator.h"
#include "common/expr/function_table.h"
#include "coordinator/catalog/catalog.h"
#include "coordinator/sql/bind/script_binder.h"
#include "coordinator/sql/parse/parser.h"

namespace millrace {
namespace {

constexpr char kTables[] = "tests/functions/flink";
constexpr char kOneRow[] = "CREATE TABLE t (x INT) WITH ('connector' = 'datagen');\n";

struct Line {
  std::string file;
  int number = 0;
  std::string expression;
  std::string type;    // Of Flink; empty if it refuses the expression.
  std::string result;  // "=text", "NULL", "!error", "!invalid"
  std::string ours;    // If it is another one: what ours is. Else empty.
  std::string reason;
};

std::vector<Line> ReadTables() {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::directory_iterator(kTables)) {
    if (entry.path().extension() == ".tsv") paths.push_back(entry.path().string());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<Line> lines;
  for (const std::string& path : paths) {
    std::ifstream file(path);
    std::string text;
    for (int number = 1; std::getline(file, text); ++number) {
      if (text.empty() || text[0] == '#') continue;
      std::vector<std::string> columns = absl::StrSplit(text, '\t');
      columns.resize(5);
      lines.push_back({path, number, columns[0], columns[1], columns[2], columns[3], columns[4]});
    }
  }
  return lines;
}

// The bound expression, or why there is none.
absl::StatusOr<ExpressionPtr> Bind(const std::string& expression) {
  Catalog catalog;
  const std::string script = absl::StrCat(kOneRow, "SELECT ", expression, " AS r FROM t;\n");
  const ParsedScript parsed = ParseScript(script);
  BoundScript bound = BindScript(parsed.statements, script, catalog);
  const std::string errors = absl::StrCat(RenderDiagnostics(parsed.diagnostics, script),
                                          RenderDiagnostics(bound.diagnostics, script));
  for (const BoundStatement& statement : bound.statements) {
    const auto* write = std::get_if<BoundWrite>(&statement);
    if (write == nullptr) continue;
    const auto* project = std::get_if<LogicalProject>(&write->sink->input().spec);
    if (project != nullptr) return project->expressions[0];
  }
  return absl::InvalidArgumentError(errors);
}

// As the tables write a value: with control characters escaped, bytes in Base64.
std::string TextOf(const DataType& type, const arrow::Array& array, int64_t row) {
  if (array.IsNull(row)) return "NULL";
  std::string text;
  if (type.IsBinary()) {
    const auto bytes = static_cast<const arrow::BinaryArray&>(array).GetView(row);
    text = absl::Base64Escape({bytes.data(), bytes.size()});
  } else {
    AppendSqlValue(type, array, row, text);
  }
  std::string escaped = "=";
  for (const char c : text) {
    const size_t which = std::string_view("\\\n\t\r").find(c);
    if (which != std::string_view::npos) {
      absl::StrAppend(&escaped, "\\", std::string(1, "\\ntr"[which]));
    } else if (static_cast<unsigned char>(c) < 0x20) {
      absl::StrAppendFormat(&escaped, "\\x%02x", c);
    } else {
      escaped += c;
    }
  }
  return escaped;
}

std::string FromLiterals(const ExpressionPtr& expression) {
  const auto value = EvaluateConstant(expression);
  if (!value.ok()) return absl::StrCat("!error ", std::string(value.status().message()));
  return TextOf(expression->type(), **arrow::MakeArrayFromScalar(**value, 1), 0);
}

// The same expression with columns in the place of its literals.
struct Columns {
  std::vector<Field> fields;
  arrow::ArrayVector arrays;

  ExpressionPtr Replace(const ExpressionPtr& expression) {
    if (expression->kind() == ExpressionKind::kLiteral) {
      if (!expression->literal()->is_valid) return expression;
      const int index = static_cast<int>(fields.size());
      fields.push_back({absl::StrCat("c", index), expression->type().WithNullable(true)});
      arrays.push_back(*arrow::MakeArrayFromScalar(*expression->literal(), 3));
      return Expression::Column(index, expression->type());
    }
    std::vector<ExpressionPtr> arguments;
    for (const ExpressionPtr& argument : expression->arguments()) {
      arguments.push_back(Replace(argument));
    }
    if (expression->kind() == ExpressionKind::kField) {
      return Expression::Field(std::move(arguments[0]), expression->index());
    }
    return Expression::Call(expression->function(), std::move(arguments), expression->type());
  }
};

bool GivesOtherValues(const Expression& expression) {
  if (expression.kind() == ExpressionKind::kCall) {
    const FunctionDefinition* function = Functions().Find(expression.function());
    if (function != nullptr && function->changing) return true;
  }
  for (const ExpressionPtr& argument : expression.arguments()) {
    if (GivesOtherValues(*argument)) return true;
  }
  return false;
}

// The value over columns, at an offset; empty if a literal of the expression must be one.
std::optional<std::string> FromColumns(const ExpressionPtr& expression) {
  Columns columns;
  const ExpressionPtr replaced = columns.Replace(expression);
  if (columns.fields.empty() || GivesOtherValues(*expression)) return std::nullopt;
  const Schema schema(columns.fields);
  const auto evaluator = Evaluator::Create(schema, {replaced});
  if (!evaluator.ok()) return std::nullopt;
  const Batch batch =
      Batch(arrow::RecordBatch::Make(schema.ToArrow(), 3, columns.arrays)).Slice(1, 2);
  const auto arrays = (*evaluator)->Evaluate(batch);
  if (!arrays.ok()) return absl::StrCat("!error ", std::string(arrays.status().message()));
  const arrow::Array& array = *arrays->front();
  EXPECT_TRUE(array.ValidateFull().ok()) << array.ValidateFull().ToString();
  const std::string text = TextOf(expression->type(), array, 0);
  EXPECT_EQ(TextOf(expression->type(), array, 1), text);
  return text;
}

// Lengths of strings aside: functions of strings give STRING here where Flink keeps a CHAR(n).
bool SameType(const DataType& a, const DataType& b) {
  if (a.IsCharacter() && b.IsCharacter()) return true;
  if (a.IsBinary() && b.IsBinary()) return true;
  if (a.kind() != b.kind() || a.precision() != b.precision() || a.scale() != b.scale() ||
      a.children().size() != b.children().size() || a.field_names() != b.field_names()) {
    return false;
  }
  for (size_t i = 0; i < a.children().size(); ++i) {
    if (!SameType(a.children()[i], b.children()[i])) return false;
  }
  return true;
}

// Java's functions of real numbers and the C library's may differ in the last two digits of 17.
bool SameResult(const DataType& type, const std::string& ours, const std::string& flink) {
  if (ours == flink) return true;
  if (flink[0] == '!' && ours[0] == '!') return true;
  if (type.kind() != TypeKind::kDouble || ours[0] != '=' || flink[0] != '=') return false;
  double a = 0;
  double b = 0;
  return absl::SimpleAtod(ours.substr(1), &a) && absl::SimpleAtod(flink.substr(1), &b) &&
         std::abs(a - b) <= 4e-16 * std::abs(b);
}

void Check(const Line& line) {
  SCOPED_TRACE(absl::StrCat(line.file, ":", line.number, ": ", line.expression));
  const std::string& expected = line.ours.empty() ? line.result : line.ours;
  const auto expression = Bind(line.expression);
  if (!expression.ok()) {
    EXPECT_EQ(expected[0], '!') << expression.status();
    return;
  }
  const DataType& type = (*expression)->type();
  if (absl::StartsWith(line.ours, "type ")) {
    EXPECT_EQ("type " + type.WithNullable(true).ToString(), line.ours);
    EXPECT_FALSE(line.reason.empty()) << "a difference needs a reason";
    return;
  }
  const std::string value = FromLiterals(*expression);
  EXPECT_TRUE(SameResult(type, value, expected))
      << value << " " << type.ToString() << "; Flink: " << line.result << " " << line.type;
  if (!line.ours.empty()) {
    EXPECT_FALSE(SameResult(type, value, line.result)) << "no difference any more";
    EXPECT_FALSE(line.reason.empty()) << "a difference needs a reason";
  } else if (!line.type.empty() && value[0] != '!') {
    const auto flink_type = DataType::Parse(line.type);
    ASSERT_TRUE(flink_type.ok()) << flink_type.status();
    EXPECT_TRUE(SameType(type, *flink_type)) << type.ToString() << "; Flink: " << line.type;
  }
  const auto over_columns = FromColumns(*expression);
  if (!over_columns) return;
  if (value[0] == '!') {
    EXPECT_EQ((*over_columns)[0], '!') << *over_columns << " over columns";
  } else {
    EXPECT_EQ(*over_columns, value) << "over columns";
  }
}

TEST(FlinkResultsTest, EveryExpressionHasFlinksTypeAndValue) {
  const std::vector<Line> lines = ReadTables();
  ASSERT_GT(lines.size(), 800u);
  for (const Line& line : lines) Check(line);
}

}  // namespace
}  // namespace millrace
