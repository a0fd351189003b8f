#include "instrument/memory.hpp"

#include <stdlib.h>

namespace wasmsig::instrument {

void Memory::exhausted() {
#ifdef __wasm__
  __builtin_trap();
#else
  longjmp(exhaustion_->target, 1);
#endif
}

Memory::Block* Memory::new_block(size_t size) {
  auto* const block = static_cast<Block*>(malloc(kHeader + size));
  if (!block) exhausted();
  block->next = blocks_;
  block->previous = nullptr;
  block->size = size;
  if (blocks_) blocks_->previous = block;
  blocks_ = block;
  return block;
}

void* Memory::allocate_slowly(size_t size) {
  if (size > kMost) exhausted();
  if (size >= kLarge) return contents(new_block(size));
  Block* const chunk = new_block(chunk_);
  next_ = contents(chunk) + size;
  room_ = chunk_ - size;
  if (kept_ && chunk_ < kMostOfChunk) chunk_ *= 2;
  if (!kept_) kept_ = chunk;
  return contents(chunk);
}

void* Memory::enlarge(void* old, size_t old_size, size_t size) {
  if (size > kMost) exhausted();
  const size_t rounded = (old_size + kAlignment - 1) & ~(kAlignment - 1);
  if (old && rounded >= kLarge) {
    auto* const before = reinterpret_cast<Block*>(static_cast<char*>(old) - kHeader);
    auto* const block = static_cast<Block*>(realloc(before, kHeader + size));
    if (!block) exhausted();
    block->size = size;
    (block->previous ? block->previous->next : blocks_) = block;
    if (block->next) block->next->previous = block;
    return contents(block);
  }
  void* const result = allocate(size);
  if (old_size > 0) memcpy(result, old, old_size);
  return result;
}

void Memory::reset() {
  for (Block* block = blocks_; block;) {
    Block* const next = block->next;
    if (block != kept_) free(block);
    block = next;
  }
  blocks_ = kept_;
  chunk_ = kChunk;
  if (!kept_) return;
  kept_->next = kept_->previous = nullptr;
  next_ = contents(kept_);
  room_ = kChunk;
}

void Memory::release() {
  kept_ = nullptr;
  reset();
  next_ = nullptr;
  room_ = 0;
}

}  // namespace wasmsig::instrument
