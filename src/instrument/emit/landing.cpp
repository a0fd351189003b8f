#include "instrument/emit/landing.hpp"

#include "instrument/emit/handler_finder.hpp"
#include "instrument/sort.hpp"

namespace wasmsig::instrument {
namespace {

// An upper bound of the bytes that landings may add to a function.
constexpr double kMaxBytes = 1 << 18;
constexpr uint64_t kMaxLocals = 1 << 24;  // over what engines accept

constexpr auto kPlaceAt = [](PlaceLink link) { return link.place->at; };
constexpr auto kKeepingAt = [](const Landing::Keeping& keeping) { return keeping.at; };

// Makes the landing of what was found in a function.
class Builder {
 public:
  Builder(Context& context, const HandlerFinder& finder, const Locals& locals, const Jumps& jumps)
      : memory_(context.emission),
        finder_(finder),
        locals_(locals),
        jumps_(jumps),
        places_(memory_),
        landings_(memory_),
        added_(memory_) {
    find_places();
  }

  bool has_landings() const { return !landings_.empty(); }

  void build(const Range& body, uint32_t parameters, Landing& result) {
    result.tag = finder_.tag() < 0 ? 0 : static_cast<uint32_t>(finder_.tag());
    result.older = jumps_.older;
    result.legacy = jumps_.older != nullptr || finder_.legacy();
    result.start = body.start;
    result.body = &finder_.root()->arm(Part::kFirst);
    result.only = landings_[0];
    result.way = add(type::kI32);
    result.jump = add(type::kI32);
    if (jumps_.older) {
      add(type::kI32);
      add(type::kI32);
    }
    result.condition = add(type::kI32);
    if (jumps_.older || landings_.size() > 1) result.last = add(type::kI32);
    result.keeping = find_keeping();
    result.kept = keep_locals(parameters);
    for (const PlaceLink link : places_) name_operands(*link.place);
    result.places = sorted_;
    result.locals = added_.span();
    const double size = (static_cast<double>(result.kept.size) * (result.keeping.size + 1.0) +
                         static_cast<double>(finder_.operands()) * 3 + places_.size() * 4.0) *
                        10;
    result.is_there = size <= kMaxBytes && !has_unknown_ && !locals_.has_never_null() && locals_.size() <= kMaxLocals;
    result.is_lost = !result.is_there || finder_.is_lost();
  }

 private:
  // The places within all constructs, the outer ones first.
  void find_places() {
    const auto append = [this](const Arm& arm) { places_.append(arm.places.begin(), arm.places.size()); };
    append(finder_.root()->arm(Part::kFirst));
    for (uint32_t i = 0; i < places_.size(); ++i)
      for (const Arm& arm : places_[i].place->arms) append(arm);
    sorted_ = keep(memory_, places_);
    sort_by(sorted_, kPlaceAt);
    for (const PlaceLink link : sorted_)
      if (link.place->lands) landings_.push(link.place->at);
  }

  uint32_t add(uint8_t type) {
    has_unknown_ = has_unknown_ || type == type::kNone;
    added_.push(type);
    return static_cast<uint32_t>(locals_.size()) + added_.size() - 1;
  }

  bool is_place(uint32_t at) const {
    const uint32_t found = lower_bound(sorted_, at, kPlaceAt);
    return found < sorted_.size && sorted_[found].place->at == at;
  }

  Span<Landing::Keeping> find_keeping() {
    List<Landing::Keeping> list(memory_);
    for (const HandlerFinder::Protected& one : finder_.keeping())
      if (counts(one.call)) list.push({one.call.at, is_place(one.handler) ? int64_t{one.handler} : -1});
    // The calls in the try follow that of setjmp.
    for (const HandlerFinder::Call& call : finder_.calls())
      if (call.is_setjmp && !jumps_.older) list.push({call.at, landing_behind(call.at)});
    sort_by(list.span(), kKeepingAt);
    return list.span();
  }

  // Whether a call that a handler protects says which handler a jump is for.
  bool counts(const HandlerFinder::Call& call) const {
    const bool is_quiet = call.function >= 0 && jumps_.is_quiet(static_cast<uint32_t>(call.function));
    return landings_.size() < 2 || call.is_setjmp || !is_quiet;
  }

  uint32_t landing_behind(uint32_t at) const {
    const uint32_t next = lower_bound(landings_.span(), uint64_t{at} + 1, [](uint32_t one) { return one; });
    return landings_[next < landings_.size() ? next : landings_.size() - 1];
  }

  Span<Landing::Kept> keep_locals(uint32_t parameters) {
    List<Landing::Kept> list(memory_);
    for (const HandlerFinder::Written& write : finder_.writes())
      if (write.times > (write.local < parameters ? 0U : 1U)) list.push({write.local, add(locals_[write.local])});
    return list.span();
  }

  void name_operands(Place& place) {
    place.spilled = name(place.types);
    for (Arm& arm : place.arms) arm.begins = name(arm.types);
  }

  Span<uint32_t> name(Span<const uint8_t> types) {
    auto* const locals = memory_.uninitialised<uint32_t>(types.size);
    for (uint32_t i = 0; i < types.size; ++i) locals[i] = add(types[i]);
    return {locals, types.size};
  }

  Memory& memory_;
  const HandlerFinder& finder_;
  const Locals& locals_;
  const Jumps& jumps_;
  List<PlaceLink> places_;
  Span<PlaceLink> sorted_;   // by their offsets
  List<uint32_t> landings_;  // the offsets of the places where control lands, ascending
  List<uint8_t> added_;
  bool has_unknown_ = false;
};

}  // namespace

const Place* Landing::place(uint32_t at) const {
  const uint32_t found = lower_bound(places, at, kPlaceAt);
  return found < places.size && places[found].place->at == at ? places[found].place : nullptr;
}

const Landing::Keeping* Landing::keeping_at(uint32_t at) const {
  const uint32_t found = lower_bound(keeping, at, kKeepingAt);
  return found < keeping.size && keeping[found].at == at ? &keeping[found] : nullptr;
}

Landing find_landing(Context& context, const Module& module, OperandTypes& types, uint32_t function, const Jumps& jumps,
                     bool has_safe_points) {
  Landing result;
  const FunctionType* const type = module.function_type(function);
  if (!type) return result;
  context.scratch.reset();
  const Range& body = *module.body(function);
  const Locals locals(context.scratch, module, *type, body);
  HandlerFinder finder(context, module, types, locals, jumps);
  Reader reader(module.bytes, body);
  walk_body(reader, finder);
  bool is_wanted = has_safe_points;
  for (const HandlerFinder::Call& call : finder.calls())
    is_wanted = is_wanted || (call.function >= 0 && jumps.is_jumper(static_cast<uint32_t>(call.function)));
  Builder builder(context, finder, locals, jumps);
  if (!is_wanted || !builder.has_landings()) {
    result.is_lost = is_wanted && finder.is_lost();
    return result;
  }
  builder.build(body, type->param_count, result);
  return result;
}

}  // namespace wasmsig::instrument
