// MD5 and the SHA family, by OpenSSL, in lower-case hexadecimal digits.
#include <openssl/evp.h>

#include <memory>
#include <string>
#include <string_view>

#include "common/base/check.h"
#include "common/expr/function_table.h"
#include "common/expr/row_kernel.h"

namespace millrace {
namespace {

using View = std::string_view;

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

// Not thread-safe.
class Digest {
 public:
  Digest() : context_(EVP_MD_CTX_new()) { CHECK(context_ != nullptr); }

  void Append(View text, const EVP_MD* algorithm, TextSink& out, RowContext& row) {
    uint8_t bytes[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    if (EVP_DigestInit_ex(context_.get(), algorithm, nullptr) != 1 ||
        EVP_DigestUpdate(context_.get(), text.data(), text.size()) != 1 ||
        EVP_DigestFinal_ex(context_.get(), bytes, &size) != 1) {
      return row.Fail("this system's OpenSSL refuses the hash", EVP_MD_get0_name(algorithm));
    }
    constexpr char kDigits[] = "0123456789abcdef";
    for (unsigned int i = 0; i < size; ++i) {
      out.Append(kDigits[bytes[i] >> 4]);
      out.Append(kDigits[bytes[i] & 15]);
    }
  }

 private:
  std::unique_ptr<EVP_MD_CTX, FreeContext> context_;
};

void AddHash(ScalarFunctionTable& table, const char* name, const EVP_MD* (*algorithm)()) {
  const KernelFactory kernel = [algorithm](const Expression& call) -> absl::StatusOr<Kernel> {
    return LiftKernel<Text(View)>(
        call.type(),
        [digest = std::make_shared<Digest>(), method = algorithm()](
            View text, TextSink& out, RowContext& row) { digest->Append(text, method, out, row); });
  };
  const int digits = 2 * EVP_MD_get_size(algorithm());
  table.Add(name, "", {{"STRING", Returns(DataType::Char(digits)), kernel}});
}

const EVP_MD* Sha2OfLength(int32_t bits) {
  switch (bits) {
    case 224:
      return EVP_sha224();
    case 256:
      return EVP_sha256();
    case 384:
      return EVP_sha384();
    case 512:
      return EVP_sha512();
    default:
      return nullptr;
  }
}

absl::StatusOr<Kernel> Sha2Kernel(const Expression& call) {
  return LiftKernel<Text(View, int32_t)>(
      call.type(), [digest = std::make_shared<Digest>()](View text, int32_t bits, TextSink& out,
                                                         RowContext& row) {
        const EVP_MD* algorithm = Sha2OfLength(bits);
        if (algorithm != nullptr) return digest->Append(text, algorithm, out, row);
        row.Fail("SHA2 has 224, 256, 384 or 512 bits, not", std::to_string(bits));
      });
}

}  // namespace

void AddHashFunctions(ScalarFunctionTable& table) {
  AddHash(table, "md5", EVP_md5);
  AddHash(table, "sha1", EVP_sha1);
  AddHash(table, "sha224", EVP_sha224);
  AddHash(table, "sha256", EVP_sha256);
  AddHash(table, "sha384", EVP_sha384);
  AddHash(table, "sha512", EVP_sha512);
  table.Add("sha2", "", {{"STRING, INT", Returns(DataType::Varchar(128)), Sha2Kernel}});
}

}  // namespace millrace
