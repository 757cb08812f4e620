// Functions of real numbers: SIN and its family, logarithms, POWER, DEGREES, PI.
#include <cmath>
#include <numbers>

#include "common/expr/function_table.h"
#include "common/expr/row_kernel.h"

namespace millrace {
namespace {

// As Java's Math.toDegrees and toRadians: one factor each.
constexpr double kDegreesPerRadian = 57.29577951308232;
constexpr double kRadiansPerDegree = 0.017453292519943295;

struct RealLine {
  const char* name;
  double (*f)(double);
};

constexpr RealLine kRealFunctions[] = {
    {"sqrt", [](double x) { return std::sqrt(x); }},
    {"exp", [](double x) { return std::exp(x); }},
    {"ln", [](double x) { return std::log(x); }},
    {"log10", [](double x) { return std::log10(x); }},
    // Not std::log2, whose last digit may differ from Flink's quotient.
    {"log2", [](double x) { return std::log(x) / std::log(2.0); }},
    {"sin", [](double x) { return std::sin(x); }},
    {"cos", [](double x) { return std::cos(x); }},
    {"tan", [](double x) { return std::tan(x); }},
    {"cot", [](double x) { return 1.0 / std::tan(x); }},
    {"sinh", [](double x) { return std::sinh(x); }},
    {"cosh", [](double x) { return std::cosh(x); }},
    {"tanh", [](double x) { return std::tanh(x); }},
    {"asin", [](double x) { return std::asin(x); }},
    {"acos", [](double x) { return std::acos(x); }},
    {"atan", [](double x) { return std::atan(x); }},
    {"degrees", [](double x) { return x * kDegreesPerRadian; }},
    {"radians", [](double x) { return x * kRadiansPerDegree; }},
};

void AddConstant(ScalarFunctionTable& table, const char* name, double value) {
  table.Add(name, "",
            {{"", Returns(DataType::Double()), Lift<double()>([value] { return value; })}});
}

}  // namespace

void AddRealFunctions(ScalarFunctionTable& table) {
  const ResultType real = Returns(DataType::Double());
  for (const RealLine& line : kRealFunctions) {
    table.Add(line.name, "", {{"DOUBLE", real, Lift<double(double)>(line.f)}});
  }
  table.Add("log", "",
            {{"DOUBLE", real, Lift<double(double)>([](double x) { return std::log(x); })},
             {"DOUBLE, DOUBLE", real, Lift<double(double, double)>([](double base, double x) {
                return std::log(x) / std::log(base);
              })}});
  table.Add("power", "",
            {{"DOUBLE, DOUBLE", real,
              Lift<double(double, double)>([](double x, double y) { return std::pow(x, y); })}});
  table.Add("atan2", "",
            {{"DOUBLE, DOUBLE", real,
              Lift<double(double, double)>([](double y, double x) { return std::atan2(y, x); })}});
  AddConstant(table, "pi", std::numbers::pi);
  AddConstant(table, "e", std::numbers::e);
}

}  // namespace millrace
