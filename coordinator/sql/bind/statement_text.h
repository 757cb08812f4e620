// What SHOW and DESCRIBE answer: tables of text in the manner of Flink's SQL client.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "coordinator/catalog/catalog.h"
#include "coordinator/sql/bind/diagnostic_log.h"
#include "coordinator/sql/parse/statement_ast.h"

namespace millrace {

// Empty after reporting an unknown name.
std::optional<std::string> ShowText(const ShowStatement& show, const Catalog& catalog,
                                    DiagnosticLog& log);
std::optional<std::string> DescribeText(const ObjectName& name, const Catalog& catalog,
                                        DiagnosticLog& log);

// +------+------+
// | name | type |
// +------+------+
// | a    | INT  |
// +------+------+
// A row has as many cells as `header`. Ends with a line break.
std::string TextTable(const std::vector<std::string>& header,
                      const std::vector<std::vector<std::string>>& rows);

}  // namespace millrace
