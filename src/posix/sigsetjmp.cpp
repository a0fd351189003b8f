// The mask that sigsetjmp() keeps. Our <setjmp.h> calls these around the C library's setjmp() and longjmp(), so this
// file must not depend on whether the program was compiled with support for them: it knows musl's jmp_buf, not
// <setjmp.h>.
#include "posix/convert.hpp"

using namespace wasmsig;
using namespace wasmsig::posix;

extern "C" {

// The fields behind the C library's own part of a jmp_buf. Their offset differs, so the header passes their addresses.
void __wsig_sigsetjmp(unsigned long* saved, sigset_t* mask, int savemask) {
  *saved = savemask != 0;
  if (savemask) store(mask, process::mask());
}

// The mask comes back before the jump, as in glibc: what becomes deliverable runs its handlers here, on the old stack.
void __wsig_siglongjmp(const unsigned long* saved, const sigset_t* mask) {
  if (!*saved) return;
  const SignalSet wanted = from(*mask);
  process::set_mask(process::How::kSetMask, &wanted, nullptr);
}

}  // extern "C"
