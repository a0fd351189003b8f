// What the caller of a session wants.
#pragma once

#include "instrument/memory.hpp"

namespace wasmsig::instrument {

struct Request {
  enum Share : uint8_t { kDefault, kShared, kKeep };
  enum Runtime : uint8_t { kEither, kLinked, kInjected };

  Share share = kDefault;
  uint32_t maximum_pages = 0;  // 0: none is given
  bool imports_memory = false;
  bool prefers_size = false;
  Bytes import_module;
  Bytes import_name;
  Runtime runtime = kEither;
  bool (*skip)(void* context, const char* name, size_t length) = nullptr;
  void* context = nullptr;
};

}  // namespace wasmsig::instrument
