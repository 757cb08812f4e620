// A number or a text with a name: values of two StrongId types cannot be mixed up.
#pragma once

#include <compare>
#include <ostream>
#include <string>
#include <utility>

namespace millrace {

// `Tag` is any type, used only to tell the ids apart. The value is reached by value(); ids compare,
// hash and print as it.
template <typename Tag, typename Rep>
class StrongId {
 public:
  constexpr StrongId() = default;
  explicit constexpr StrongId(Rep value) : value_(std::move(value)) {}

  constexpr const Rep& value() const { return value_; }

  friend constexpr auto operator<=>(const StrongId&, const StrongId&) = default;
  template <typename H>
  friend H AbslHashValue(H state, const StrongId& id) {
    return H::combine(std::move(state), id.value_);
  }
  friend std::ostream& operator<<(std::ostream& out, const StrongId& id) {
    return out << id.value_;
  }

 private:
  Rep value_{};
};

}  // namespace millrace
