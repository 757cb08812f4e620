// The columns of a table of files that are not in the lines: partition keys, which are in the names
// of folders, and METADATA.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "arrow/type_fwd.h"
#include "common/io/file_system.h"
#include "common/plan/table.h"

namespace millrace {

class FileColumns {
 public:
  // `root` is the table's 'path'. kInvalidArgument, naming the column, for METADATA of a key or a
  // type that this does not know.
  static absl::StatusOr<FileColumns> Create(const TableDescription& table, std::string root);

  bool empty() const { return columns_.empty(); }

  // The values of a file, one for each column. kInvalidArgument, naming path and column, if a
  // folder is missing or its name is no value of the column.
  absl::StatusOr<std::vector<std::shared_ptr<arrow::Scalar>>> Of(FileSystem& files,
                                                                 const std::string& path) const;

 private:
  struct Column {
    std::string name;
    std::string metadata;  // Empty: a partition key.
    int index = 0;         // In the schema.
  };

  FileColumns(const TableDescription& table, std::string root);

  TableDescription table_;
  std::string root_;
  std::string default_partition_;
  std::vector<Column> columns_;
};

// `count` rows of each value.
absl::StatusOr<std::vector<std::shared_ptr<arrow::Array>>> Repeated(
    const std::vector<std::shared_ptr<arrow::Scalar>>& values, int64_t count);

}  // namespace millrace
