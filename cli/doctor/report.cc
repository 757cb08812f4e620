#include "cli/doctor/report.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "common/rpc/http_server.h"

namespace millrace {
namespace {

const char* Word(Verdict verdict) {
  switch (verdict) {
    case Verdict::kOk:
      return "ok";
    case Verdict::kWarn:
      return "warn";
    case Verdict::kFail:
      return "fail";
  }
  return "";
}

int64_t Count(const std::vector<Finding>& findings, Verdict verdict) {
  return std::count_if(findings.begin(), findings.end(),
                       [&](const Finding& finding) { return finding.verdict == verdict; });
}

}  // namespace

std::string FindingsTable(const std::vector<Finding>& findings) {
  size_t width = 0;
  for (const Finding& finding : findings) width = std::max(width, finding.check.size());
  std::string text;
  for (const Finding& finding : findings) {
    absl::StrAppendFormat(&text, "%-4s  %-*s  %s\n", Word(finding.verdict), static_cast<int>(width),
                          finding.check, finding.detail);
    if (finding.remedy.empty()) continue;
    absl::StrAppendFormat(&text, "%-4s  %-*s  -> %s\n", "", static_cast<int>(width), "",
                          finding.remedy);
  }
  absl::StrAppendFormat(&text, "\n%d ok, %d warned, %d failed\n", Count(findings, Verdict::kOk),
                        Count(findings, Verdict::kWarn), Count(findings, Verdict::kFail));
  return text;
}

std::string FindingsJson(const std::vector<Finding>& findings) {
  const auto one = [](std::string* out, const Finding& finding) {
    absl::StrAppend(out, "  {\"check\": ", JsonQuote(finding.check), ", \"verdict\": \"",
                    Word(finding.verdict), "\", \"detail\": ", JsonQuote(finding.detail),
                    ", \"remedy\": ", JsonQuote(finding.remedy), "}");
  };
  return absl::StrCat("{\"checks\": [\n", absl::StrJoin(findings, ",\n", one),
                      "\n], \"ok\": ", Count(findings, Verdict::kOk),
                      ", \"warned\": ", Count(findings, Verdict::kWarn),
                      ", \"failed\": ", Count(findings, Verdict::kFail), "}\n");
}

}  // namespace millrace
