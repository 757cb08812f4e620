// Functions of strings that take them as sequences of characters. Patterns: functions_pattern.cc.
#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "common/base/absl_view.h"
#include "common/base/status_macros.h"
#include "common/expr/arrow_kernel.h"
#include "common/expr/function_table.h"
#include "common/expr/row_kernel.h"
#include "common/expr/text_list.h"
#include "common/expr/utf8.h"

namespace millrace {
namespace {

using View = std::string_view;

// Longest string that one row may ask for.
constexpr int64_t kMaxPadding = 1 << 28;

View Characters(View text, int64_t first, int64_t count) {
  text.remove_prefix(Utf8Offset(text, first));
  return text.substr(0, Utf8Offset(text, count));
}

// Positions count from 1, negative ones from the end; 0 means 1.
void Substring(View text, int64_t start, int64_t count, TextSink& out, RowContext& row) {
  if (count < 0) return row.SetNull();
  int64_t first = start > 0 ? start - 1 : 0;
  if (start < 0) {
    first = Utf8Length(text) + start;
    if (first < 0) return;
  }
  out.Append(Characters(text, first, count));
}

void Left(View text, int64_t count, TextSink& out) {
  out.Append(Characters(text, 0, std::max<int64_t>(count, 0)));
}

void Right(View text, int64_t count, TextSink& out) {
  if (count <= 0) return;
  out.Append(text.substr(Utf8Offset(text, std::max<int64_t>(Utf8Length(text) - count, 0))));
}

bool IsOneOf(View characters, View character) {
  for (View rest = characters; !rest.empty();) {
    const size_t size = Utf8Offset(rest, 1);
    if (rest.substr(0, size) == character) return true;
    rest.remove_prefix(size);
  }
  return false;
}

View TrimStart(View text, View characters) {
  while (!text.empty()) {
    const size_t size = Utf8Offset(text, 1);
    if (!IsOneOf(characters, text.substr(0, size))) break;
    text.remove_prefix(size);
  }
  return text;
}

View TrimEnd(View text, View characters) {
  while (!text.empty()) {
    size_t start = text.size() - 1;
    while (start > 0 && !IsUtf8Start(text[start])) --start;
    if (!IsOneOf(characters, text.substr(start))) break;
    text.remove_suffix(text.size() - start);
  }
  return text;
}

View TrimBoth(View text, View characters) {
  return TrimEnd(TrimStart(text, characters), characters);
}

// The position of `part` at or after character `from`, counted from 1; 0 if there is none.
// Positions before the first character mean the first.
int32_t Position(View part, View whole, int64_t from) {
  if (part.empty()) return 1;  // From wherever, as in Flink.
  const size_t start = Utf8Offset(whole, std::max<int64_t>(from, 1) - 1);
  const size_t at = whole.find(part, start);
  if (at == View::npos) return 0;
  return static_cast<int32_t>(Utf8Length(whole.substr(0, at)) + 1);
}

void Replace(View text, View part, View replacement, TextSink& out) {
  if (part.empty()) {  // Java puts the replacement around every character.
    out.Append(replacement);
    for (View rest = text; !rest.empty();) {
      const size_t size = Utf8Offset(rest, 1);
      out.Append(rest.substr(0, size));
      out.Append(replacement);
      rest.remove_prefix(size);
    }
    return;
  }
  size_t start = 0;
  for (size_t at = text.find(part); at != View::npos; at = text.find(part, start)) {
    out.Append(text.substr(start, at - start));
    out.Append(replacement);
    start = at + part.size();
  }
  out.Append(text.substr(start));
}

// The pieces count from 0. An empty string has none, an empty separator means white space.
void SplitIndex(View text, View separator, int64_t index, TextSink& out, RowContext& row) {
  if (index < 0 || text.empty()) return row.SetNull();
  const bool blank = separator.empty();
  size_t start = 0;
  for (;; --index) {
    const size_t end =
        blank ? text.find_first_of(" \t\n\r\f\v", start) : text.find(separator, start);
    if (index == 0) return out.Append(text.substr(start, end - start));
    if (end == View::npos) return row.SetNull();
    start = end + (blank ? 1 : separator.size());
  }
}

void SplitIndexByCode(View text, int64_t code, int64_t index, TextSink& out, RowContext& row) {
  if (code < 1 || code > 255) return row.SetNull();
  const char ascii = static_cast<char>(code);
  const char latin1[] = {static_cast<char>(0xc0 | (code >> 6)),
                         static_cast<char>(0x80 | (code & 63))};
  SplitIndex(text, code < 128 ? View(&ascii, 1) : View(latin1, 2), index, out, row);
}

// Pads at the front or the back; NULL for a negative length or nothing to pad with.
template <bool kFront>
void Pad(View text, int64_t length, View pad, TextSink& out, RowContext& row) {
  if (length < 0 || pad.empty()) return row.SetNull();
  if (length > kMaxPadding) return row.Fail("a padded string would be too long");
  const int64_t missing = length - Utf8Length(text);
  if (!kFront) out.Append(missing < 0 ? Characters(text, 0, length) : text);
  const int64_t pad_length = std::max<int64_t>(Utf8Length(pad), 1);
  for (int64_t left = missing; left > 0; left -= pad_length) {
    out.Append(left < pad_length ? Characters(pad, 0, left) : pad);
  }
  if (kFront) out.Append(missing < 0 ? Characters(text, 0, length) : text);
}

void Repeat(View text, int64_t times, TextSink& out, RowContext& row) {
  if (text.empty()) return;  // However often.
  if (times > 0 && static_cast<int64_t>(text.size()) > kMaxPadding / times) {
    return row.Fail("a repeated string would be too long");
  }
  for (int64_t i = 0; i < times; ++i) out.Append(text);
}

void Reverse(View text, TextSink& out) {
  while (!text.empty()) {
    size_t start = text.size() - 1;
    while (start > 0 && !IsUtf8Start(text[start])) --start;
    out.Append(text.substr(start));
    text.remove_suffix(text.size() - start);
  }
}

// Only ASCII letters are letters here, as in Flink: it makes äPfel of äpfel.
void InitCap(View text, TextSink& out) {
  bool inside = false;
  for (const char c : text) {
    out.Append(inside ? absl::ascii_tolower(c) : absl::ascii_toupper(c));
    inside = absl::ascii_isalnum(c);
  }
}

// Characters from `start`, counted from 1, are replaced. As in Flink all the rest is, if there is
// no positive number of them or less than that number are left.
void Overlay(View text, View replacement, int64_t start, int64_t count, TextSink& out) {
  const int64_t length = Utf8Length(text);
  if (start <= 0 || start > length) return out.Append(text);
  out.Append(Characters(text, 0, start - 1));
  out.Append(replacement);
  if (count > 0 && count <= length - start) {
    out.Append(text.substr(Utf8Offset(text, start - 1 + count)));
  }
}

// Every character of `from` becomes the one at its place in `to`, or nothing if `to` is shorter.
void Translate(View text, View from, View to, TextSink& out) {
  for (View rest = text; !rest.empty();) {
    const size_t size = Utf8Offset(rest, 1);
    const View character = rest.substr(0, size);
    rest.remove_prefix(size);
    int64_t place = 0;
    View left = from;
    while (!left.empty() && !(left.starts_with(character))) {
      left.remove_prefix(Utf8Offset(left, 1));
      ++place;
    }
    out.Append(left.empty() ? character : Characters(to, place, 1));
  }
}

// A NULL among the characters means none; only the text makes it NULL.
absl::StatusOr<Kernel> TranslateKernel(const Expression& call) {
  return Kernel([type = call.type().ToArrow()](Arguments arguments,
                                               int64_t rows) -> absl::StatusOr<Vector> {
    ASSIGN_OR_RETURN(StrictResult result, StrictResult::Create(arguments.first(1), rows));
    ASSIGN_OR_RETURN(TextSink sink, TextSink::Create(rows));
    const Reader<View> texts(*arguments[0]);
    const auto characters = [&](const Vector* argument, int64_t row) {
      return ValidBits(*argument, rows).bit(row) ? Reader<View>(*argument)(row) : View();
    };
    for (int64_t row = 0; row < rows; ++row) {
      if (!result.IsNull(row)) {
        Translate(texts(row), characters(arguments[1], row), characters(arguments[2], row), sink);
      }
      sink.EndRow(result.IsNull(row));
    }
    ASSIGN_OR_RETURN(auto buffers, sink.Finish());
    ASSIGN_OR_RETURN(Vector vector, result.Finish(type, std::move(buffers)));
    vector.errors = CombineErrors(arguments, rows);
    return vector;
  });
}

// ELT(n, a, b, ...): the n-th of the strings, NULL if there is none.
absl::StatusOr<Kernel> EltKernel(const Expression& call) {
  return Kernel(
      [type = call.type().ToArrow()](Arguments arguments, int64_t rows) -> absl::StatusOr<Vector> {
        ASSIGN_OR_RETURN(StrictResult result, StrictResult::Create(arguments.first(1), rows));
        ASSIGN_OR_RETURN(TextSink sink, TextSink::Create(rows));
        const Reader<int64_t> indexes(*arguments[0]);
        for (int64_t row = 0; row < rows; ++row) {
          const int64_t index = result.IsNull(row) ? 0 : indexes(row);
          const bool inside = index >= 1 && index < static_cast<int64_t>(arguments.size());
          if (inside && ValidBits(*arguments[index], rows).bit(row)) {
            sink.Append(Reader<View>(*arguments[index])(row));
          } else {
            result.SetNull(row);
          }
          sink.EndRow(result.IsNull(row));
        }
        ASSIGN_OR_RETURN(auto buffers, sink.Finish());
        ASSIGN_OR_RETURN(Vector vector, result.Finish(type, std::move(buffers)));
        vector.errors = CombineErrors(arguments, rows);
        return vector;
      });
}

// An empty string has no pieces; an empty separator is between all characters.
void Split(View text, View separator, TextListSink& out, RowContext&) {
  if (text.empty()) return;
  while (true) {
    size_t end = separator.empty() ? Utf8Offset(text, 1) : text.find(separator);
    if (end >= text.size()) break;  // npos too.
    out.Append(text.substr(0, end));
    text.remove_prefix(end + separator.size());
  }
  out.Append(text);
}

// CONCAT and ||: NULL if an argument is.
absl::StatusOr<Kernel> ConcatKernel(const Expression& call) {
  return Kernel(
      [type = call.type().ToArrow()](Arguments arguments, int64_t rows) -> absl::StatusOr<Vector> {
        ASSIGN_OR_RETURN(StrictResult result, StrictResult::Create(arguments, rows));
        ASSIGN_OR_RETURN(TextSink sink, TextSink::Create(rows));
        std::vector<Reader<View>> readers;
        for (const Vector* argument : arguments) readers.emplace_back(*argument);
        for (int64_t row = 0; row < rows; ++row) {
          if (!result.IsNull(row)) {
            for (const Reader<View>& reader : readers) sink.Append(reader(row));
          }
          sink.EndRow(result.IsNull(row));
        }
        ASSIGN_OR_RETURN(auto buffers, sink.Finish());
        return result.Finish(type, std::move(buffers));
      });
}

// CONCAT_WS leaves NULLs out; only the separator makes it NULL.
absl::StatusOr<Kernel> ConcatWsKernel(const Expression& call) {
  return Kernel(
      [type = call.type().ToArrow()](Arguments arguments, int64_t rows) -> absl::StatusOr<Vector> {
        ASSIGN_OR_RETURN(StrictResult result, StrictResult::Create(arguments.first(1), rows));
        ASSIGN_OR_RETURN(TextSink sink, TextSink::Create(rows));
        std::vector<Reader<View>> readers;
        std::vector<BitWords> valid;
        for (const Vector* argument : arguments) {
          readers.emplace_back(*argument);
          valid.push_back(ValidBits(*argument, rows));
        }
        for (int64_t row = 0; row < rows; ++row) {
          bool first = true;
          for (size_t i = 1; i < readers.size() && !result.IsNull(row); ++i) {
            if (!valid[i].bit(row)) continue;
            if (!first) sink.Append(readers[0](row));
            first = false;
            sink.Append(readers[i](row));
          }
          sink.EndRow(result.IsNull(row));
        }
        ASSIGN_OR_RETURN(auto buffers, sink.Finish());
        ASSIGN_OR_RETURN(Vector vector, result.Finish(type, std::move(buffers)));
        vector.errors = CombineErrors(arguments, rows);
        return vector;
      });
}

// CHAR(2) || CHAR(3) is a CHAR(5); anything longer than a length can say is a STRING.
DataType ConcatenatedType(const ExpressionList& arguments) {
  int64_t length = 0;
  bool fixed = true;
  for (const ExpressionPtr& argument : arguments) {
    length += argument->type().length();
    fixed = fixed && argument->type().kind() == TypeKind::kChar;
  }
  if (length >= DataType::kMaxLength) return DataType::String();
  const int known = static_cast<int>(length);
  return fixed ? DataType::Char(known) : DataType::Varchar(known);
}

// Java's: one ß becomes two letters, where Arrow maps single characters.
absl::StatusOr<Kernel> UpperKernel(const Expression& call) {
  ASSIGN_OR_RETURN(const Kernel upper, MakeArrowKernel(call, "utf8_upper", nullptr));
  const Kernel without_sharp_s = LiftKernel<Text(View)>(
      DataType::String(), [](View text, TextSink& out) { Replace(text, "ß", "SS", out); });
  return Kernel(
      [upper, without_sharp_s](Arguments arguments, int64_t rows) -> absl::StatusOr<Vector> {
        const arrow::ArrayData& data = *arguments[0]->data;
        const auto& bytes = data.buffers[2];
        const View all = bytes == nullptr ? View()
                                          : View(reinterpret_cast<const char*>(bytes->data()),
                                                 static_cast<size_t>(bytes->size()));
        if (all.find("ß") == View::npos) return upper(arguments, rows);
        ASSIGN_OR_RETURN(Vector replaced,
                         without_sharp_s(arguments, arguments[0]->constant ? 1 : rows));
        replaced.constant = arguments[0]->constant;
        const Vector* argument = &replaced;
        return upper(Arguments(&argument, 1), rows);
      });
}

template <View (*kTrim)(View, View)>
std::vector<Overload> TrimOverloads() {
  const ResultType string = Returns(DataType::String());
  return {{"STRING", string,
           Lift<Text(View)>([](View text, TextSink& out) { out.Append(kTrim(text, " ")); })},
          {"STRING, STRING", string,
           Lift<Text(View, View)>([](View text, View characters, TextSink& out) {
             out.Append(kTrim(text, characters));
           })}};
}

void AddCutting(ScalarFunctionTable& table) {
  const ResultType string = Returns(DataType::String());
  table.Add(
      "substring", "substr",
      {{"STRING, BIGINT", string,
        Lift<Text(View, int64_t)>([](View text, int64_t start, TextSink& out, RowContext& row) {
          Substring(text, start, DataType::kMaxLength, out, row);
        })},
       {"STRING, BIGINT, BIGINT", string, Lift<Text(View, int64_t, int64_t)>(Substring),
        /*nullable=*/true}});
  table.Add("left", "", {{"STRING, BIGINT", string, Lift<Text(View, int64_t)>(Left)}});
  table.Add("right", "", {{"STRING, BIGINT", string, Lift<Text(View, int64_t)>(Right)}});
  table.Add("trim", "btrim", TrimOverloads<TrimBoth>());
  table.Add("ltrim", "", TrimOverloads<TrimStart>());
  table.Add("rtrim", "", TrimOverloads<TrimEnd>());
  table.Add("split_index", "",
            {{"STRING, STRING, BIGINT", string, Lift<Text(View, View, int64_t)>(SplitIndex), true},
             {"STRING, BIGINT, BIGINT", string,
              Lift<Text(View, int64_t, int64_t)>(SplitIndexByCode), true}});
}

void AddBuilding(ScalarFunctionTable& table) {
  const ResultType string = Returns(DataType::String());
  table.Add("concat", "", {{"STRING...", string, ConcatKernel}});
  table.AddOperator("concat_operator", "||", {{"STRING, STRING", ConcatenatedType, ConcatKernel}});
  table.Add("concat_ws", "", {{"STRING, STRING...", string, ConcatWsKernel}});
  table.Add("replace", "",
            {{"STRING, STRING, STRING", string, Lift<Text(View, View, View)>(Replace)}});
  table.Add("lpad", "",
            {{"STRING, BIGINT, STRING", string, Lift<Text(View, int64_t, View)>(Pad<true>), true}});
  table.Add(
      "rpad", "",
      {{"STRING, BIGINT, STRING", string, Lift<Text(View, int64_t, View)>(Pad<false>), true}});
  table.Add(
      "overlay", "",
      {{"STRING, STRING, BIGINT", string,
        Lift<Text(View, View, int64_t)>([](View text, View with, int64_t start, TextSink& out) {
          Overlay(text, with, start, Utf8Length(with), out);
        })},
       {"STRING, STRING, BIGINT, BIGINT", string,
        Lift<Text(View, View, int64_t, int64_t)>(Overlay)}});
  table.Add("translate", "translate3", {{"STRING, STRING, STRING", string, TranslateKernel}});
  table.Add("elt", "", {{"BIGINT, STRING...", string, EltKernel, /*nullable=*/true}});
  table.Add("split", "",
            {{"STRING, STRING", Returns(DataType::Array(DataType::String())),
              [](const Expression& call) -> absl::StatusOr<Kernel> {
                return LiftTextList<View, View>(call.type(), Split);
              }}});
  table.Add("repeat", "", {{"STRING, BIGINT", string, Lift<Text(View, int64_t)>(Repeat)}});
  table.Add("reverse", "", {{"STRING", string, Lift<Text(View)>(Reverse)}});
}

}  // namespace

void AddStringFunctions(ScalarFunctionTable& table) {
  const ResultType string = Returns(DataType::String());
  const ResultType integer = Returns(DataType::Int());
  const ResultType boolean = Returns(DataType::Boolean());
  table.Add("upper", "", {{"STRING", string, UpperKernel}});
  table.Add("lower", "", {{"STRING", string, ArrowKernel("utf8_lower")}});
  table.Add("initcap", "", {{"STRING", string, Lift<Text(View)>(InitCap)}});
  table.Add("char_length", "character_length",
            {{"STRING", integer, Lift<int32_t(View)>([](View text) {
                return static_cast<int32_t>(Utf8Length(text));
              })}});
  table.Add("octet_length", "",
            {{"STRING", integer,
              Lift<int32_t(View)>([](View text) { return static_cast<int32_t>(text.size()); })},
             {"BYTES", integer,
              Lift<int32_t(View)>([](View text) { return static_cast<int32_t>(text.size()); })}});
  table.Add("ascii", "", {{"STRING", integer, Lift<int32_t(View)>([](View text) {
                             // The first byte as Java's signed one: negative beyond ASCII.
                             return text.empty() ? 0 : int32_t{static_cast<int8_t>(text[0])};
                           })}});
  table.Add("position", "",
            {{"STRING, STRING", integer, Lift<int32_t(View, View)>([](View part, View whole) {
                return Position(part, whole, 1);
              })}});
  table.Add("locate", "",
            {{"STRING, STRING", integer, Lift<int32_t(View, View)>([](View part, View whole) {
                return Position(part, whole, 1);
              })},
             {"STRING, STRING, BIGINT", integer, Lift<int32_t(View, View, int64_t)>(Position)}});
  table.Add("instr", "",
            {{"STRING, STRING", integer, Lift<int32_t(View, View)>([](View whole, View part) {
                return Position(part, whole, 1);
              })}});
  const auto starts =
      Lift<bool(View, View)>([](View text, View start) { return text.starts_with(start); });
  const auto ends = Lift<bool(View, View)>([](View text, View end) { return text.ends_with(end); });
  table.Add("startswith", "",
            {{"STRING, STRING", boolean, starts}, {"BYTES, BYTES", boolean, starts}});
  table.Add("endswith", "", {{"STRING, STRING", boolean, ends}, {"BYTES, BYTES", boolean, ends}});
  AddCutting(table);
  AddBuilding(table);
}

}  // namespace millrace
