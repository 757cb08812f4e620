#include "common/expr/json_document.h"

#include <algorithm>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/expr/decimal_digits.h"
#include "common/expr/unicode.h"

namespace millrace {
namespace {

constexpr int kMaxDepth = 1000;

bool IsHighSurrogate(uint32_t unit) { return unit >= 0xD800 && unit < 0xDC00; }
bool IsLowSurrogate(uint32_t unit) { return unit >= 0xDC00 && unit < 0xE000; }

}  // namespace

bool JsonDocument::Parse(std::string_view text) {
  text_ = text;
  at_ = 0;
  nodes_.clear();
  unescaped_.clear();
  unescaped_.reserve(text.size());
  SkipSpace();
  if (!ParseValue(NewNode(), 0)) return false;
  // A number must end where something else may begin.
  const bool number = nodes_[kRoot].kind == JsonKind::kNumber;
  return !number || at_ >= text_.size() || absl::ascii_isspace(text_[at_]);
}

int32_t JsonDocument::NewNode() {
  nodes_.emplace_back();
  return static_cast<int32_t>(nodes_.size()) - 1;
}

void JsonDocument::SkipSpace() {
  while (At(' ') || At('\t') || At('\n') || At('\r')) ++at_;
}

bool JsonDocument::ParseValue(int32_t self, int depth) {
  if (at_ >= text_.size() || depth > kMaxDepth) return false;
  switch (text_[at_]) {
    case '{':
      nodes_[self].kind = JsonKind::kObject;
      return ParseContainer(self, depth, '}');
    case '[':
      nodes_[self].kind = JsonKind::kArray;
      return ParseContainer(self, depth, ']');
    case '"': {
      nodes_[self].kind = JsonKind::kString;
      std::string_view text;
      if (!ParseString(&text)) return false;
      nodes_[self].text = text;
      return true;
    }
    case 't':
      nodes_[self].kind = JsonKind::kTrue;
      return ParseWord("true");
    case 'f':
      nodes_[self].kind = JsonKind::kFalse;
      return ParseWord("false");
    case 'n':
      nodes_[self].kind = JsonKind::kNull;
      return ParseWord("null");
    default:
      break;
  }
  nodes_[self].kind = JsonKind::kNumber;
  std::string_view number;
  if (!ParseNumber(&number)) return false;
  nodes_[self].text = number;
  return true;
}

bool JsonDocument::ParseContainer(int32_t self, int depth, char end) {
  ++at_;
  SkipSpace();
  if (Accept(end)) return true;
  int32_t last = -1;
  for (;;) {
    const int32_t child = NewNode();
    (last < 0 ? nodes_[self].first_child : nodes_[last].next) = child;
    last = child;
    SkipSpace();
    if (end == '}' ? !ParseMember(child, depth) : !ParseValue(child, depth + 1)) return false;
    SkipSpace();
    if (Accept(end)) break;
    if (!Accept(',')) return false;
  }
  if (end == '}') MergeEqualKeys(self);
  return true;
}

bool JsonDocument::ParseMember(int32_t child, int depth) {
  std::string_view key;
  if (!At('"') || !ParseString(&key)) return false;
  nodes_[child].key = key;
  SkipSpace();
  if (!Accept(':')) return false;
  SkipSpace();
  return ParseValue(child, depth + 1);
}

bool JsonDocument::ParseString(std::string_view* out) {
  const size_t start = ++at_;
  while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\\') {
    if (static_cast<unsigned char>(text_[at_]) < 0x20) return false;
    ++at_;
  }
  if (Accept('"')) {
    *out = text_.substr(start, at_ - 1 - start);
    return true;
  }
  const size_t begin = unescaped_.size();
  unescaped_ += text_.substr(start, at_ - start);
  while (at_ < text_.size() && text_[at_] != '"') {
    if (Accept('\\')) {
      if (!ParseEscape()) return false;
      continue;
    }
    if (static_cast<unsigned char>(text_[at_]) < 0x20) return false;
    unescaped_ += text_[at_++];
  }
  *out = std::string_view(unescaped_).substr(begin);
  return Accept('"');
}

bool JsonDocument::ParseEscape() {
  constexpr std::string_view kEscaped = "\"\\/bfnrt";
  constexpr std::string_view kMeant = "\"\\/\b\f\n\r\t";
  if (at_ >= text_.size()) return false;
  const char c = text_[at_++];
  if (c != 'u') {
    const size_t which = kEscaped.find(c);
    if (which == std::string_view::npos) return false;
    unescaped_ += kMeant[which];
    return true;
  }
  uint32_t unit = 0;
  if (!ParseHex(&unit)) return false;
  if (IsHighSurrogate(unit) && text_.substr(at_).starts_with("\\u")) {
    const size_t before = at_;
    at_ += 2;
    uint32_t low = 0;
    if (!ParseHex(&low)) return false;
    if (IsLowSurrogate(low)) {
      unit = 0x10000 + ((unit & 0x3ff) << 10 | (low & 0x3ff));
    } else {
      at_ = before;
    }
  }
  AppendCodePoint(unit, unescaped_);
  return true;
}

