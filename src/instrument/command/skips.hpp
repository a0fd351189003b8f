// The functions that the user names with --skip.
#pragma once

#include <regex>
#include <string>
#include <vector>

namespace wasmsig::instrument::command {

class Skips {
 public:
  explicit Skips(const std::vector<std::string>& texts);

  bool empty() const { return skips_.empty(); }
  // For wsig_instrument_options. `skips`: a Skips.
  static bool matches(void* skips, const char* name, size_t length);
  // About those that matched nothing. `has_names`: whether the module has a name section.
  std::vector<std::string> warnings(bool has_names) const;

 private:
  struct Skip {
    std::string text;
    bool is_expression;
    std::regex expression;
    bool is_used;
  };
  std::vector<Skip> skips_;
};

}  // namespace wasmsig::instrument::command
