// Heap sort: no recursion, no memory, and nothing of a library.
#pragma once

#include "instrument/memory.hpp"

namespace wasmsig::instrument {

template <class T, class Key>
void sift_down(Span<T> heap, uint32_t at, Key key) {
  for (uint32_t child = 2 * at + 1; child < heap.size; child = 2 * at + 1) {
    if (child + 1 < heap.size && key(heap[child]) < key(heap[child + 1])) child++;
    if (key(heap[at]) >= key(heap[child])) return;
    const T moved = heap[at];
    heap[at] = heap[child];
    heap[child] = moved;
    at = child;
  }
}

// Sorts by the keys, which ascend. Those of equal keys come in any order.
template <class T, class Key>
void sort_by(Span<T> values, Key key) {
  for (uint32_t i = values.size / 2; i > 0; --i) sift_down(values, i - 1, key);
  for (Span<T> heap = values; heap.size > 1;) {
    const uint32_t last = heap.size - 1;
    const T greatest = heap[0];
    heap[0] = heap[last];
    heap[last] = greatest;
    heap.size = last;
    sift_down(heap, 0, key);
  }
}

// The first value whose key is at least this one; its index is values.size if there is none.
template <class T, class Key, class Wanted>
uint32_t lower_bound(Span<T> values, Wanted wanted, Key key) {
  uint32_t low = 0;
  uint32_t high = values.size;
  while (low < high) {
    const uint32_t middle = low + (high - low) / 2;
    if (key(values[middle]) < wanted)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

}  // namespace wasmsig::instrument
