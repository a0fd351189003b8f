#include "instrument/command/whole_files.hpp"

#include <filesystem>
#include <fstream>
#include <random>

#include "instrument/command/arguments.hpp"

namespace wasmsig::instrument::command {
namespace {

namespace fs = std::filesystem;

void discard(const fs::path& file) {
  std::error_code ignored;
  fs::remove(file, ignored);
}

}  // namespace

WholeFile read_file(const std::string& file) {
  std::error_code error;
  const fs::file_status status = fs::status(file, error);
  if (status.type() == fs::file_type::not_found) throw Failure(file + ": no such file");
  if (status.type() == fs::file_type::directory) throw Failure(file + ": a directory");
  std::ifstream in(file, std::ios::binary | std::ios::ate);
  if (!in) throw Failure(file + ": cannot be read");
  WholeFile result;
  result.size = static_cast<size_t>(in.tellg());
  result.bytes = std::make_unique_for_overwrite<uint8_t[]>(result.size);
  in.seekg(0);
  in.read(reinterpret_cast<char*>(result.bytes.get()), static_cast<std::streamsize>(result.size));
  if (!in) throw Failure(file + ": cannot be read");
  return result;
}

void write_file(const std::string& file, const uint8_t* bytes, size_t size) {
  const fs::path half = file + "." + std::to_string(std::random_device()()) + ".tmp";
  std::ofstream out(half, std::ios::binary | std::ios::trunc);
  out.write(reinterpret_cast<const char*>(bytes), static_cast<std::streamsize>(size));
  out.close();
  std::error_code error;
  if (out) fs::rename(half, file, error);
  if (out && !error) return;
  discard(half);
  throw Failure(file + ": " + (error ? error.message() : "cannot be written"));
}

}  // namespace wasmsig::instrument::command
