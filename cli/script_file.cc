#include "cli/script_file.h"

#include <fstream>
#include <iostream>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/base/valid_utf8.h"
#include "common/io/file_system.h"

namespace millrace {

namespace {

// Requests carry text in UTF-8 only.
absl::Status CheckUtf8(const std::string& what, const std::string& text) {
  const size_t invalid = FindInvalidUtf8(text);
  if (invalid == std::string::npos) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(what, " is not UTF-8 text: see byte ", invalid + 1, ". Save it as UTF-8"));
}

std::string Rest(std::istream& in) {
  return std::string(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
}

absl::StatusOr<std::string> ReadFileOrPipe(const std::string& path) {
  FileSystem& files = PosixFileSystem();
  ASSIGN_OR_RETURN(const FileInfo info, files.Stat(path));
  if (info.is_directory || info.bytes > 0) return files.Read(path);
  std::ifstream pipe(path, std::ios::binary);  // It has no size, as that of <(...).
  return pipe.good() ? Rest(pipe) : files.Read(path);
}

}  // namespace

absl::StatusOr<std::string> ReadScript(const std::string& path) {
  absl::StatusOr<std::string> script = path == "-" ? Rest(std::cin) : ReadFileOrPipe(path);
  if (absl::IsNotFound(script.status())) {
    return absl::InvalidArgumentError(absl::StrCat("cannot read ", path, ": is the path right?"));
  }
  if (!script.ok()) return absl::InvalidArgumentError(script.status().message());
  const absl::Status is_text = CheckUtf8(path == "-" ? "the script" : path, *script);
  if (!is_text.ok()) return is_text;
  return script;
}

absl::StatusOr<std::map<std::string, std::string>> ParsePairs(
    const std::vector<std::string>& pairs) {
  std::map<std::string, std::string> parsed;
  for (const std::string& pair : pairs) {
    const size_t equals = pair.find('=');
    if (equals == std::string::npos || equals == 0) {
      return absl::InvalidArgumentError(absl::StrCat("'", pair, "' is not NAME=VALUE"));
    }
    const absl::Status is_text = CheckUtf8(absl::StrCat("'", pair.substr(0, equals), "'"), pair);
    if (!is_text.ok()) return is_text;
    parsed[pair.substr(0, equals)] = pair.substr(equals + 1);
  }
  return parsed;
}

}  // namespace millrace
