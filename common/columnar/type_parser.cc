// DataType::Parse: a recursive-descent reader of SQL types, over words, numbers and punctuation.
#include <cstdint>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/absl_view.h"
#include "common/base/status_macros.h"
#include "common/columnar/data_type.h"

namespace millrace {
namespace {

constexpr int kMaxDepth = 64;  // Types come over the wire: a nesting bomb must not end the stack.

class TypeParser {
 public:
  explicit TypeParser(std::string_view text) : text_(text) {}

  absl::StatusOr<DataType> ParseAll() {
    ASSIGN_OR_RETURN(DataType type, ParseType(0));
    SkipSpace();
    if (position_ < text_.size()) return Error("unexpected text after the type");
    return type;
  }

 private:
  absl::Status Error(std::string_view what) const {
    return absl::InvalidArgumentError(absl::StrCat("type '", AbslView(text_), "', at character ",
                                                   position_ + 1, ": ", AbslView(what)));
  }

  void SkipSpace() {
    while (position_ < text_.size() && absl::ascii_isspace(text_[position_])) ++position_;
  }

  bool Accept(char c) {
    SkipSpace();
    if (position_ >= text_.size() || text_[position_] != c) return false;
    ++position_;
    return true;
  }

  absl::Status Expect(char c) {
    if (Accept(c)) return absl::OkStatus();
    return Error(absl::StrCat("expected '", std::string(1, c), "'"));
  }

