// The statements that are read and not built.
#include "coordinator/sql/parse/unparser_impl.h"

namespace millrace {
namespace {

bool IsWords(const CommandStatement::Part& part, std::string_view text) {
  const auto* words = std::get_if<CommandStatement::Words>(&part);
  return words != nullptr && words->text == text;
}

}  // namespace

void Unparser::WriteStatement(const CommandStatement& command) {
  for (size_t i = 0; i < command.parts.size(); ++i) {
    if (i > 0 && !IsWords(command.parts[i], ",")) Put(" ");
    std::visit([this](const auto& part) { WritePart(part); }, command.parts[i]);
  }
}

void Unparser::WritePart(const CommandStatement::Names& names) {
  Put("(");
  for (size_t i = 0; i < names.names.size(); ++i) {
    if (i > 0) Put(", ");
    PutName(names.names[i]);
  }
  Put(")");
}

void Unparser::WritePart(const CommandStatement::Keys& keys) {
  Put("(");
  for (size_t i = 0; i < keys.keys.size(); ++i) {
    if (i > 0) Put(", ");
    PutString(keys.keys[i]);
  }
  Put(")");
}

void Unparser::WritePart(const QueryHint& hint) {
  WriteHints({hint});
  text_.pop_back();  // The blank behind it: what follows brings its own.
}

// The twin of ParseInsertOrStatementSet.
void Unparser::WritePart(const std::shared_ptr<const Statement>& statement) {
  const auto* set = statement->As<StatementSet>();
  if (set == nullptr) return Write(*statement);
  WriteInserts(*set);
}

void Unparser::WritePartition(const std::vector<PartitionEntry>& entries) {
  Put("PARTITION (");
  for (size_t i = 0; i < entries.size(); ++i) {
    if (i > 0) Put(", ");
    PutName(entries[i].key);
    if (entries[i].value == nullptr) continue;
    Put(" = ");
    Write(*entries[i].value);
  }
  Put(")");
}

}  // namespace millrace
