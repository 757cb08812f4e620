#include "common/plan/partition_path.h"

namespace millrace {
namespace {

bool NeedsEscape(unsigned char c) {
  constexpr std::string_view kSpecial = "\"#%'*/:=?\\{[]}^";
  return c < 0x20 || c == 0x7f || kSpecial.find(static_cast<char>(c)) != std::string_view::npos;
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace

void AppendEscapedPartition(std::string_view text, std::string& path) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (NeedsEscape(byte)) {
      path.append({'%', kHex[byte >> 4], kHex[byte & 15]});
    } else {
      path += c;
    }
  }
}

std::string UnescapePartition(std::string_view text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? HexDigit(text[i + 1]) : -1;
    const int low = high >= 0 ? HexDigit(text[i + 2]) : -1;
    if (low < 0) {
      plain += text[i];
      continue;
    }
    plain += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return plain;
}

std::vector<std::pair<std::string, std::string>> PartitionsIn(std::string_view path) {
  std::vector<std::pair<std::string, std::string>> partitions;
  while (!path.empty()) {
    const size_t slash = path.find('/');
    if (slash == std::string_view::npos) break;  // The last name is that of a file.
    const std::string_view folder = path.substr(0, slash);
    path.remove_prefix(slash + 1);
    const size_t equals = folder.find('=');
    if (equals == std::string_view::npos || equals == 0) continue;
    partitions.emplace_back(UnescapePartition(folder.substr(0, equals)),
                            UnescapePartition(folder.substr(equals + 1)));
  }
  return partitions;
}

}  // namespace millrace
