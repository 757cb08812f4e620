#include "worker/format/json/value_reader.h"

#include <limits>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "common/base/absl_view.h"
#include "common/expr/decimal.h"
#include "worker/contract/source.h"
#include "worker/format/column/scalar_text.h"

namespace millrace {
namespace {

using simdjson::ondemand::array;
using simdjson::ondemand::field;
using simdjson::ondemand::raw_json_string;

constexpr int64_t kWritePadding = simdjson::SIMDJSON_PADDING;  // What unescaping may overwrite.
static_assert(FieldOrder::kReadable <= Slab::kPadding);
static_assert(simdjson::SIMDJSON_PADDING <= Slab::kPadding);

ValuePlan MakePlan(const DataType& type, ColumnBuffer& column);

std::unique_ptr<RowPlan> MakeRowPlan(const DataType& type, ColumnBuffer& column) {
  std::vector<ValuePlan> fields;
  for (size_t i = 0; i < type.children().size(); ++i) {
    fields.push_back(MakePlan(type.children()[i], column.fields()[i]));
  }
  return std::make_unique<RowPlan>(type.field_names(), std::move(fields));
}

ValuePlan MakePlan(const DataType& type, ColumnBuffer& column) {
  ValuePlan plan{.column = &column, .nullable = type.nullable()};
  if (type.kind() == TypeKind::kRow) {
    plan.row = MakeRowPlan(type, column);
  } else if (type.kind() == TypeKind::kArray || type.kind() == TypeKind::kMap) {
    for (size_t i = 0; i < type.children().size(); ++i) {
      plan.elements.push_back(
          MakePlan(type.children()[i], column.elements().column(static_cast<int>(i))));
    }
  }
  return plan;
}

// The text of a scalar, or the first token of an array or object.
std::string_view TokenOf(simdjson::ondemand::value& value) {
  return TrimText(value.raw_json_token());
}

template <typename T>
bool SetIfAny(ColumnBuffer& column, int64_t slot, const std::optional<T>& value) {
  if (value.has_value()) column.Set<T>(slot, *value);
  return value.has_value();
}

template <typename T>
bool SetInteger(ColumnBuffer& column, int64_t slot, NumberText number) {
  const std::optional<int64_t> value = ParseIntegerText(number);
  if (!value.has_value() || *value < std::numeric_limits<T>::min() ||
      *value > std::numeric_limits<T>::max()) {
    return false;
  }
  column.Set<T>(slot, static_cast<T>(*value));
  return true;
}

}  // namespace

RowPlan::RowPlan(std::vector<std::string> field_names, std::vector<ValuePlan> field_plans)
    : names(std::move(field_names)),
      fields(std::move(field_plans)),
      order(names),
      last_seen(names.size(), 0) {
  for (size_t i = 0; i < fields.size(); ++i) {
    if (!fields[i].nullable) required.push_back(static_cast<int>(i));
  }
}

ValueReader::ValueReader(const Schema& schema, const JsonOptions& options, ColumnGroup& columns,
                         simdjson::ondemand::parser& parser)
    : options_(options), columns_(columns), parser_(parser) {
  std::vector<std::string> names;
  std::vector<ValuePlan> fields;
  for (int i = 0; i < schema.size(); ++i) {
    names.push_back(schema.field(i).name);
    fields.push_back(MakePlan(schema.field(i).type, columns.column(i)));
  }
  record_ = std::make_unique<RowPlan>(std::move(names), std::move(fields));
}

ReadOutcome ValueReader::ReadRecord(Object& object) {
  path_.clear();
  return ReadFields(object, *record_, columns_.size());
}

ReadOutcome ValueReader::ReadFields(Object& object, RowPlan& plan, int64_t slot) {
  plan.order.Restart();
  ++plan.objects;
  for (auto next : object) {
    if (next.error()) return Malformed(next.error());
    field& item = next.value_unsafe();  // In place: a copy stalls on its own stores.
    int index = plan.order.Predict(item.key().raw());
    if (index == FieldOrder::kUnknown) index = FindField(plan.order, item.key());
    if (index == FieldOrder::kUnwanted) continue;
    const ReadOutcome outcome = ReadValue(item.value(), plan.fields[index], slot);
    if (outcome != ReadOutcome::kOk) {
      PrependToPath(plan.names[index]);
      return outcome;
    }
    plan.last_seen[index] = plan.objects;
  }
  if (plan.required.empty() && !options_.fail_on_missing_field) return ReadOutcome::kOk;
  return CheckFields(plan, slot);
}

ReadOutcome ValueReader::CheckFields(const RowPlan& plan, int64_t slot) {
  const auto fail = [&](int index, std::string_view reason) {
    path_.clear();
    PrependToPath(plan.names[index]);
    reason_ = reason;
    return ReadOutcome::kMismatch;
  };
  for (size_t i = 0; options_.fail_on_missing_field && i < plan.names.size(); ++i) {
    if (plan.last_seen[i] != plan.objects) return fail(static_cast<int>(i), "is missing");
  }
  for (const int index : plan.required) {
    if (!plan.fields[index].column->IsNull(slot)) continue;
    return fail(index, plan.last_seen[index] == plan.objects ? "is null but declared NOT NULL"
                                                             : "is missing but declared NOT NULL");
  }
  return ReadOutcome::kOk;
}

// The closing quote is there: simdjson has refused records with an open string.
int ValueReader::FindField(FieldOrder& order, raw_json_string key) {
  const char* begin = key.raw();
  const char* end = begin;
  bool escaped = false;
  for (; *end != '"'; ++end) {
    if (*end != '\\') continue;
    escaped = true;
    ++end;
  }
  if (!escaped) return order.Find({begin, static_cast<size_t>(end - begin)});
  if (!Unescape(key, end - begin, scratch_)) return FieldOrder::kUnwanted;
  return order.Find(scratch_);
}

ReadOutcome ValueReader::ReadValue(Value& value, ValuePlan& plan, int64_t slot) {
  const ReadOutcome outcome = ReadValueOrFail(value, plan, slot);
  if (outcome != ReadOutcome::kMismatch || !options_.ignore_parse_errors) return outcome;
  plan.column->Clear(slot);
  path_.clear();
  return ReadOutcome::kOk;
}

ReadOutcome ValueReader::ReadValueOrFail(Value& value, ValuePlan& plan, int64_t slot) {
  switch (plan.column->type().kind()) {
    case TypeKind::kTinyInt:
      return ReadInteger<int8_t>(value, plan, slot);
    case TypeKind::kSmallInt:
      return ReadInteger<int16_t>(value, plan, slot);
    case TypeKind::kInt:
    case TypeKind::kIntervalYearMonth:
      return ReadInteger<int32_t>(value, plan, slot);
    case TypeKind::kBigInt:
    case TypeKind::kIntervalDayTime:
      return ReadInteger<int64_t>(value, plan, slot);
    case TypeKind::kFloat:
      return ReadReal<float>(value, plan, slot);
    case TypeKind::kDouble:
      return ReadReal<double>(value, plan, slot);
    case TypeKind::kChar:
    case TypeKind::kVarchar:
      return ReadString(value, plan, slot);
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz:
      return ReadTimestamp(value, plan, slot);
    case TypeKind::kRow:
      return ReadRow(value, plan, slot);
    case TypeKind::kArray:
      return ReadArray(value, plan, slot);
    case TypeKind::kMap:
      return ReadMap(value, plan, slot);
    default:
      return ReadUnusual(value, plan, slot);
  }
}

template <typename T>
ReadOutcome ValueReader::ReadInteger(Value& value, ValuePlan& plan, int64_t slot) {
  int64_t integer = 0;
  if (value.get_int64().get(integer) != simdjson::SUCCESS) return ReadUnusual(value, plan, slot);
  if (integer < std::numeric_limits<T>::min() || integer > std::numeric_limits<T>::max()) {
    return Mismatch(plan, "a number out of its range");
  }
  plan.column->Set<T>(slot, static_cast<T>(integer));
  return ReadOutcome::kOk;
}

template <typename T>
ReadOutcome ValueReader::ReadReal(Value& value, ValuePlan& plan, int64_t slot) {
  double real = 0;
  if (value.get_double().get(real) != simdjson::SUCCESS) return ReadUnusual(value, plan, slot);
  plan.column->Set<T>(slot, static_cast<T>(real));
  return ReadOutcome::kOk;
}

ReadOutcome ValueReader::ReadTimestamp(Value& value, ValuePlan& plan, int64_t slot) {
  const std::string_view token = value.raw_json_token();
  const bool zoned = plan.column->type().kind() == TypeKind::kTimestampLtz;
  int64_t size = -1;  // Of the text without its quotes, if it ends where the usual forms do.
  for (const int64_t usual : {TimestampScan::kMillisSize, TimestampScan::kSecondsSize}) {
    const size_t quote = static_cast<size_t>(usual) + 1 + (zoned ? 1 : 0);
    if (quote < token.size() && token[quote] == '"' && (!zoned || token[quote - 1] == 'Z')) {
      size = usual;
      break;
    }
  }
  if (size < 0 || token[0] != '"') return ReadUnusual(value, plan, slot);
  const auto millis =
      plan.timestamps.Parse(token.data() + 1, size, options_.iso_timestamps ? 'T' : ' ');
  if (!millis.has_value()) return ReadUnusual(value, plan, slot);
  const int precision = plan.column->type().precision();
  plan.column->Set<int64_t>(
      slot, precision <= 3 ? CutMillis(*millis, precision) : *millis * int64_t{1000});
  return ReadOutcome::kOk;
}

ReadOutcome ValueReader::ReadString(Value& value, ValuePlan& plan, int64_t slot) {
  const auto size_max = static_cast<int64_t>(value.raw_json_token().size());
  raw_json_string raw;
  if (value.get_raw_json_string().get(raw) != simdjson::SUCCESS) {
    return ReadNestedText(value, plan, slot);
  }
  uint8_t* const begin = plan.column->StartString(slot, size_max + kWritePadding);
  if (begin == nullptr) return Mismatch(plan, "more than 2 GiB of text in one batch");
  uint8_t* end = begin;
  if (const auto error = parser_.unescape(raw, end).error()) return Malformed(error);
  plan.column->FinishString(slot, end - begin);
  return ReadOutcome::kOk;
}

// A string column takes objects and arrays as their text.
ReadOutcome ValueReader::ReadNestedText(Value& value, ValuePlan& plan, int64_t slot) {
  const std::string_view token = TokenOf(value);
  std::string_view json;
  simdjson::error_code error = simdjson::SUCCESS;
  if (!token.empty() && token[0] == '{') {
    Object object;
    error = value.get_object().get(object);
    if (!error) error = object.raw_json().get(json);
  } else if (!token.empty() && token[0] == '[') {
    array items;
    error = value.get_array().get(items);
    if (!error) error = items.raw_json().get(json);
  } else {
    return ReadUnusual(value, plan, slot);
  }
  if (error) return Malformed(error);
  scratch_.clear();
  AppendCompactJson(json, scratch_);
  if (!SetFromText(plan, slot, scratch_, true)) return Mismatch(plan, "too long a text");
  return ReadOutcome::kOk;
}

ReadOutcome ValueReader::ReadRow(Value& value, ValuePlan& plan, int64_t slot) {
  Object object;
  if (value.get_object().get(object) != simdjson::SUCCESS) return ReadUnusual(value, plan, slot);
  if (!plan.column->IsNull(slot)) plan.column->Clear(slot);  // The field was there twice.
  plan.column->SetPresent(slot);
  return ReadFields(object, *plan.row, slot);
}

ReadOutcome ValueReader::ReadArray(Value& value, ValuePlan& plan, int64_t slot) {
  array items;
  if (value.get_array().get(items) != simdjson::SUCCESS) return ReadUnusual(value, plan, slot);
  if (!plan.column->IsNull(slot)) plan.column->Clear(slot);
  ColumnGroup& group = plan.column->elements();
  const int64_t first = group.size();
  for (auto next : items) {
    Value element;
    if (const auto error = std::move(next).get(element)) return Malformed(error);
    group.OpenSlot();
    const ReadOutcome outcome = ReadElement(element, plan.elements[0], group);
    if (outcome != ReadOutcome::kOk) {
      PrependToPath(absl::StrCat("[", group.size() - first, "]"));
      return outcome;
    }
    group.CloseSlot();
  }
  plan.column->SetPresent(slot);
  return ReadOutcome::kOk;
}

ReadOutcome ValueReader::ReadMap(Value& value, ValuePlan& plan, int64_t slot) {
  Object object;
  if (value.get_object().get(object) != simdjson::SUCCESS) return ReadUnusual(value, plan, slot);
  if (!plan.column->IsNull(slot)) plan.column->Clear(slot);
  absl::flat_hash_set<absl::string_view> keys;
  ColumnGroup& group = plan.column->elements();
  const int64_t first = group.size();
  for (auto next : object) {
    field item;
    if (const auto error = std::move(next).get(item)) return Malformed(error);
    std::string_view key;
    if (const auto error = item.unescaped_key().get(key)) return Malformed(error);
    group.OpenSlot();
    if (!plan.elements[0].column->SetString(group.size(), key)) {
      return Mismatch(plan, "too much text");
    }
    if (!keys.insert(AbslView(key)).second) return Mismatch(plan, "the same key twice");
    const ReadOutcome outcome = ReadElement(item.value(), plan.elements[1], group);
    if (outcome != ReadOutcome::kOk) {
      PrependToPath(absl::StrCat("[", group.size() - first, "]"));
      return outcome;
    }
    group.CloseSlot();
  }
  plan.column->SetPresent(slot);
  return ReadOutcome::kOk;
}

ReadOutcome ValueReader::ReadElement(Value& value, ValuePlan& plan, ColumnGroup& group) {
  const ReadOutcome outcome = ReadValue(value, plan, group.size());
  if (outcome != ReadOutcome::kOk || plan.nullable || !plan.column->IsNull(group.size())) {
    return outcome;
  }
  reason_ = "is null but declared NOT NULL";
  return ReadOutcome::kMismatch;
}

ReadOutcome ValueReader::ReadUnusual(Value& value, ValuePlan& plan, int64_t slot) {
  const std::string_view token = TokenOf(value);
  if (token.empty()) return Malformed(simdjson::TAPE_ERROR);
  switch (token[0]) {
    case 'n':
      if (token != "null") return Malformed(simdjson::N_ATOM_ERROR);
      if (!plan.column->IsNull(slot)) plan.column->Clear(slot);  // The field was there twice.
      return ReadOutcome::kOk;
    case '{':
      return Mismatch(plan, "an object");
    case '[':
      return Mismatch(plan, "an array");
    case '"': {
      raw_json_string raw;
      if (const auto error = value.get_raw_json_string().get(raw)) return Malformed(error);
      if (!Unescape(raw, static_cast<int64_t>(token.size()), scratch_)) {
        return Malformed(simdjson::STRING_ERROR);
      }
      if (SetFromText(plan, slot, scratch_, true)) return ReadOutcome::kOk;
      return Mismatch(plan, "a string that says no such value");
    }
    case 't':
    case 'f':
      if (token != "true" && token != "false") return Malformed(simdjson::T_ATOM_ERROR);
      if (SetFromText(plan, slot, token, false)) return ReadOutcome::kOk;
      return Mismatch(plan, "a boolean");
    default:
      if (!IsJsonNumber(token) && token != "NaN" && token != "Infinity" && token != "-Infinity") {
        return Malformed(simdjson::NUMBER_ERROR);
      }
      if (SetFromText(plan, slot, token, false)) return ReadOutcome::kOk;
      return Mismatch(plan, "a number that does not fit");
  }
}

// True if `text`, of a JSON string if `quoted`, says a value of the column.
bool ValueReader::SetFromText(ValuePlan& plan, int64_t slot, std::string_view text, bool quoted) {
  ColumnBuffer& column = *plan.column;
  const DataType& type = column.type();
  const NumberText number{.text = TrimText(text), .quoted = quoted};
  switch (type.kind()) {
    case TypeKind::kBoolean: {
      const auto boolean = ParseBooleanText(TrimText(text));
      if (boolean.has_value()) column.Set<uint8_t>(slot, *boolean ? 1 : 0);
      return boolean.has_value();
    }
    case TypeKind::kTinyInt:
      return SetInteger<int8_t>(column, slot, number);
    case TypeKind::kSmallInt:
      return SetInteger<int16_t>(column, slot, number);
    case TypeKind::kInt:
    case TypeKind::kIntervalYearMonth:
      return SetInteger<int32_t>(column, slot, number);
    case TypeKind::kBigInt:
    case TypeKind::kIntervalDayTime:
      return SetInteger<int64_t>(column, slot, number);
    case TypeKind::kFloat:
      return SetIfAny(column, slot, ParseFloatText(number));
    case TypeKind::kDouble:
      return SetIfAny(column, slot, ParseDoubleText(number));
    case TypeKind::kDecimal:
      return SetIfAny(column, slot, ParseDecimal(number.text, type));
    case TypeKind::kChar:
    case TypeKind::kVarchar:
      return column.SetString(slot, text);
    case TypeKind::kBinary:
    case TypeKind::kVarbinary:
      return quoted && DecodeBase64(text, bytes_) && column.SetString(slot, bytes_);
    case TypeKind::kDate:
      return quoted && SetIfAny(column, slot, ParseDateText(text));
    case TypeKind::kTime:
      return quoted && SetIfAny(column, slot, ParseTimeText(text, type.precision()));
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampLtz:
      return quoted &&
             SetIfAny(column, slot,
                      ParseTimestampText(text, type.precision(),
                                         {.iso = options_.iso_timestamps,
                                          .zoned = type.kind() == TypeKind::kTimestampLtz}));
    default:
      return false;
  }
}

bool ValueReader::Unescape(raw_json_string raw, int64_t size_max, std::string& out) {
  out.resize(static_cast<size_t>(size_max + kWritePadding));
  auto* const begin = reinterpret_cast<uint8_t*>(out.data());
  uint8_t* end = begin;
  if (parser_.unescape(raw, end).error()) return false;
  out.resize(static_cast<size_t>(end - begin));
  return true;
}

ReadOutcome ValueReader::Mismatch(const ValuePlan& plan, std::string_view found) {
  reason_ = absl::StrCat("expected ", plan.column->type().WithNullable(true).ToString(), ", found ",
                         AbslView(found));
  return ReadOutcome::kMismatch;
}

ReadOutcome ValueReader::Malformed(simdjson::error_code error) {
  reason_ = absl::StrCat("malformed JSON: ", simdjson::error_message(error));
  return ReadOutcome::kMalformed;
}

void ValueReader::PrependToPath(std::string_view step) {
  const bool dot = !path_.empty() && path_[0] != '[';
  path_ = absl::StrCat(AbslView(step), dot ? "." : "", path_);
}

std::string ValueReader::problem() const {
  return path_.empty() ? reason_ : absl::StrCat("field '", path_, "': ", reason_);
}

}  // namespace millrace
