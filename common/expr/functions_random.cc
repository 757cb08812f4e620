// RAND, RAND_INTEGER, UUID. With a seed they give the numbers of java.util.Random, as Flink does: a
// literal seed begins one sequence for the evaluator's life, any other seed one for each row.
#include <openssl/rand.h>

#include <cstdint>
#include <memory>
#include <utility>

#include "common/base/random.h"
#include "common/base/status_macros.h"
#include "common/expr/function_table.h"
#include "common/expr/row_kernel.h"

namespace millrace {
namespace {

// The linear congruential generator that java.util.Random documents.
class JavaRandom {
 public:
  explicit JavaRandom(int64_t seed) : state_((static_cast<uint64_t>(seed) ^ kFactor) & kMask) {}

  double NextDouble() {
    const uint64_t high = Next(26);
    return static_cast<double>((high << 27) + Next(27)) * 0x1.0p-53;
  }

  // REQUIRES: bound > 0.
  int32_t NextInt(int32_t bound) {
    if ((bound & (bound - 1)) == 0) {
      return static_cast<int32_t>((static_cast<uint64_t>(bound) * Next(31)) >> 31);
    }
    // Numbers of the last, incomplete run of `bound` are drawn again.
    for (;;) {
      const auto drawn = static_cast<int64_t>(Next(31));
      const int64_t value = drawn % bound;
      if (drawn - value + (bound - 1) <= INT32_MAX) return static_cast<int32_t>(value);
    }
  }

 private:
  static constexpr uint64_t kFactor = 0x5DEECE66D;
  static constexpr uint64_t kMask = (uint64_t{1} << 48) - 1;

  uint64_t Next(int bits) {
    state_ = (state_ * kFactor + 0xB) & kMask;
    return state_ >> (48 - bits);
  }

  uint64_t state_;
};

// The sequence of a call: that of its literal seed, or one of its own.
std::shared_ptr<JavaRandom> SequenceOf(const Expression& call, size_t seed_argument) {
  if (seed_argument < call.arguments().size()) {
    if (const auto seed = LiteralInt(*call.arguments()[seed_argument])) {
      return std::make_shared<JavaRandom>(*seed);
    }
    return nullptr;
  }
  return std::make_shared<JavaRandom>(static_cast<int64_t>(SystemSeed()));
}

absl::StatusOr<Kernel> RandKernel(const Expression& call) {
  const auto sequence = SequenceOf(call, 0);
  if (call.arguments().empty()) {
    return LiftKernel<double()>(call.type(), [sequence] { return sequence->NextDouble(); });
  }
  return LiftKernel<double(int32_t)>(call.type(), [sequence](int32_t seed, RowContext&) {
    return sequence != nullptr ? sequence->NextDouble() : JavaRandom(seed).NextDouble();
  });
}

absl::StatusOr<Kernel> RandIntegerKernel(const Expression& call) {
  const bool seeded = call.arguments().size() == 2;
  const auto sequence = SequenceOf(call, seeded ? 0 : 2);
  const auto next = [](JavaRandom& random, int32_t bound, RowContext& row) {
    if (bound > 0) return random.NextInt(bound);
    row.Fail("the bound of RAND_INTEGER must be positive, not", std::to_string(bound));
    return 0;
  };
  if (!seeded) {
    return LiftKernel<int32_t(int32_t)>(
        call.type(), [=](int32_t bound, RowContext& row) { return next(*sequence, bound, row); });
  }
  return LiftKernel<int32_t(int32_t, int32_t)>(
      call.type(), [=](int32_t seed, int32_t bound, RowContext& row) {
        JavaRandom of_row(seed);
        return next(sequence != nullptr ? *sequence : of_row, bound, row);
      });
}

// Version 4 of RFC 4122, from a generator fit for secrets.
absl::StatusOr<Kernel> UuidKernel(const Expression& call) {
  return LiftKernel<Text()>(call.type(), [](TextSink& out, RowContext& row) {
    uint8_t bytes[16];
    if (RAND_bytes(bytes, sizeof(bytes)) != 1) return row.Fail("no random numbers for UUID()");
    bytes[6] = static_cast<uint8_t>((bytes[6] & 0x0f) | 0x40);
    bytes[8] = static_cast<uint8_t>((bytes[8] & 0x3f) | 0x80);
    constexpr char kDigits[] = "0123456789abcdef";
    for (int i = 0; i < 16; ++i) {
      if (i == 4 || i == 6 || i == 8 || i == 10) out.Append('-');
      out.Append(kDigits[bytes[i] >> 4]);
      out.Append(kDigits[bytes[i] & 15]);
    }
  });
}

}  // namespace

void AddRandomFunctions(ScalarFunctionTable& table) {
  const ResultType real = Returns(DataType::Double());
  const ResultType integer = Returns(DataType::Int());
  table.AddChanging("rand", {{"", real, RandKernel}, {"INT", real, RandKernel}});
  table.AddChanging("rand_integer", {{"INT", integer, RandIntegerKernel},
                                     {"INT, INT", integer, RandIntegerKernel}});
  table.AddChanging("uuid", {{"", Returns(DataType::Char(36)), UuidKernel}});
}

}  // namespace millrace
