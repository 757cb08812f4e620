// What a statement said about a table: the part of a CREATE TABLE that connectors and formats need.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "common/columnar/schema.h"

namespace millrace {

// Options as written in WITH ('key' = 'value'), e.g. {"connector": "kafka", "topic": "clicks",
// "format": "json"}.
using TableOptions = std::map<std::string, std::string>;

struct TableDescription {
  std::string name;
  TableOptions options;
  // A source: the physical columns that the job needs, pruned, ROW fields too. A sink: all its
  // columns.
  Schema schema;
  std::vector<std::string> primary_key;     // Empty: none declared.
  std::vector<std::string> partition_keys;  // PARTITIONED BY
  // A source: all its physical columns as they were declared, for formats that go by their places.
  // Empty: `schema` has them all.
  Schema declared;
  // Columns of `schema` that are METADATA, with the connector's key: {"arrival": "timestamp"}. They
  // are of the connector's own types.
  std::map<std::string, std::string> metadata;
};

}  // namespace millrace
