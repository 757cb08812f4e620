// Grammar functions for the statements that are read and not built: they become a CommandStatement.
#pragma once

#include <optional>

#include "coordinator/sql/parse/command_builder.h"

namespace millrace {

// The statement, if its first words are those of one; else nothing has been read.
std::optional<CommandStatement> ParseCommand(TokenCursor& cursor);

// Behind the words that name the statement: alter_parser.cc.
void ParseAlterCatalog(CommandBuilder& command);
void ParseAlterDatabase(CommandBuilder& command);
void ParseAlterFunction(CommandBuilder& command);
void ParseAlterMaterializedTable(CommandBuilder& command);
void ParseAlterModel(CommandBuilder& command);
void ParseAlterTable(CommandBuilder& command);
void ParseAlterView(CommandBuilder& command);
void ParseCreateMaterializedTable(CommandBuilder& command);

}  // namespace millrace
