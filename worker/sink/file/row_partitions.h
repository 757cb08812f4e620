// The partition of a row, as the path of its folder: "dt=2024-01-31/hm=12%3A05". Pure; not
// thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/columnar/batch.h"
#include "common/columnar/schema.h"

namespace millrace {

class RowPartitions {
 public:
  // `columns` of `schema`, in the order of the folders; `default_name` stands for NULL and for what
  // is empty.
  RowPartitions(const Schema& schema, const std::vector<int>& columns, std::string default_name);

  // Without columns the path is empty. Valid until the next call.
  const std::string& PathOf(const Batch& batch, int64_t row);

 private:
  struct Key {
    int column = 0;
    DataType type;
    std::string folder;  // "dt="
  };

  std::vector<Key> keys_;
  const std::string default_name_;
  std::string path_;
  std::string value_;
};

}  // namespace millrace