  static bool IsWordCharacter(char c) {
    return absl::ascii_isalnum(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80;
  }

  std::string_view PeekWord() {
    SkipSpace();
    size_t end = position_;
    while (end < text_.size() && IsWordCharacter(text_[end])) ++end;
    return text_.substr(position_, end - position_);
  }

  bool AcceptWord(std::string_view word) {
    const std::string_view next = PeekWord();
    if (absl::AsciiStrToUpper(AbslView(next)) != word) return false;
    position_ += next.size();
    return true;
  }

  absl::Status ExpectWord(std::string_view word) {
    if (AcceptWord(word)) return absl::OkStatus();
    return Error(absl::StrCat("expected ", AbslView(word)));
  }

  absl::StatusOr<int> ParseNumber() {
    const std::string_view word = PeekWord();
    int value = 0;
    if (!absl::SimpleAtoi(AbslView(word), &value) || value < 0) return Error("expected a number");
    position_ += word.size();
    return value;
  }

  // "(n)", or `otherwise`.
  absl::StatusOr<int> ParseArgument(int otherwise) {
    if (!Accept('(')) return otherwise;
    ASSIGN_OR_RETURN(const int value, ParseNumber());
    RETURN_IF_ERROR(Expect(')'));
    return value;
  }

  absl::StatusOr<int> ParseFraction(int otherwise) {
    ASSIGN_OR_RETURN(const int digits, ParseArgument(otherwise));
    if (digits > 9) return Error(absl::StrCat("precision ", digits, " is not between 0 and 9"));
    return digits;
  }

  absl::StatusOr<int> ParseLength() {
    ASSIGN_OR_RETURN(const int length, ParseArgument(1));
    if (length < 1) return Error("a length must be at least 1");
    return length;
  }

  absl::StatusOr<std::string> ParseName() {
    if (!Accept('`')) {
      const std::string_view word = PeekWord();
      if (word.empty()) return Error("expected a field name");
      position_ += word.size();
      return std::string(word);
    }
    std::string name;
    for (; position_ < text_.size(); ++position_) {
      if (text_[position_] == '`') {
        if (position_ + 1 >= text_.size() || text_[position_ + 1] != '`') break;
        ++position_;
      }
      name += text_[position_];
    }
    RETURN_IF_ERROR(Expect('`'));
    return name;
  }

  // A field's 'comment' says nothing about the type.
  absl::Status SkipComment() {
    if (!Accept('\'')) return absl::OkStatus();
    while (position_ < text_.size()) {
      if (text_[position_++] != '\'') continue;
      if (position_ >= text_.size() || text_[position_] != '\'') return absl::OkStatus();
      ++position_;
    }
    return Error("the comment is not closed");
  }

  absl::StatusOr<DataType> ParseType(int depth) {
    if (depth > kMaxDepth) return Error("the type is nested too deeply");
    ASSIGN_OR_RETURN(DataType type, ParseBase(depth));
    for (;;) {
      if (AcceptWord("NOT")) {
        RETURN_IF_ERROR(ExpectWord("NULL"));
        type = type.WithNullable(false);
      } else if (AcceptWord("NULL")) {
        type = type.WithNullable(true);
      } else if (AcceptWord("ARRAY")) {
        if (++depth > kMaxDepth) return Error("the type is nested too deeply");
        type = DataType::Array(std::move(type));
      } else {
        return type;
      }
    }
  }

  absl::StatusOr<DataType> ParseBase(int depth) {
    const std::string word = absl::AsciiStrToUpper(AbslView(PeekWord()));
    if (word.empty()) return Error("expected a type");
    const size_t start = position_;
    position_ += word.size();
    ASSIGN_OR_RETURN(std::optional<DataType> type, ParseAtomic(word));
    if (!type.has_value()) {
      ASSIGN_OR_RETURN(type, ParseTemporal(word));
    }
    if (!type.has_value()) {
      ASSIGN_OR_RETURN(type, ParseNested(word, depth));
    }
    if (type.has_value()) return *std::move(type);
    position_ = start;
    if (word == "MULTISET" || word == "RAW" || word == "VARIANT" || word == "STRUCTURED") {
      return Error(absl::StrCat("the type ", word, " of Flink SQL is not supported yet"));
    }
    return Error(absl::StrCat("unknown type ", word));
  }

  absl::StatusOr<std::optional<DataType>> ParseAtomic(std::string_view word) {
    if (word == "NULL") return DataType::Null();
    if (word == "BOOLEAN") return DataType::Boolean();
    if (word == "TINYINT") return DataType::TinyInt();
    if (word == "SMALLINT") return DataType::SmallInt();
    if (word == "INT" || word == "INTEGER") return DataType::Int();
    if (word == "BIGINT") return DataType::BigInt();
    if (word == "FLOAT") return DataType::Float();
    if (word == "STRING") return DataType::String();
    if (word == "BYTES") return DataType::Bytes();
    if (word == "DATE") return DataType::Date();
    if (word == "DOUBLE") {
      AcceptWord("PRECISION");
      return DataType::Double();
    }
    if (word == "DECIMAL" || word == "DEC" || word == "NUMERIC") return ParseDecimal();
    if (word == "CHAR" || word == "VARCHAR" || word == "BINARY" || word == "VARBINARY") {
      ASSIGN_OR_RETURN(const int length, ParseLength());
      if (word == "CHAR") return DataType::Char(length);
      if (word == "VARCHAR") return DataType::Varchar(length);
      if (word == "BINARY") return DataType::Binary(length);
      return DataType::Varbinary(length);
    }
    return std::nullopt;
  }

  absl::StatusOr<std::optional<DataType>> ParseDecimal() {
    int precision = 10;
    int scale = 0;
    if (Accept('(')) {
      ASSIGN_OR_RETURN(precision, ParseNumber());
      if (Accept(',')) {
        ASSIGN_OR_RETURN(scale, ParseNumber());
      }
      RETURN_IF_ERROR(Expect(')'));
    }
    if (precision < 1 || precision > 38) {
      return Error(absl::StrCat("precision ", precision, " is not between 1 and 38"));
    }
    if (scale > precision) {
      return Error(
          absl::StrCat("scale ", scale, " is not between 0 and the precision ", precision));
    }
    return DataType::Decimal(precision, scale);
  }

  absl::StatusOr<std::optional<DataType>> ParseTemporal(std::string_view word) {
    if (word == "TIME") {
      ASSIGN_OR_RETURN(const int precision, ParseFraction(0));
      ASSIGN_OR_RETURN(const bool local, ParseTimeZone());
      if (local) return Error("TIME has no time zone");
      return DataType::Time(precision);
    }
    if (word == "TIMESTAMP") {
      ASSIGN_OR_RETURN(const int precision, ParseFraction(6));
      ASSIGN_OR_RETURN(const bool local, ParseTimeZone());
      return local ? DataType::TimestampLtz(precision) : DataType::Timestamp(precision);
    }
    if (word == "TIMESTAMP_LTZ") {
      ASSIGN_OR_RETURN(const int precision, ParseFraction(6));
      return DataType::TimestampLtz(precision);
    }
    if (word == "INTERVAL") return ParseInterval();
    return std::nullopt;
  }

  // Whether "WITH LOCAL TIME ZONE" follows.
  absl::StatusOr<bool> ParseTimeZone() {
    const bool without = AcceptWord("WITHOUT");
    if (!without && !AcceptWord("WITH")) return false;
    const bool local = !without && AcceptWord("LOCAL");
    RETURN_IF_ERROR(ExpectWord("TIME"));
    RETURN_IF_ERROR(ExpectWord("ZONE"));
    if (!without && !local) {
      return Error("TIMESTAMP WITH TIME ZONE is not supported; use TIMESTAMP WITH LOCAL TIME ZONE");
    }
    return local;
  }

  // A field of an interval type: 1 YEAR, 2 MONTH, 3 DAY .. 6 SECOND; 0 if none follows.
  absl::StatusOr<int> ParseIntervalField() {
    static constexpr std::string_view kFields[] = {"YEAR", "MONTH",  "DAY",
                                                   "HOUR", "MINUTE", "SECOND"};
    for (int i = 0; i < 6; ++i) {
      if (!AcceptWord(kFields[i])) continue;
      RETURN_IF_ERROR(ParseArgument(0).status());
      return i + 1;
    }
    return Error("expected YEAR, MONTH, DAY, HOUR, MINUTE or SECOND");
  }

  // Every resolution is held in the same way, so it is not part of the type.
  absl::StatusOr<std::optional<DataType>> ParseInterval() {
    ASSIGN_OR_RETURN(const int from, ParseIntervalField());
    int to = from;
    if (AcceptWord("TO")) {
      ASSIGN_OR_RETURN(to, ParseIntervalField());
    }
    const bool months = from <= 2;
    if (to < from || months != (to <= 2)) return Error("the interval's fields do not fit together");
    return months ? DataType::IntervalYearMonth() : DataType::IntervalDayTime();
  }

  absl::StatusOr<std::optional<DataType>> ParseNested(std::string_view word, int depth) {
    if (word == "ROW") return ParseRow(depth);
    if (word != "ARRAY" && word != "MAP") return std::nullopt;
    RETURN_IF_ERROR(Expect('<'));
    ASSIGN_OR_RETURN(DataType first, ParseType(depth + 1));
    if (word == "ARRAY") {
      RETURN_IF_ERROR(Expect('>'));
      return DataType::Array(std::move(first));
    }
    RETURN_IF_ERROR(Expect(','));
    ASSIGN_OR_RETURN(DataType second, ParseType(depth + 1));
    RETURN_IF_ERROR(Expect('>'));
    return DataType::Map(std::move(first), std::move(second));
  }

  absl::StatusOr<std::optional<DataType>> ParseRow(int depth) {
    const bool angle = Accept('<');
    if (!angle) RETURN_IF_ERROR(Expect('('));
    const char close = angle ? '>' : ')';
    std::vector<std::string> names;
    std::vector<DataType> types;
    if (Accept(close)) return DataType::Row({}, {});
    do {
      ASSIGN_OR_RETURN(std::string name, ParseName());
      ASSIGN_OR_RETURN(DataType type, ParseType(depth + 1));
      RETURN_IF_ERROR(SkipComment());
      names.push_back(std::move(name));
      types.push_back(std::move(type));
    } while (Accept(','));
    RETURN_IF_ERROR(Expect(close));
    return DataType::Row(std::move(names), std::move(types));
  }

  const std::string_view text_;
  size_t position_ = 0;
};

}  // namespace

absl::StatusOr<DataType> DataType::Parse(std::string_view text) {
  return TypeParser(text).ParseAll();
}

}  // namespace millrace
