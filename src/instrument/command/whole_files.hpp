// Reads and writes whole files.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string>
#include <vector>

namespace wasmsig::instrument::command {

std::vector<uint8_t> read_file(const std::string& file);

// Writes all or nothing: a reader never sees half a file.
void write_file(const std::string& file, const uint8_t* bytes, size_t size);

}  // namespace wasmsig::instrument::command
