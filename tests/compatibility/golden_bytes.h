// Golden bytes: hex files in tests/compatibility/golden, compared with what the code writes today.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/base/absl_view.h"

namespace millrace {

inline std::string GoldenPath(const std::string& name) {
  return absl::StrCat("tests/compatibility/golden/", name, ".hex");
}

// The bytes of a golden file; empty, with a failure, if it is not there.
inline std::string ReadGolden(const std::string& name) {
  std::ifstream file(GoldenPath(name));
  EXPECT_TRUE(file) << GoldenPath(name) << " is missing";
  std::string hex;
  for (std::string line; std::getline(file, line);) {
    for (const char c : line.substr(0, line.find('#'))) {
      if (!absl::ascii_isspace(c)) hex.push_back(c);
    }
  }
  return absl::HexStringToBytes(hex);
}

// 32 bytes a line, as the files are written.
inline std::string ToHexLines(std::string_view bytes) {
  std::string lines;
  for (size_t at = 0; at < bytes.size(); at += 32) {
    absl::StrAppend(&lines, absl::BytesToHexString(AbslView(bytes.substr(at, 32))), "\n");
  }
  return lines;
}

inline void ExpectGolden(const std::string& name, std::string_view bytes) {
  EXPECT_EQ(ToHexLines(bytes), ToHexLines(ReadGolden(name)))
      << "the bytes of " << GoldenPath(name) << " have changed: read README.md beside it first";
}

}  // namespace millrace
