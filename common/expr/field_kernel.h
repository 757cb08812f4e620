// Access to a field of a ROW column: the field's values as they lie, NULL where the row is.
#pragma once

#include "common/expr/kernel.h"

namespace millrace {

// Copies no values: only the bitmaps are combined, and not even these if one of them says it all.
Kernel FieldKernel(int index);

}  // namespace millrace
