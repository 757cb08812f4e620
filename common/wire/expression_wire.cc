#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "arrow/array/util.h"
#include "arrow/record_batch.h"
#include "common/base/check.h"
#include "common/base/status_macros.h"
#include "common/columnar/arrow_status.h"
#include "common/columnar/batch_codec.h"
#include "common/wire/field_error.h"
#include "common/wire/plan_wire.h"

namespace millrace {
namespace {

std::shared_ptr<arrow::Schema> LiteralSchema(const DataType& type) {
  return Schema({{"value", type}}).ToArrow();
}

// A literal as a batch of one row, so that every type has a form that is checked when it is read.
absl::StatusOr<std::string> EncodeLiteral(const DataType& type, const arrow::Scalar& value) {
  std::shared_ptr<arrow::Array> column;
  if (value.is_valid) {
    ASSIGN_OR_RETURN(column, FromArrow(arrow::MakeArrayFromScalar(value, 1)));
  } else {
    ASSIGN_OR_RETURN(column, FromArrow(arrow::MakeArrayOfNull(type.ToArrow(), 1)));
  }
  const Batch batch(arrow::RecordBatch::Make(LiteralSchema(type), 1, {std::move(column)}));
  ASSIGN_OR_RETURN(const EncodedBatch encoded, EncodeBatch(batch));
  std::string bytes;
  bytes.reserve(static_cast<size_t>(encoded.bytes));
  for (const auto& slice : encoded.slices) bytes.append(slice->ToString());
  return bytes;
}

absl::StatusOr<ExpressionPtr> DecodeLiteral(const DataType& type, const std::string& bytes) {
  const absl::StatusOr<Batch> batch =
      DecodeBatch(LiteralSchema(type), arrow::Buffer::FromString(bytes));
  if (!batch.ok()) return FieldError("literal", std::string(batch.status().message()));
  if (batch->num_rows() != 1) {
    return FieldError("literal", absl::StrCat("has ", batch->num_rows(), " values, not 1"));
  }
  ASSIGN_OR_RETURN(auto value, FromArrow(batch->column(0)->GetScalar(0)));
  return Expression::Literal(type, std::move(value));
}

void Append(const Expression& expression, v1::Expression& message) {
  for (const ExpressionPtr& argument : expression.arguments()) Append(*argument, message);
  v1::ExpressionNode& node = *message.add_nodes();
  if (expression.kind() != ExpressionKind::kField) node.set_type(expression.type().ToString());
  switch (expression.kind()) {
    case ExpressionKind::kLiteral: {
      absl::StatusOr<std::string> bytes = EncodeLiteral(expression.type(), *expression.literal());
      CHECK_OK(bytes.status());
      node.set_literal(*std::move(bytes));
      return;
    }
    case ExpressionKind::kColumn:
      node.set_column(expression.index());
      return;
    case ExpressionKind::kField:
      node.set_field(expression.index());
      return;
    case ExpressionKind::kCall:
      node.mutable_call()->set_function(expression.function());
      node.mutable_call()->set_arguments(static_cast<int32_t>(expression.arguments().size()));
      return;
  }
}

// Reads postfix order: operands wait on a stack for the node that takes them.
class ExpressionReader {
 public:
  absl::Status Read(const v1::ExpressionNode& node) {
    switch (node.kind_case()) {
      case v1::ExpressionNode::kLiteral: {
        ASSIGN_OR_RETURN(const DataType type, TypeOf(node));
        ASSIGN_OR_RETURN(ExpressionPtr literal, DecodeLiteral(type, node.literal()));
        return Push(std::move(literal), 1);
      }
      case v1::ExpressionNode::kColumn: {
        ASSIGN_OR_RETURN(const DataType type, TypeOf(node));
        if (node.column() < 0) return FieldError("column", "is negative");
        return Push(Expression::Column(node.column(), type), 1);
      }
      case v1::ExpressionNode::kField:
        return ReadField(node.field());
      case v1::ExpressionNode::kCall:
        return ReadCall(node);
      case v1::ExpressionNode::KIND_NOT_SET:
        break;
    }
    return FieldError("kind", "is missing or unknown");
  }

  absl::StatusOr<ExpressionPtr> Finish() {
    if (stack_.size() == 1) return std::move(stack_.front().expression);
    return FieldError("nodes", absl::StrCat("make ", stack_.size(), " expressions, not 1"));
  }

 private:
  struct Entry {
    ExpressionPtr expression;
    int depth = 0;
  };

  static absl::StatusOr<DataType> TypeOf(const v1::ExpressionNode& node) {
    absl::StatusOr<DataType> type = DataType::Parse(node.type());
    if (type.ok()) return type;
    return FieldError("type", std::string(type.status().message()));
  }

  absl::Status ReadField(int32_t index) {
    if (stack_.empty()) return FieldError("field", "has no operand");
    const Entry row = Pop();
    const DataType& type = row.expression->type();
    if (type.kind() != TypeKind::kRow || index < 0 ||
        index >= static_cast<int>(type.children().size())) {
      return FieldError("field", absl::StrCat(index, " is not one of a ", type.ToString()));
    }
    return Push(Expression::Field(row.expression, index), row.depth + 1);
  }

  absl::Status ReadCall(const v1::ExpressionNode& node) {
    const v1::Call& call = node.call();
    if (call.function().empty()) return FieldError("call.function", "is empty");
    if (call.arguments() < 0 || call.arguments() > static_cast<int64_t>(stack_.size())) {
      return FieldError("call.arguments",
                        absl::StrCat("are ", call.arguments(), " of ", stack_.size(), " operands"));
    }
    ASSIGN_OR_RETURN(const DataType type, TypeOf(node));
    std::vector<ExpressionPtr> arguments(static_cast<size_t>(call.arguments()));
    int depth = 0;
    for (auto argument = arguments.rbegin(); argument != arguments.rend(); ++argument) {
      Entry operand = Pop();
      depth = std::max(depth, operand.depth);
      *argument = std::move(operand.expression);
    }
    return Push(Expression::Call(call.function(), std::move(arguments), type), depth + 1);
  }

  absl::Status Push(ExpressionPtr expression, int depth) {
    if (depth > kMaxExpressionDepth) {
      return FieldError("call", absl::StrCat("is deeper than ", kMaxExpressionDepth));
    }
    stack_.push_back({std::move(expression), depth});
    return absl::OkStatus();
  }

  Entry Pop() {
    Entry top = std::move(stack_.back());
    stack_.pop_back();
    return top;
  }

  std::vector<Entry> stack_;
};

}  // namespace

v1::Expression ExpressionToProto(const ExpressionPtr& expression) {
  v1::Expression message;
  Append(*expression, message);
  return message;
}

absl::StatusOr<ExpressionPtr> ExpressionFromProto(const v1::Expression& message) {
  ExpressionReader reader;
  for (int i = 0; i < message.nodes_size(); ++i) {
    RETURN_IF_ERROR(Within(Element("nodes", i), reader.Read(message.nodes(i))));
  }
  return reader.Finish();
}

}  // namespace millrace
