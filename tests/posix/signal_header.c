/*
 * What <signal.h> says, as a table. It is compiled twice: with our header as signal_header_ours, and with the C
 * library's own, which its objects were compiled with, as signal_header_theirs.
 */
#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE
#endif
#if defined(WSIG_TEST_THEIRS) && defined(__wasi__)
/* wasi-libc's header is musl's, which leaves most of it out unless it is told that it is the original. Two of its types
 * are not musl's. Nothing was compiled with them here: where they matter, wasi-libc has left musl's header out. */
#define _WASI_EMULATED_SIGNAL
#define __wasilibc_unmodified_upstream
#define __DEFINED_clock_t
typedef long clock_t;
#define __DEFINED_sigset_t
typedef struct {
  unsigned long bits[128 / sizeof(long)];
} sigset_t;
#endif

#include <signal.h>
#include <stddef.h>

#include "signal_header.h"

#if defined(WSIG_TEST_THEIRS)
#if defined(WASMSIG_POSIX_SIGNAL)
#error "this is our header"
#endif
#define ROWS signal_header_theirs
#else
#define ROWS signal_header_ours
#endif

/* The names are not arguments of a second macro: that would expand those that are macros. */
#define VALUE(name) {#name, (long long)(name)}
#define TYPE(type) \
  {#type ", size", sizeof(type)}, { #type ", alignment", _Alignof(type) }
#define MEMBER(type, name) \
  {#type "." #name ", offset", offsetof(type, name)}, { #type "." #name ", size", sizeof(((type*)0)->name) }

const struct signal_header_row ROWS[] = {
#define SIGBREAK 0 /* Windows has it, and Linux does not */
#define WSIG_SIGNAL(name, linux_number, windows_number, darwin_number, default_action, description) {#name, name},
#include "signals.def"
    VALUE(SIGIOT),
    VALUE(SIGPOLL),
    VALUE(SIGUNUSED),
    VALUE(_NSIG),
    VALUE(NSIG),

    VALUE(SIG_BLOCK),
    VALUE(SIG_UNBLOCK),
    VALUE(SIG_SETMASK),

    VALUE(SI_ASYNCNL),
    VALUE(SI_TKILL),
    VALUE(SI_SIGIO),
    VALUE(SI_ASYNCIO),
    VALUE(SI_MESGQ),
    VALUE(SI_TIMER),
    VALUE(SI_QUEUE),
    VALUE(SI_USER),
    VALUE(SI_KERNEL),

    VALUE(FPE_INTDIV),
    VALUE(FPE_INTOVF),
    VALUE(FPE_FLTDIV),
    VALUE(FPE_FLTOVF),
    VALUE(FPE_FLTUND),
    VALUE(FPE_FLTRES),
    VALUE(FPE_FLTINV),
    VALUE(FPE_FLTSUB),
    VALUE(ILL_ILLOPC),
    VALUE(ILL_ILLOPN),
    VALUE(ILL_ILLADR),
    VALUE(ILL_ILLTRP),
    VALUE(ILL_PRVOPC),
    VALUE(ILL_PRVREG),
    VALUE(ILL_COPROC),
    VALUE(ILL_BADSTK),
    VALUE(SEGV_MAPERR),
    VALUE(SEGV_ACCERR),
    VALUE(SEGV_BNDERR),
    VALUE(SEGV_PKUERR),
    VALUE(SEGV_MTEAERR),
    VALUE(SEGV_MTESERR),
    VALUE(BUS_ADRALN),
    VALUE(BUS_ADRERR),
    VALUE(BUS_OBJERR),
    VALUE(BUS_MCEERR_AR),
    VALUE(BUS_MCEERR_AO),
    VALUE(TRAP_BRKPT),
    VALUE(TRAP_TRACE),
    VALUE(TRAP_BRANCH),
    VALUE(TRAP_HWBKPT),
    VALUE(TRAP_UNK),
    VALUE(CLD_EXITED),
    VALUE(CLD_KILLED),
    VALUE(CLD_DUMPED),
    VALUE(CLD_TRAPPED),
    VALUE(CLD_STOPPED),
    VALUE(CLD_CONTINUED),
    VALUE(POLL_IN),
    VALUE(POLL_OUT),
    VALUE(POLL_MSG),
    VALUE(POLL_ERR),
    VALUE(POLL_PRI),
    VALUE(POLL_HUP),
    VALUE(SYS_SECCOMP),
    VALUE(SYS_USER_DISPATCH),

    VALUE(SA_UNSUPPORTED),
    VALUE(SA_EXPOSE_TAGBITS),
    VALUE(SS_ONSTACK),
    VALUE(SS_DISABLE),
    VALUE(SS_AUTODISARM),
    VALUE(SS_FLAG_BITS),
    VALUE(SIGEV_SIGNAL),
    VALUE(SIGEV_NONE),
    VALUE(SIGEV_THREAD),
    VALUE(SIGEV_THREAD_ID),
    {"SIG_ERR", (int)SIG_ERR},
    {"SIG_DFL", (int)SIG_DFL},

    TYPE(sig_atomic_t),
    TYPE(sigset_t),
    TYPE(union sigval),
    MEMBER(union sigval, sival_int),
    MEMBER(union sigval, sival_ptr),

    TYPE(siginfo_t),
    MEMBER(siginfo_t, si_signo),
    MEMBER(siginfo_t, si_errno),
    MEMBER(siginfo_t, si_code),
    MEMBER(siginfo_t, si_pid),
    MEMBER(siginfo_t, si_uid),
    MEMBER(siginfo_t, si_status),
    MEMBER(siginfo_t, si_utime),
    MEMBER(siginfo_t, si_stime),
    MEMBER(siginfo_t, si_value),
    MEMBER(siginfo_t, si_ptr),
    MEMBER(siginfo_t, si_int),
    MEMBER(siginfo_t, si_addr),
    MEMBER(siginfo_t, si_addr_lsb),
    MEMBER(siginfo_t, si_lower),
    MEMBER(siginfo_t, si_upper),
    MEMBER(siginfo_t, si_pkey),
    MEMBER(siginfo_t, si_band),
    MEMBER(siginfo_t, si_fd),
    MEMBER(siginfo_t, si_timerid),
    MEMBER(siginfo_t, si_overrun),
    MEMBER(siginfo_t, si_call_addr),
    MEMBER(siginfo_t, si_syscall),
    MEMBER(siginfo_t, si_arch),

    TYPE(struct sigaction),
    MEMBER(struct sigaction, sa_handler),
    MEMBER(struct sigaction, sa_sigaction),
    MEMBER(struct sigaction, sa_mask),
    MEMBER(struct sigaction, sa_flags),
    MEMBER(struct sigaction, sa_restorer),

    TYPE(struct sigevent),
    MEMBER(struct sigevent, sigev_value),
    MEMBER(struct sigevent, sigev_signo),
    MEMBER(struct sigevent, sigev_notify),
    MEMBER(struct sigevent, sigev_notify_thread_id),
    MEMBER(struct sigevent, sigev_notify_function),
    MEMBER(struct sigevent, sigev_notify_attributes),

/* wasi-libc's <bits/signal.h> has the numbers of signals only. */
#if !defined(__wasi__)
    {"SIG_IGN", (int)SIG_IGN},
    VALUE(SA_NOCLDSTOP),
    VALUE(SA_NOCLDWAIT),
    VALUE(SA_SIGINFO),
    VALUE(SA_RESTORER),
    VALUE(SA_ONSTACK),
    VALUE(SA_RESTART),
    VALUE(SA_NODEFER),
    VALUE(SA_RESETHAND),
    VALUE(SA_NOMASK),
    VALUE(SA_ONESHOT),
    VALUE(MINSIGSTKSZ),
    VALUE(SIGSTKSZ),

    TYPE(stack_t),
    MEMBER(stack_t, ss_sp),
    MEMBER(stack_t, ss_flags),
    MEMBER(stack_t, ss_size),

    TYPE(mcontext_t),
    MEMBER(ucontext_t, uc_flags),
    MEMBER(ucontext_t, uc_link),
    MEMBER(ucontext_t, uc_stack),
    MEMBER(ucontext_t, uc_mcontext),
    MEMBER(ucontext_t, uc_sigmask),
#endif
    {NULL, 0},
};
