// Names of the folders that partitions of a table of files are in: "dt=2024-01-31/hm=12%3A05", as
// Hive and Flink write them. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace {

// 'partition.default-name', unless the table says otherwise: of a value that is NULL or empty.
inline constexpr char kDefaultPartitionName[] = "__DEFAULT_PARTITION__";

// What file systems and paths have another use for becomes %XX.
void AppendEscapedPartition(std::string_view text, std::string& path);
std::string UnescapePartition(std::string_view text);

// The keys and values of a path's folders of the form key=value, unescaped, in order.
std::vector<std::pair<std::string, std::string>> PartitionsIn(std::string_view path);

}  // namespace millrace
