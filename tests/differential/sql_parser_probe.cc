// Millrace's parser for a test in another language; parser and binder under a fuzzer.
//
//   sql_parser_probe                          texts of SQL from the standard input, each ended by a
//   NUL byte; answers
//                                             with as many, in the same order: "A<n> <text>"
//                                             accepted, with n uses of additions to Flink's
//                                             dialect, and written back; "R<code> <message>"
//   sql_parser_probe --fuzz SECONDS [SEED]    mutates such texts for that much CPU time; ends with
//   1 at the first
//                                             tree that is not read again as it was written
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "coordinator/catalog/catalog.h"
#include "coordinator/sql/bind/script_binder.h"
#include "coordinator/sql/parse/parser.h"
#include "coordinator/sql/parse/unparser.h"

namespace millrace {
namespace {

std::vector<std::string> ReadTexts() {
  const std::string all{std::istreambuf_iterator<char>(std::cin), {}};
  std::vector<std::string> texts;
  for (size_t begin = 0; begin < all.size();) {
    const size_t end = std::min(all.find('\0', begin), all.size());
    texts.push_back(all.substr(begin, end - begin));
    begin = end + 1;
  }
  return texts;
}

std::string Written(const ParsedScript& script) {
  std::string text;
  for (const Statement& statement : script.statements) {
    if (!text.empty()) text += ";\n";
    text += Unparse(statement);
  }
  return text;
}

int AnswerAll() {
  for (const std::string& text : ReadTexts()) {
    const ParsedScript script = ParseScript(text);
    if (script.ok()) {
      std::cout << 'A' << script.additions.size() << ' ' << Written(script);
    } else {
      std::cout << 'R' << script.diagnostics.front().code << ' '
                << script.diagnostics.front().message;
    }
    std::cout << '\0';
  }
  return 0;
}

// D. Knuth's linear congruential generator (MMIX): the same texts for the same seed everywhere.
class Sequence {
 public:
  explicit Sequence(uint64_t seed) : state_(seed) {}
  size_t Below(size_t bound) {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return (state_ >> 33) % bound;
  }

 private:
  uint64_t state_;
};

// Cuts, doubles, replaces or crosses parts of the texts.
std::string Mutated(const std::vector<std::string>& texts, Sequence& sequence) {
  std::string text = texts[sequence.Below(texts.size())];
  for (size_t i = sequence.Below(4) + 1; i > 0 && !text.empty(); --i) {
    const size_t place = sequence.Below(text.size());
    const size_t length = std::min(sequence.Below(12) + 1, text.size() - place);
    switch (sequence.Below(5)) {
      case 0:
        text.erase(place, length);
        break;
      case 1:
        text.insert(place, text.substr(place, length));
        break;
      case 2:
        text[place] = static_cast<char>(sequence.Below(256));
        break;
      case 3:
        text.insert(place, std::string(sequence.Below(300), text[place]));
        break;
      default: {
        const std::string& other = texts[sequence.Below(texts.size())];
        const size_t from = sequence.Below(other.size() + 1);
        text.replace(place, length, other.substr(from, sequence.Below(60)));
      }
    }
  }
  return text;
}

// The tables that the generated statements speak of.
constexpr std::string_view kTables = R"(
CREATE TABLE t (a ROW<b ARRAY<ROW<c INT>>, id INT>, b INT, c STRING, m MAP<STRING, INT>, ts TIMESTAMP(3),
WATERMARK FOR ts AS ts) WITH ('connector' = 'datagen');
CREATE TABLE u (a INT, b INT, c STRING) WITH ('connector' = 'blackhole');
CREATE TABLE orders (id BIGINT, price DECIMAL(10, 2), user_id INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts)
WITH ('connector' = 'datagen');
CREATE TABLE clicks (id BIGINT, page STRING, `order` INT) WITH ('connector' = 'datagen'))";

// Binds the statements; whatever they mean, no harm is done.
void Bind(const ParsedScript& script, const std::string& text) {
  static const ParsedScript tables = ParseScript(kTables);
  Catalog catalog;
  BindScript(tables.statements, kTables, catalog);
  RenderDiagnostics(BindScript(script.statements, text, catalog).diagnostics, text);
}

// Whether the text does no harm and its trees survive being written and read.
bool Holds(const std::string& text) {
  const ParsedScript script = ParseScript(text);
  RenderDiagnostics(script.diagnostics, text);
  Bind(script, text);
  if (!script.ok()) return true;
  const std::string written = Written(script);
  const ParsedScript again = ParseScript(written);
  return again.ok() && Written(again) == written;
}

int Fuzz(int seconds, uint64_t seed) {
  const std::vector<std::string> texts = ReadTexts();
  if (texts.empty()) return 2;
  Sequence sequence(seed);
  int64_t runs = 0;
  while (std::clock() / CLOCKS_PER_SEC < seconds) {
    const std::string text = Mutated(texts, sequence);
    if (!Holds(text)) {
      std::cout << "not read again as it was written:\n" << text << "\n";
      return 1;
    }
    ++runs;
  }
  std::cout << runs << " texts in " << seconds << " s of CPU time, seed " << seed << "\n";
  return 0;
}

}  // namespace
}  // namespace millrace

int main(int argc, char** argv) {
  if (argc == 1) return millrace::AnswerAll();
  if (argc < 3 || std::string_view(argv[1]) != "--fuzz") return 2;
  return millrace::Fuzz(std::atoi(argv[2]), argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 1);
}
