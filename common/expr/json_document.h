// A JSON text as a tree, for the SQL functions that look into it. Read with Jackson's rules, since
// Flink's results depend on them: numbers keep their text, the last of equal keys counts, what
// follows the first value is ignored, and there are at most 1000 levels.
//
// The tree's memory is used again by the next text: no allocation for each row in the long run. Not
// thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

enum class JsonKind : uint8_t { kNull, kFalse, kTrue, kNumber, kString, kArray, kObject };

struct JsonNode {
  JsonKind kind = JsonKind::kNull;
  std::string_view text;     // Of a number as written, of a string without quotes and escapes.
  std::string_view key;      // Of a member of an object.
  int32_t first_child = -1;  // Children are a list.
  int32_t next = -1;

  bool IsScalar() const { return kind < JsonKind::kArray; }
};

class JsonDocument {
 public:
  // False if `text` does not begin with a JSON value: then only error() may be asked. The nodes
  // point into `text`.
  bool Parse(std::string_view text);

  static constexpr int32_t kRoot = 0;
  const JsonNode& node(int32_t index) const { return nodes_[index]; }
  // The member `key` of an object; -1 if there is none.
  int32_t Member(int32_t object, std::string_view key) const;
  std::vector<int32_t> Children(int32_t parent) const;

  // Why there is no document: "no JSON at byte 5".
  std::string error() const;

 private:
  bool ParseValue(int32_t self, int depth);
  bool ParseContainer(int32_t self, int depth, char end);
  bool ParseMember(int32_t child, int depth);
  bool ParseString(std::string_view* out);
  bool ParseEscape();
  bool ParseHex(uint32_t* unit);
  bool ParseNumber(std::string_view* out);
  bool ParseWord(std::string_view word);
  size_t SkipDigits();
  void SkipSpace();
  void MergeEqualKeys(int32_t object);
  int32_t NewNode();

  bool At(char c) const { return at_ < text_.size() && text_[at_] == c; }
  bool Accept(char c) {
    if (!At(c)) return false;
    ++at_;
    return true;
  }

  std::string_view text_;
  size_t at_ = 0;
  std::vector<JsonNode> nodes_;
  std::string unescaped_;  // Never longer than the text: it does not move.
};

// Appends a node as Jackson writes it: without spaces, the members of objects sorted by key,
// numbers as BigDecimal prints them.
void AppendJson(const JsonDocument& document, int32_t node, std::string& out);

// Appends a string in quotes.
void AppendJsonString(std::string_view text, std::string& out);

}  // namespace millrace