bool JsonDocument::ParseHex(uint32_t* unit) {
  if (at_ + 4 > text_.size()) return false;
  *unit = 0;
  for (int i = 0; i < 4; ++i, ++at_) {
    const char c = absl::ascii_tolower(text_[at_]);
    if (!absl::ascii_isxdigit(c)) return false;
    *unit = *unit << 4 | static_cast<uint32_t>(absl::ascii_isdigit(c) ? c - '0' : c - 'a' + 10);
  }
  return true;
}

size_t JsonDocument::SkipDigits() {
  const size_t start = at_;
  while (at_ < text_.size() && absl::ascii_isdigit(text_[at_])) ++at_;
  return at_ - start;
}

bool JsonDocument::ParseNumber(std::string_view* out) {
  const size_t start = at_;
  Accept('-');
  const bool zero = At('0');
  const size_t whole = SkipDigits();
  if (whole == 0 || (zero && whole > 1)) return false;
  if (Accept('.') && SkipDigits() == 0) return false;
  if (At('e') || At('E')) {
    ++at_;
    if (At('+') || At('-')) ++at_;
    if (SkipDigits() == 0) return false;
  }
  *out = text_.substr(start, at_ - start);
  return true;
}

bool JsonDocument::ParseWord(std::string_view word) {
  if (!text_.substr(at_).starts_with(word)) return false;
  at_ += word.size();
  return at_ >= text_.size() || (!absl::ascii_isalnum(text_[at_]) && text_[at_] != '_');
}

// The first of equal keys keeps its place and takes the last one's value.
void JsonDocument::MergeEqualKeys(int32_t object) {
  absl::flat_hash_map<std::string_view, int32_t> first;
  int32_t before = -1;
  for (int32_t at = nodes_[object].first_child; at >= 0; at = nodes_[at].next) {
    const auto [known, added] = first.emplace(nodes_[at].key, at);
    if (added) {
      before = at;
      continue;
    }
    const int32_t next = nodes_[known->second].next;
    const int32_t behind = nodes_[at].next;
    JsonNode merged = nodes_[at];
    merged.next = next;
    nodes_[before].next = behind;
    if (known->second == before) merged.next = behind;
    nodes_[known->second] = merged;
  }
}

int32_t JsonDocument::Member(int32_t object, std::string_view key) const {
  for (int32_t at = nodes_[object].first_child; at >= 0; at = nodes_[at].next) {
    if (nodes_[at].key == key) return at;
  }
  return -1;
}

std::vector<int32_t> JsonDocument::Children(int32_t parent) const {
  std::vector<int32_t> children;
  for (int32_t at = nodes_[parent].first_child; at >= 0; at = nodes_[at].next) {
    children.push_back(at);
  }
  return children;
}

std::string JsonDocument::error() const { return absl::StrCat("no JSON at byte ", at_ + 1); }

void AppendJson(const JsonDocument& document, int32_t index, std::string& out) {
  const JsonNode& node = document.node(index);
  switch (node.kind) {
    case JsonKind::kNull:
      out += "null";
      return;
    case JsonKind::kFalse:
      out += "false";
      return;
    case JsonKind::kTrue:
      out += "true";
      return;
    case JsonKind::kNumber: {
      const bool whole = node.text.find_first_of(".eE") == std::string_view::npos;
      whole ? void(out += node.text == "-0" ? "0" : node.text) : AppendBigDecimal(node.text, out);
      return;
    }
    case JsonKind::kString:
      AppendJsonString(node.text, out);
      return;
    case JsonKind::kArray:
    case JsonKind::kObject:
      break;
  }
  const bool object = node.kind == JsonKind::kObject;
  std::vector<int32_t> children = document.Children(index);
  if (object) {
    std::sort(children.begin(), children.end(),
              [&](int32_t a, int32_t b) { return document.node(a).key < document.node(b).key; });
  }
  out += object ? '{' : '[';
  for (size_t i = 0; i < children.size(); ++i) {
    if (i > 0) out += ',';
    if (object) {
      AppendJsonString(document.node(children[i]).key, out);
      out += ':';
    }
    AppendJson(document, children[i], out);
  }
  out += object ? '}' : ']';
}

void AppendJsonString(std::string_view text, std::string& out) {
  constexpr std::string_view kSpecial = "\"\\\b\f\n\r\t";
  constexpr std::string_view kEscapes = "\"\\bfnrt";
  out += '"';
  for (const char c : text) {
    const size_t which = kSpecial.find(c);
    if (which != std::string_view::npos) {
      out += '\\';
      out += kEscapes[which];
    } else if (static_cast<unsigned char>(c) < 0x20) {
      absl::StrAppendFormat(&out, "\\u%04X", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  out += '"';
}

}  // namespace millrace
