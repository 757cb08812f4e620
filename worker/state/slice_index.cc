#include "worker/state/slice_index.h"

#include <algorithm>
#include <utility>

namespace millrace {

void SliceIndex::Insert(Entry* entry) {
  // At most three quarters full: a hit looks at 2.5 slots on average, within one cache line.
  if ((size_ + 1) * 4 > slots_.size() * 3) Resize(slots_.size() * 2);
  Place({.hash = entry->hash, .entry = entry});
  ++size_;
}

void SliceIndex::Shrink() {
  const size_t slots = std::max(kMinSlots, std::bit_ceil(size_ * 2));
  if (slots * 4 <= slots_.size()) Resize(slots);
}

void SliceIndex::Resize(size_t slots) {
  const HugeVector<Slot> before = std::exchange(slots_, HugeVector<Slot>(slots));
  shift_ = 64 - std::countr_zero(slots);
  for (const Slot& slot : before) {
    if (slot.entry != nullptr) Place(slot);
  }
}

void SliceIndex::Place(Slot slot) {
  size_t i = Home(slot.hash);
  while (slots_[i].entry != nullptr) i = Next(i);
  slots_[i] = slot;
}

// Moves later slots of the run back into the hole, so that no marker of a deleted entry remains
// (Knuth, The Art of Computer Programming, volume 3, section 6.4, algorithm R).
void SliceIndex::Erase(Slot* slot) {
  const size_t mask = slots_.size() - 1;
  size_t hole = static_cast<size_t>(slot - slots_.data());
  for (size_t i = Next(hole); slots_[i].entry != nullptr; i = Next(i)) {
    // It may move unless its home lies behind the hole.
    const size_t from_home = (i - Home(slots_[i].hash)) & mask;
    const size_t from_hole = (i - hole) & mask;
    if (from_home < from_hole) continue;
    slots_[hole] = slots_[i];
    hole = i;
  }
  slots_[hole] = Slot();
  --size_;
}

}  // namespace millrace
