// Reads and writes whole files.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <memory>
#include <string>

namespace wasmsig::instrument::command {

// A vector would first set all bytes to 0.
struct WholeFile {
  std::unique_ptr<uint8_t[]> bytes;
  size_t size = 0;
};

WholeFile read_file(const std::string& file);

// Writes all or nothing: a reader never sees half a file.
void write_file(const std::string& file, const uint8_t* bytes, size_t size);

}  // namespace wasmsig::instrument::command
