#include "absl/strings/ascii.h"
#include "coordinator/sql/parse/keywords.h"
#include "coordinator/sql/parse/unparser_impl.h"

namespace millrace {
namespace {

bool HasUnit(const FunctionCall& call, size_t index) {
  if (call.arguments.size() <= index || call.arguments[index].value == nullptr) return false;
  return call.arguments[index].value->As<TimeUnitArgument>() != nullptr;
}

bool HasKeyword(const FunctionCall& call) {
  return !call.arguments.empty() && call.arguments.front().value != nullptr &&
         call.arguments.front().value->As<KeywordArgument>() != nullptr;
}

bool IsPlain(const FunctionCall& call) {
  if (call.star || call.distinct || call.arguments.empty()) return false;
  for (const FunctionArgument& argument : call.arguments) {
    if (argument.name.has_value() || argument.value == nullptr) return false;
  }
  return true;
}

// Whether the bare name, followed by a parenthesis, would be read as something else than this call.
bool NeedsQuotes(const FunctionCall& call, std::string_view upper) {
  if (upper == "TRY_CAST" || upper == "ROW" || upper == "DESCRIPTOR") return true;
  if (IsReservedWord(upper)) return call.parentheses && !IsCallableReservedWord(upper);
  if (upper == "EXTRACT" || upper == "TIMESTAMPADD" || upper == "TIMESTAMPDIFF") {
    return !HasUnit(call, 0);
  }
  if (upper == "TRIM") return !IsPlain(call) || (call.arguments.size() > 1 && !HasKeyword(call));
  if (upper == "CEIL" || upper == "CEILING" || upper == "FLOOR" || upper == "OVERLAY" ||
      upper == "POSITION" || upper == "SUBSTRING") {
    return !IsPlain(call);
  }
  return false;
}

}  // namespace

void Unparser::WriteNode(const TableArgument& argument) {
  Put("TABLE");
  if (argument.query != nullptr) {
    PutQuery(*argument.query);
  } else {
    Put(" ");
    PutName(argument.table);
  }
  if (!argument.partition_by.empty()) {
    Put(" PARTITION BY (");
    PutList(argument.partition_by);
    Put(")");
  }
  if (!argument.order_by.empty()) {
    Put(" ORDER BY (");
    WriteOrderItems(argument.order_by);
    Put(")");
  }
}

void Unparser::WriteNode(const ModelArgument& argument) {
  Put("MODEL ");
  PutName(argument.model);
}

void Unparser::WriteNode(const FunctionCall& call) {
  if (!call.match_modifier.empty()) {
    Put(call.match_modifier);
    Put(" ");
  }
  const std::string upper =
      call.name.parts.size() == 1 ? absl::AsciiStrToUpper(call.name.parts.front().name) : "";
  WriteCallName(call, upper);
  if (!call.parentheses) return;
  Put("(");
  if (!WriteSpecialCall(call, upper)) {
    if (call.star) Put("*");
    if (call.distinct) Put("DISTINCT ");
    WriteArguments(call);
  }
  WriteJsonClauses(call);
  Put(")");
  WriteCallSuffixes(call);
}

void Unparser::WriteCallName(const FunctionCall& call, std::string_view upper_name) {
  // Names such as COUNT are reserved as names of columns only.
  const bool plain =
      QuoteIdentifier(call.name.parts.front().name) == call.name.parts.front().name ||
      IsReservedInFlink(upper_name) || upper_name == "MAP";
  if (call.name.parts.size() == 1 && plain && !NeedsQuotes(call, upper_name)) {
    return Put(call.name.parts.front().name);
  }
  if (call.name.parts.size() == 1 && plain) {
    Put("`");
    Put(call.name.parts.front().name);
    return Put("`");
  }
  PutName(call.name);
}

void Unparser::WriteArguments(const FunctionCall& call, size_t first) {
  for (size_t i = first; i < call.arguments.size(); ++i) {
    const FunctionArgument& argument = call.arguments[i];
    if (i > first) Put(", ");
    if (argument.name.has_value()) {
      PutName(*argument.name);
      Put(" => ");
    }
    if (argument.value == nullptr) {
      Put("DEFAULT");
    } else {
      Write(*argument.value);
    }
  }
}

bool Unparser::WriteSpecialCall(const FunctionCall& call, std::string_view upper_name) {
  const auto write = [&](size_t i, Precedence loosest = Precedence::kLowest) {
    Write(*call.arguments[i].value, loosest);
  };
  const auto& arguments = call.arguments;
  if (upper_name == "EXTRACT" && arguments.size() == 2 && HasUnit(call, 0)) {
    write(0);
    Put(" FROM ");
    write(1);
    return true;
  }
  if (arguments.size() == 2 && HasUnit(call, 1)) {  // FLOOR(x TO DAY)
    write(0);
    Put(" TO ");
    write(1);
    return true;
  }
  if (upper_name == "POSITION" && IsPlain(call) && arguments.size() == 2) {
    write(0, Precedence::kSum);
    Put(" IN ");
    write(1);
    return true;
  }
  if (upper_name == "TRIM" && arguments.size() == 3 && HasKeyword(call)) {
    write(0);
    Put(" ");
    write(1);
    Put(" FROM ");
    write(2);
    return true;
  }
  if ((upper_name == "JSON_OBJECT" || upper_name == "JSON_OBJECTAGG") &&
      arguments.size() % 2 == 0) {
    for (size_t i = 0; i < arguments.size(); i += 2) {
      Put(i > 0 ? ", KEY " : "KEY ");
      write(i);
      Put(" VALUE ");
      write(i + 1);
    }
    return true;
  }
  return false;
}

void Unparser::WriteJsonClauses(const FunctionCall& call) {
  if (call.json_returning.has_value()) {
    Put(" RETURNING ");
    Put(call.json_returning->text);
  }
  if (!call.json_wrapper.empty()) {
    Put(" ");
    Put(call.json_wrapper);
  }
  for (const JsonBehavior& behavior : call.json_behaviors) {
    Put(" ");
    Put(behavior.action);
    if (behavior.value != nullptr) {
      Put(" ");
      Write(*behavior.value);
    }
    Put(" ON ");
    Put(behavior.on);
  }
}

void Unparser::WriteCallSuffixes(const FunctionCall& call) {
  if (!call.within_group.empty()) {
    Put(" WITHIN GROUP (ORDER BY ");
    WriteOrderItems(call.within_group);
    Put(")");
  }
  if (call.ignore_nulls.has_value()) Put(*call.ignore_nulls ? " IGNORE NULLS" : " RESPECT NULLS");
  if (call.filter != nullptr) {
    Put(" FILTER (WHERE ");
    Write(*call.filter);
    Put(")");
  }
  if (call.over.has_value()) {
    Put(" OVER ");
    WriteWindow(*call.over);
  }
}

void Unparser::WriteFrameBound(const FrameBound& bound) {
  if (bound.distance != nullptr) {
    Write(*bound.distance);
    Put(" ");
  }
  switch (bound.kind) {
    case FrameBoundKind::kUnboundedPreceding:
      return Put("UNBOUNDED PRECEDING");
    case FrameBoundKind::kPreceding:
      return Put("PRECEDING");
    case FrameBoundKind::kCurrentRow:
      return Put("CURRENT ROW");
    case FrameBoundKind::kFollowing:
      return Put("FOLLOWING");
    case FrameBoundKind::kUnboundedFollowing:
      return Put("UNBOUNDED FOLLOWING");
  }
}

void Unparser::WriteFrame(const WindowFrame& frame) {
  Put(frame.unit == FrameUnit::kRows ? "ROWS " : "RANGE ");
  if (frame.end.has_value()) Put("BETWEEN ");
  WriteFrameBound(frame.start);
  if (!frame.end.has_value()) return;
  Put(" AND ");
  WriteFrameBound(*frame.end);
}

void Unparser::WriteWindow(const OverWindow& window) {
  if (window.by_name) return PutName(*window.base);
  Put("(");
  std::string_view separator = "";
  const auto next = [&] {
    Put(separator);
    separator = " ";
  };
  if (window.base.has_value()) {
    next();
    PutName(*window.base);
  }
  if (!window.partition_by.empty()) {
    next();
    Put("PARTITION BY ");
    PutList(window.partition_by);
  }
  if (!window.order_by.empty()) {
    next();
    Put("ORDER BY ");
    WriteOrderItems(window.order_by);
  }
  if (window.frame.has_value()) {
    next();
    WriteFrame(*window.frame);
  }
  Put(")");
}

void Unparser::WriteOrderItems(const std::vector<OrderItem>& items) {
  for (size_t i = 0; i < items.size(); ++i) {
    if (i > 0) Put(", ");
    Write(*items[i].expression);
    if (items[i].descending) Put(" DESC");
    if (items[i].nulls_first.has_value()) {
      Put(*items[i].nulls_first ? " NULLS FIRST" : " NULLS LAST");
    }
  }
}

}  // namespace millrace
