#include "instrument/emit/assemble.hpp"

#include "instrument/mark.hpp"
#include "instrument/sort.hpp"
#include "instrument/wasm/name_section.hpp"

namespace wasmsig::instrument {
namespace {

constexpr const char* kBranchHints = "metadata.code.branch_hint";

void write_section(Writer& out, uint8_t id, Bytes content) {
  out.u8(id);
  out.u32(content.size);
  out.append(content);
}

void write_custom(Writer& out, Bytes name, Bytes content) {
  out.u8(section::kCustom);
  out.u32(Writer::encoded_size(name.size) + name.size + content.size);
  out.name(name);
  out.append(content);
}

Span<uint32_t> labels_of(const void* context, uint32_t function) {
  const auto& code = *static_cast<const NewCode*>(context);
  const Span<NewCode::Labels> labels = code.labels.span();
  const uint32_t at = lower_bound(labels, function, [](const NewCode::Labels& one) { return one.function; });
  return at < labels.size && labels[at].function == function ? labels[at].before : Span<uint32_t>{};
}

class Assembler {
 public:
  Assembler(Context& context, const AssembleRequest& request, List<Bytes>& dropped)
      : context_(context),
        module_(request.module),
        request_(request),
        dropped_(dropped),
        pending_(context.emission),
        has_code_(!request.module.bodies.empty() || !request.names.empty()) {
    bool is_present[Replaced::kIds] = {};
    for (const Section& section : module_.sections)
      if (section.id < Replaced::kIds) is_present[section.id] = true;
    for (uint8_t id = 0; id < Replaced::kIds; ++id)
      if (request_.replaced.has(id) && !is_present[id]) pending_.push(id);
    sort_by(pending_.span(), section::rank);
    is_new_ = has_code_ && !is_present[section::kCode];
  }

  bool has_code() const { return has_code_; }

  // The sections up to the code's content, without that.
  bool before(Writer& out) {
    out.copy(module_.bytes, 0, 8);
    while (at_ < module_.sections.size()) {
      const Section& section = module_.sections[at_];
      if (is_new_ && is_behind_code(section)) break;
      at_++;
      if (!write(out, section)) return false;
      if (is_code(section)) return true;
    }
    if (is_new_) write_pending(out, section::kCode);
    return true;
  }

  // Those behind it. `content`: where that of the code section is. (A module with two of them is not valid, but here it
  // need not be: the result has both.)
  bool after(Writer& out, const Range& content) {
    while (at_ < module_.sections.size()) {
      const Section& section = module_.sections[at_++];
      if (!write(out, section)) return false;
      if (!is_code(section)) continue;
      out.u8(section::kCode);
      out.u32(content.size());
      out.reserve(content.size());
      out.append({out.data() + content.start, content.size()});
    }
    for (; next_ < pending_.size(); ++next_) write_replaced(out, pending_[next_]);
    write_custom(out, bytes_of(kImportModule), request_.mark);
    return true;
  }

 private:
  bool is_code(const Section& section) const { return section.id == section::kCode && has_code_; }
  static bool is_behind_code(const Section& section) {
    return section.id != section::kCustom && section::rank(section.id) > section::rank(section::kCode);
  }

  // The sections that the input does not have, up to the place of one.
  void write_pending(Writer& out, uint8_t id) {
    while (next_ < pending_.size() && section::rank(pending_[next_]) < section::rank(id))
      write_replaced(out, pending_[next_++]);
  }

  // A section of the input, but not the content of the code section.
  bool write(Writer& out, const Section& section) {
    if (section.id == section::kCustom) return write_custom_section(out, section);
    write_pending(out, section.id);
    if (section.id == section::kCode && request_.code.hint_count > 0) write_hints(out);  // has to precede it
    if (is_code(section)) return true;
    if (request_.replaced.has(section.id))
      write_replaced(out, section.id);
    else
      copy(out, section);
    return true;
  }

  bool write_custom_section(Writer& out, const Section& section) {
    if (holds_code_offsets(section.name)) {
      dropped_.push(section.name);
      return true;
    }
    const bool is_names = equal(section.name, "name");
    const bool is_features = equal(section.name, "target_features") && request_.feature;
    if (!is_names && !is_features) {
      copy(out, section);
      return true;
    }
    Writer content(context_.emission, section.content.size() + 64);
    const List<uint32_t>& copied = request_.code.copied;
    if (is_names)
      rename_all(context_, module_, section, {&request_.code, labels_of}, {copied.begin(), copied.size()},
                 request_.names, content);
    else if (!add_target_feature(context_, module_, section, request_.feature, content))
      return false;
    write_custom(out, section.name, content.bytes());
    return true;
  }

  // The content of the custom section of branch hints.
  void write_hints(Writer& out) {
    Writer content(context_.emission, request_.code.hints.size() + 8);
    content.u32(request_.code.hint_count);
    content.append(request_.code.hints.bytes());
    write_custom(out, bytes_of(kBranchHints), content.bytes());
  }

  void write_replaced(Writer& out, uint8_t id) {
    if (!request_.replaced.is_removed[id]) write_section(out, id, request_.replaced.contents[id]);
  }

  void copy(Writer& out, const Section& section) { out.copy(module_.bytes, section.start, section.content.end); }

  Context& context_;
  const Module& module_;
  const AssembleRequest& request_;
  List<Bytes>& dropped_;
  List<uint8_t> pending_;  // replaced sections that the input does not have, by rank
  bool has_code_;          // the result has functions of its own, if only those that were appended
  bool is_new_;            // the input has no code section
  uint32_t next_ = 0;      // of the pending ones
  uint32_t at_ = 0;        // of the input's sections
};

}  // namespace

bool assemble(Context& context, const AssembleRequest& request, uint32_t gap, Writer& out, uint32_t& start,
              List<Bytes>& dropped) {
  const uint32_t size = out.size() - gap;  // of the code section's content
  Assembler assembler(context, request, dropped);
  Writer before(context.emission, gap + 64);
  if (!assembler.before(before)) return false;
  if (assembler.has_code()) {
    before.u8(section::kCode);
    before.u32(size);
  }
  start = 0;
  if (before.size() > gap) {
    const uint32_t more = before.size() - gap;
    out.reserve(more);
    memmove(out.data() + before.size(), out.data() + gap, size);
    out.truncate(out.size() + more);
  } else {
    start = gap - before.size();
  }
  memcpy(out.data() + start, before.data(), before.size());
  return assembler.after(out, {start + before.size(), out.size()});
}

size_t estimate_gap(const Module& module, const Plan& plan) {
  size_t size = 4096;
  for (const Section& section : module.sections) {
    if (section.id == section::kCode) break;
    size += section.content.end - section.start;
  }
  for (const FunctionPlan& one : plan.functions) {
    for (const Decision decision : one.placement.loops)
      if (has_safe_point(decision)) size += 8;
    if (one.entry) size += 16;
  }
  return size;
}

}  // namespace wasmsig::instrument
