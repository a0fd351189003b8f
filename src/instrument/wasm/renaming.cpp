// The name section of the result.
#include "instrument/sort.hpp"
#include "instrument/wasm/name_section.hpp"
#include "instrument/wasm/utf8.hpp"

namespace wasmsig::instrument {
namespace {

constexpr uint8_t kNamesOfFunctions = 1;
constexpr uint8_t kNamesOfLabels = 3;

// A name of a function that was copied: the later one of the same place counts.
struct NewName {
  uint32_t place;
  uint32_t entry;
  Bytes name;

  uint64_t order() const { return uint64_t{place} << 32 | entry; }
};

// The place of a function among those that were copied, which ascend; -1: it was not.
int64_t place_of(Span<const uint32_t> copied, uint32_t function) {
  uint32_t low = 0;
  uint32_t high = copied.size;
  while (low < high) {
    const uint32_t middle = low + (high - low) / 2;
    if (copied[middle] < function)
      low = middle + 1;
    else
      high = middle;
  }
  return low < copied.size && copied[low] == function ? int64_t{low} : -1;
}

void name_functions(Memory& memory, Reader& reader, uint32_t functions, Span<const uint32_t> copied,
                    Span<const AddedName> added, Writer& out) {
  const uint32_t count = reader.u32();
  const uint32_t start = reader.pos();
  const uint32_t end = reader.end();
  List<NewName> names(memory);
  for (uint32_t i = 0; i < count && reader.ok(); ++i) {
    const uint32_t function = reader.u32();
    const Bytes name = reader.raw_name();
    const int64_t place = place_of(copied, function);
    if (place >= 0) names.push({static_cast<uint32_t>(place), i, name});
  }
  if (reader.failed()) return;
  sort_by(names.span(), [](const NewName& one) { return one.order(); });
  const auto counts = [&names](uint32_t i) { return i + 1 == names.size() || names[i].place != names[i + 1].place; };
  uint32_t named = 0;
  for (uint32_t i = 0; i < names.size(); ++i) named += counts(i) ? 1 : 0;
  out.u32(count + named + added.size);
  out.copy(reader.module(), start, end);
  for (uint32_t i = 0; i < names.size(); ++i) {
    if (!counts(i)) continue;
    const Bytes name = decoded(memory, names[i].name);
    out.u32(functions + names[i].place);
    out.u32(name.size + 5);
    out.append(name);
    out.text(".cold");
  }
  for (const AddedName& one : added) {
    out.u32(one.function);
    out.name(bytes_of(one.name));
  }
}

// How many of the numbers are at most `label`; `least` of them are. The number of steps grows with the logarithm of how
// many more these are: a damaged section may name the same function, and its last label, as often as it has bytes.
uint32_t count_up_to(Span<uint32_t> ascending, uint32_t least, uint32_t label) {
  uint32_t step = 1;
  while (step <= ascending.size - least && ascending[least + step - 1] <= label) {
    least += step;
    step *= 2;
  }
  const uint32_t most = step < ascending.size - least ? step : ascending.size - least;
  const Span<uint32_t> rest{ascending.data + least, most};
  return least + lower_bound(rest, uint64_t{label} + 1, [](uint32_t one) { return one; });
}

void renumber_labels(Reader& reader, const AddedLabels& added, Writer& out) {
  const uint32_t functions = reader.u32();
  out.u32(functions);
  for (uint32_t i = 0; i < functions && reader.ok(); ++i) {
    const uint32_t function = reader.u32();
    const Span<uint32_t> labels_before = added.of(added.context, function);
    const uint32_t labels = reader.u32();
    out.u32(function);
    out.u32(labels);
    uint32_t before = 0;  // how many labels were added before this one; label numbers ascend
    for (uint32_t j = 0; j < labels && reader.ok(); ++j) {
      const uint32_t label = reader.u32();
      before = count_up_to(labels_before, before, label);
      out.u32(label + before);
      out.name(reader.raw_name());
    }
  }
}

// False: the section is damaged.
bool rename(Context& context, const Module& module, Reader& reader, const AddedLabels& added,
            Span<const uint32_t> copied, Span<const AddedName> added_names, Writer& out) {
  while (!reader.done()) {
    const uint32_t start = reader.pos();
    const uint8_t id = reader.u8();
    const uint32_t size = reader.u32();
    const uint32_t content = reader.pos();
    reader.skip(size);
    if (reader.failed()) return false;
    if (id != kNamesOfLabels && id != kNamesOfFunctions) {
      out.copy(module.bytes, start, reader.pos());
      continue;
    }
    Reader names(module.bytes, {content, reader.pos()});
    Writer renamed(context.emission, size + 64);
    if (id == kNamesOfLabels)
      renumber_labels(names, added, renamed);
    else
      name_functions(context.emission, names, module.functions(), copied, added_names, renamed);
    if (names.failed()) return false;
    out.u8(id);
    out.u32(renamed.size());
    out.append(renamed.bytes());
  }
  return true;
}

}  // namespace

void rename_all(Context& context, const Module& module, const Section& section, const AddedLabels& added,
                Span<const uint32_t> copied, Span<const AddedName> names, Writer& out) {
  const uint32_t start = out.size();
  Reader reader = module.read(section);
  if (rename(context, module, reader, added, copied, names, out)) return;
  out.truncate(start);
  out.copy(module.bytes, section.content.start, section.content.end);
}

}  // namespace wasmsig::instrument
