// The memory of one session: it is given out by counting upwards, and freed as a whole. Nothing in it has a destructor.
#pragma once

#ifndef __wasm__
#include <setjmp.h>
#endif
#include <stddef.h>
#include <stdint.h>
#include <string.h>

namespace wasmsig::instrument {

// Where control goes if there is no more memory. So no other code has to ask. On wasm there is no such jump without
// exceptions: there the instance traps, which its caller takes for the same.
struct Exhaustion {
#ifndef __wasm__
  jmp_buf target;
#endif
};

class Memory {
 public:
  explicit Memory(Exhaustion* exhaustion) : exhaustion_(exhaustion) {}
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  // Aligned for every type. The contents are undefined.
  void* allocate(size_t size) {
    size = (size + kAlignment - 1) & ~(kAlignment - 1);
    if (size > room_ || size >= kLarge) return allocate_slowly(size);
    void* const result = next_;
    next_ += size;
    room_ -= size;
    return result;
  }

  // `size` elements, all bytes of them 0.
  template <class T>
  T* zeroed(size_t size) {
    T* const result = uninitialised<T>(size);
    if (size > 0) memset(static_cast<void*>(result), 0, size * sizeof(T));
    return result;
  }

  template <class T>
  T* uninitialised(size_t size) {
    if (size > kMost / sizeof(T)) exhausted();
    return static_cast<T*>(allocate(size * sizeof(T)));
  }

  // Makes an allocation larger, and keeps its contents.
  void* enlarge(void* old, size_t old_size, size_t size);

  // Gives everything back, but keeps what it can use again soon.
  void reset();
  // Gives everything back.
  void release();

  [[noreturn]] void exhausted();

 private:
  // Before each piece of memory of the C library's.
  struct Block {
    Block* next;
    Block* previous;
    size_t size;
  };
  static constexpr size_t kAlignment = 8;
  static constexpr size_t kHeader = (sizeof(Block) + 15) & ~size_t{15};
  static constexpr size_t kChunk = size_t{1} << 16;  // the first one; each other is as large as all before
  static constexpr size_t kMostOfChunk = size_t{1} << 20;
  static constexpr size_t kLarge = kChunk / 4;  // has a block of its own, which can be enlarged in place
  static constexpr size_t kMost = SIZE_MAX / 4;

  void* allocate_slowly(size_t size);
  Block* new_block(size_t size);
  static char* contents(Block* block) { return reinterpret_cast<char*>(block) + kHeader; }

  [[maybe_unused]] Exhaustion* exhaustion_;  // on wasm too little memory traps
  Block* blocks_ = nullptr;
  Block* kept_ = nullptr;  // the chunk that outlives a reset
  char* next_ = nullptr;
  size_t room_ = 0;
  size_t chunk_ = kChunk;  // the size of the next one
};

// Part of an array. Only a debug build checks indexes: what comes from a module is compared with the size before.
template <class T>
struct Span {
  T* data = nullptr;
  uint32_t size = 0;

  T& operator[](size_t index) const {
#ifndef NDEBUG
    if (index >= size) __builtin_trap();
#endif
    return data[index];
  }
  T* begin() const { return data; }
  T* end() const { return data + size; }
  bool empty() const { return size == 0; }
};

using Bytes = Span<const uint8_t>;

inline bool equal(Bytes a, Bytes b) { return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0); }

template <class T>
Span<T> zeroed(Memory& memory, size_t size) {
  return {memory.zeroed<T>(size), static_cast<uint32_t>(size)};
}

// An array that grows.
template <class T>
class List {
 public:
  explicit List(Memory& memory) : memory_(&memory) {}

  uint32_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T& operator[](size_t index) const { return span()[index]; }
  T& last() const { return span()[size_ - 1]; }
  T* begin() const { return data_; }
  T* end() const { return data_ + size_; }
  Span<T> span() const { return {data_, size_}; }

  void push(const T& value) {
    if (size_ == capacity_) {
      const T copy = value;  // it may lie in this list
      grow(size_ + 1);
      data_[size_++] = copy;
      return;
    }
    data_[size_++] = value;
  }
  T pop() { return span()[--size_]; }
  void append(const T* values, uint32_t count) {
    if (count == 0) return;
    if (count > capacity_ - size_) grow(size_t{size_} + count);
    memcpy(static_cast<void*>(data_ + size_), values, count * sizeof(T));
    size_ += count;
  }
  // Makes it shorter, or longer by elements whose bytes are 0.
  void resize(uint32_t size) {
    if (size > capacity_) grow(size);
    if (size > size_) memset(static_cast<void*>(data_ + size_), 0, (size - size_) * sizeof(T));
    size_ = size;
  }
  void clear() { size_ = 0; }
  // Forgets the memory, which was reset.
  void forget() { *this = List(*memory_); }
  Memory& memory() const { return *memory_; }

 private:
  void grow(size_t least) {
    size_t capacity = capacity_ < 8 ? 8 : size_t{capacity_} * 2;
    if (capacity < least) capacity = least;
    if (capacity > UINT32_MAX || capacity > (SIZE_MAX >> 2) / sizeof(T)) memory_->exhausted();
    data_ = static_cast<T*>(memory_->enlarge(data_, capacity_ * sizeof(T), capacity * sizeof(T)));
    capacity_ = static_cast<uint32_t>(capacity);
  }

  Memory* memory_;
  T* data_ = nullptr;
  uint32_t size_ = 0;
  uint32_t capacity_ = 0;
};

// A copy that stays when the list changes.
template <class T>
Span<T> keep(Memory& memory, const List<T>& list) {
  if (list.empty()) return {};
  T* const data = memory.uninitialised<T>(list.size());
  memcpy(static_cast<void*>(data), list.begin(), list.size() * sizeof(T));
  return {data, list.size()};
}

}  // namespace wasmsig::instrument
