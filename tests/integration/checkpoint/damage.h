// Damages files in place, one at a time, and puts them back. Not through FileSystem: no fsync, so
// that every byte of a checkpoint can be tried.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>

namespace millrace {

// A file, whole again when this goes.
class DamagedFile {
 public:
  explicit DamagedFile(std::string path) : path_(std::move(path)) {
    std::ifstream file(path_, std::ios::binary);
    EXPECT_TRUE(file) << path_;
    std::stringstream bytes;
    bytes << file.rdbuf();
    bytes_ = bytes.str();
  }
  ~DamagedFile() { Write(bytes_); }
  DamagedFile(const DamagedFile&) = delete;
  DamagedFile& operator=(const DamagedFile&) = delete;

  size_t size() const { return bytes_.size(); }

  // One bit of the byte at `at`, another one at each place. The byte flipped before is whole again.
  void Flip(size_t at) {
    std::fstream file(path_, std::ios::binary | std::ios::in | std::ios::out);
    if (flipped_ < bytes_.size()) Put(file, flipped_, bytes_[flipped_]);
    Put(file, at, static_cast<char>(bytes_[at] ^ (1 << (at % 8))));
    flipped_ = at;
  }
  void Truncate(size_t bytes) { Write(bytes_.substr(0, bytes)); }
  void Extend() { Write(bytes_ + '\0'); }
  void Remove() { std::filesystem::remove(path_); }

 private:
  static void Put(std::fstream& file, size_t at, char byte) {
    file.seekp(static_cast<std::streamoff>(at));
    file.put(byte);
    EXPECT_TRUE(file);
  }
  void Write(const std::string& bytes) {
    flipped_ = std::string::npos;
    std::ofstream file(path_, std::ios::binary | std::ios::trunc);
    file << bytes;
    EXPECT_TRUE(file) << path_;
  }

  const std::string path_;
  std::string bytes_;
  size_t flipped_ = std::string::npos;
};

}  // namespace millrace
