#include "instrument/command/skips.hpp"

#include "instrument/command/arguments.hpp"

namespace wasmsig::instrument::command {

Skips::Skips(const std::vector<std::string>& texts) {
  for (const std::string& text : texts) {
    Skip skip{.text = text,
              .is_expression = text.size() > 2 && text.front() == '/' && text.back() == '/',
              .expression = {},
              .is_used = false};
    try {
      if (skip.is_expression) skip.expression = std::regex(text.substr(1, text.size() - 2), std::regex::ECMAScript);
    } catch (const std::regex_error&) {
      throw Failure("skip: " + text + " is neither a function name nor a regular expression");
    }
    skips_.push_back(skip);
  }
}

bool Skips::matches(void* skips, const char* name, size_t length) {
  const std::string text(name, length);
  bool result = false;
  for (Skip& skip : static_cast<Skips*>(skips)->skips_) {
    const bool is_match = skip.is_expression ? std::regex_search(text, skip.expression) : text == skip.text;
    skip.is_used = skip.is_used || is_match;
    result = result || is_match;
  }
  return result;
}

std::vector<std::string> Skips::warnings(bool has_names) const {
  std::vector<std::string> result;
  for (const Skip& skip : skips_)
    if (!skip.is_used)
      result.push_back("skip: no function is named " + skip.text +
                       (has_names ? "" : " (the module has no name section)"));
  return result;
}

}  // namespace wasmsig::instrument::command
