/*
 * <signal.h> for wasm programs: POSIX.1-2024 with the XSI option, and what Linux and the BSDs add. It is laid over the
 * C library's own header with -isystem and replaces it entirely, on WASI (no _WASI_EMULATED_SIGNAL needed) and on
 * Emscripten.
 *
 * Where names, values and layouts come from:
 *
 *   Names       POSIX.1-2024 (Issue 8), Base Definitions, <signal.h>, which also says what is a type, a macro or a
 *               function. Names that POSIX does not have are in signal(7), sigaction(2), sigaltstack(2),
 *               sigevent(3type) and sigsetops(3) of Linux.
 *   Signals     The numbers are those of signal(7) for x86 and ARM. They are generated from src/signals.def.
 *   Constants   The values of SIG_BLOCK, SA_, SS_, SIGEV_, the codes of si_code and the sizes of stacks are those of
 *               Linux on every processor that has none of its own: include/uapi/asm-generic/signal.h, signal-defs.h and
 *               siginfo.h, and include/uapi/linux/signal.h. SA_RESTORER is x86's and ARM's.
 *   Layouts     siginfo_t and struct sigevent are Linux's for 32-bit pointers (ILP32): asm-generic/siginfo.h. All other
 *               types are the ABI of musl, from which the C libraries of both targets come.
 *   Handlers    SIG_DFL and SIG_ERR are Linux's. SIG_IGN is -2, as in Emscripten's header, and SIG_HOLD -3: on wasm a
 *               function pointer is a table index, and 1 and 2 are real ones.
 *
 * So objects that were compiled with the C library's header fit, such as Emscripten's prebuilt libraries. A test
 * compares every value and every member (tests/posix/signal_header.c). Names that begin with __wsig_ or __WSIG_ are
 * private.
 */
#ifndef _SIGNAL_H /* as in the C libraries: of two headers that are found, one is read */
#define _SIGNAL_H

#include <features.h>

/* Says that this header, and so the library behind it, is in use. */
#define WASMSIG_POSIX_SIGNAL 1

/* How much of the functions a program sees; each level has those below it. Undefined at the end of this file. */
#if defined(_GNU_SOURCE)
#define __WSIG_LEVEL 4
#elif defined(_BSD_SOURCE) /* <features.h> defines it where a program asked for nothing */
#define __WSIG_LEVEL 3
#elif defined(_XOPEN_SOURCE)
#define __WSIG_LEVEL 2
#elif defined(_POSIX_C_SOURCE) || defined(_POSIX_SOURCE)
#define __WSIG_LEVEL 1
#else /* ISO C */
#define __WSIG_LEVEL 0
#endif

/* The C library has its types in one file, which defines those that are asked for: so each is defined once, whatever
 * other headers are included. POSIX does not have clock_t and time_t here, the C libraries do. */
#define __NEED_clock_t
#define __NEED_pid_t
#define __NEED_pthread_attr_t
#define __NEED_pthread_t
#define __NEED_sigset_t
#define __NEED_size_t
#define __NEED_struct_timespec
#define __NEED_time_t
#define __NEED_uid_t
#include <bits/alltypes.h>

typedef int sig_atomic_t;

#ifdef __cplusplus
extern "C" {
#endif

/* ---- numbers of signals ------------------------------------------------------------------------------------------ */

/* Generated from src/signals.def by scripts/generate.mjs. */
#define SIGHUP 1
#define SIGINT 2
#define SIGQUIT 3
#define SIGILL 4
#define SIGTRAP 5
#define SIGABRT 6
#define SIGBUS 7
#define SIGFPE 8
#define SIGKILL 9
#define SIGUSR1 10
#define SIGSEGV 11
#define SIGUSR2 12
#define SIGPIPE 13
#define SIGALRM 14
#define SIGTERM 15
#define SIGSTKFLT 16
#define SIGCHLD 17
#define SIGCONT 18
#define SIGSTOP 19
#define SIGTSTP 20
#define SIGTTIN 21
#define SIGTTOU 22
#define SIGURG 23
#define SIGXCPU 24
#define SIGXFSZ 25
#define SIGVTALRM 26
#define SIGPROF 27
#define SIGWINCH 28
#define SIGIO 29
#define SIGPWR 30
#define SIGSYS 31
#define SIGIOT SIGABRT
#define SIGPOLL SIGIO
#define SIGCLD SIGCHLD
#define _NSIG 65
/* End of what is generated. */
#define SIGUNUSED SIGSYS /* its name on Linux before it had a use */
#define NSIG _NSIG

/* The C library keeps the first real-time signals for itself. The two functions are part of the ABI of musl: objects
 * that were compiled with its header call them for SIGRTMIN and SIGRTMAX. */
int __libc_current_sigrtmin(void);
int __libc_current_sigrtmax(void);
#define SIGRTMIN (__libc_current_sigrtmin())
#define SIGRTMAX (__libc_current_sigrtmax())

/* ---- siginfo_t: what comes with a signal ------------------------------------------------------------------------- */

union sigval {
  int sival_int;
  void* sival_ptr;
};

/* The members of the union belong to kinds of senders; si_signo and si_code say which. It has 128 bytes, also where
 * pointers have 64 bits. __extension__ is for programs that are compiled for a standard without unnamed members. */
typedef struct {
  int si_signo;
  int si_errno;
  int si_code;
  __extension__ union {
    /* First, so that an initializer {0} clears all of it. */
    long __wsig_all[(128 - 3 * sizeof(int)) / sizeof(long)];
    /* A process: kill(), sigqueue(). */
    __extension__ struct {
      pid_t si_pid;
      uid_t si_uid;
      union sigval si_value;
    };
    /* A timer, which has si_value too. */
    __extension__ struct {
      int si_timerid;
      int si_overrun;
    };
    /* A child, which has si_pid and si_uid too. Its times are not clock_t, to which wasi-libc gives 64 bits. */
    __extension__ struct {
      int __wsig_pid_uid[2];
      int si_status;
      long si_utime;
      long si_stime;
    };
    /* An instruction that failed. */
    __extension__ struct {
      void* si_addr;
      short si_addr_lsb;
      __extension__ union {
        unsigned si_pkey;
        __extension__ struct {
          void* si_lower;
          void* si_upper;
        };
      };
    };
    /* A descriptor that is ready. */
    __extension__ struct {
      long si_band;
      int si_fd;
    };
    /* A system call that is not allowed. */
    __extension__ struct {
      void* si_call_addr;
      int si_syscall;
      unsigned si_arch;
    };
  };
} siginfo_t;

/* C libraries have macros for the members of unions, and programs ask for them with #ifdef. */
#define si_pid si_pid
#define si_uid si_uid
#define si_value si_value
#define si_int si_value.sival_int
#define si_ptr si_value.sival_ptr
#define si_timerid si_timerid
#define si_overrun si_overrun
#define si_status si_status
#define si_utime si_utime
#define si_stime si_stime
#define si_addr si_addr
#define si_addr_lsb si_addr_lsb
#define si_pkey si_pkey
#define si_lower si_lower
#define si_upper si_upper
#define si_band si_band
#define si_fd si_fd
#define si_call_addr si_call_addr
#define si_syscall si_syscall
#define si_arch si_arch

/* si_code of any signal. Above 0 the kernel sent it, at 0 and below a process asked for it. */
#define SI_KERNEL 128
#define SI_USER 0
#define SI_QUEUE (-1)
#define SI_TIMER (-2)
#define SI_MESGQ (-3)
#define SI_ASYNCIO (-4)
#define SI_SIGIO (-5)
#define SI_TKILL (-6)
#define SI_ASYNCNL (-60)

/* SIGCHLD. */
#define CLD_EXITED 1
#define CLD_KILLED 2
#define CLD_DUMPED 3
#define CLD_TRAPPED 4
#define CLD_STOPPED 5
#define CLD_CONTINUED 6

/* SIGSEGV. */
#define SEGV_MAPERR 1
#define SEGV_ACCERR 2
#define SEGV_BNDERR 3
#define SEGV_PKUERR 4
#define SEGV_MTEAERR 8
#define SEGV_MTESERR 9

/* SIGBUS. */
#define BUS_ADRALN 1
#define BUS_ADRERR 2
#define BUS_OBJERR 3
#define BUS_MCEERR_AR 4
#define BUS_MCEERR_AO 5

/* SIGFPE. */
#define FPE_INTDIV 1
#define FPE_INTOVF 2
#define FPE_FLTDIV 3
#define FPE_FLTOVF 4
#define FPE_FLTUND 5
#define FPE_FLTRES 6
#define FPE_FLTINV 7
#define FPE_FLTSUB 8

/* SIGILL. */
#define ILL_ILLOPC 1
#define ILL_ILLOPN 2
#define ILL_ILLADR 3
#define ILL_ILLTRP 4
#define ILL_PRVOPC 5
#define ILL_PRVREG 6
#define ILL_COPROC 7
#define ILL_BADSTK 8

/* SIGTRAP. */
#define TRAP_BRKPT 1
#define TRAP_TRACE 2
#define TRAP_BRANCH 3
#define TRAP_HWBKPT 4
#define TRAP_UNK 5

/* SIGIO. */
#define POLL_IN 1
#define POLL_OUT 2
#define POLL_MSG 3
#define POLL_ERR 4
#define POLL_PRI 5
#define POLL_HUP 6

/* SIGSYS. */
#define SYS_SECCOMP 1
#define SYS_USER_DISPATCH 2

/* ---- actions ----------------------------------------------------------------------------------------------------- */

#define SIG_DFL ((void (*)(int))0)
#define SIG_ERR ((void (*)(int))(-1))
#define SIG_IGN ((void (*)(int))(-2))
#define SIG_HOLD ((void (*)(int))(-3))

struct sigaction {
  __extension__ union {
    void (*sa_handler)(int);
    void (*sa_sigaction)(int, siginfo_t*, void*); /* with SA_SIGINFO */
  };
  sigset_t sa_mask;
  int sa_flags;
  void (*sa_restorer)(void); /* of the kernel and the C library, on processors */
};
#define sa_handler sa_handler
#define sa_sigaction sa_sigaction

#define SA_NOCLDSTOP 0x00000001
#define SA_NOCLDWAIT 0x00000002
#define SA_SIGINFO 0x00000004
#define SA_UNSUPPORTED 0x00000400
#define SA_EXPOSE_TAGBITS 0x00000800
#define SA_RESTORER 0x04000000
#define SA_ONSTACK 0x08000000
#define SA_RESTART 0x10000000
#define SA_NODEFER 0x40000000
#define SA_RESETHAND 0x80000000
#define SA_NOMASK SA_NODEFER
#define SA_ONESHOT SA_RESETHAND

void (*signal(int, void (*)(int)))(int);
#if __WSIG_LEVEL >= 1
int sigaction(int, const struct sigaction* __restrict, struct sigaction* __restrict);
#endif
#if __WSIG_LEVEL >= 2
void (*bsd_signal(int, void (*)(int)))(int);
void (*sigset(int, void (*)(int)))(int);
int sigignore(int);
int siginterrupt(int, int);
#endif
#if __WSIG_LEVEL >= 3
typedef void (*sig_t)(int);
#endif
#if __WSIG_LEVEL >= 4
typedef void (*sighandler_t)(int);
#endif

/* ---- sets and masks ---------------------------------------------------------------------------------------------- */

#define SIG_BLOCK 0
#define SIG_UNBLOCK 1
#define SIG_SETMASK 2

#if __WSIG_LEVEL >= 1
int sigemptyset(sigset_t*);
int sigfillset(sigset_t*);
int sigaddset(sigset_t*, int);
int sigdelset(sigset_t*, int);
int sigismember(const sigset_t*, int);

int pthread_sigmask(int, const sigset_t* __restrict, sigset_t* __restrict);
int sigprocmask(int, const sigset_t* __restrict, sigset_t* __restrict);
int sigpending(sigset_t*);
#endif
#if __WSIG_LEVEL >= 2
int sighold(int);
int sigrelse(int);
#endif
#if __WSIG_LEVEL >= 3
/* Masks as an int, whose bit 0 is signal 1: of 4.2BSD. They leave the other signals as they are, except sigsetmask(),
 * which unblocks them. Source: sigvec(3). */
#define sigmask(signo) ((int)(1u << ((signo) - 1)))
int sigblock(int);
int sigsetmask(int);
int siggetmask(void);
#endif
#if __WSIG_LEVEL >= 4
int sigandset(sigset_t*, const sigset_t*, const sigset_t*);
int sigorset(sigset_t*, const sigset_t*, const sigset_t*);
int sigisemptyset(const sigset_t*);
#endif

/* ---- sending and waiting ----------------------------------------------------------------------------------------- */

int raise(int);
#if __WSIG_LEVEL >= 1
int kill(pid_t, int);
int pthread_kill(pthread_t, int);
int sigqueue(pid_t, int, union sigval);

int sigsuspend(const sigset_t*);
int sigwait(const sigset_t* __restrict, int* __restrict);
int sigwaitinfo(const sigset_t* __restrict, siginfo_t* __restrict);
int sigtimedwait(const sigset_t* __restrict, siginfo_t* __restrict, const struct timespec* __restrict);
#endif
#if __WSIG_LEVEL >= 2
int killpg(pid_t, int);
int sigpause(int);
#endif
#if __WSIG_LEVEL >= 4
int pthread_sigqueue(pthread_t, int, const union sigval);
#endif

/* What <time.h>, <aio.h> and <mqueue.h> are given to send. It has 64 bytes, as siginfo_t has 128. */
struct sigevent {
  union sigval sigev_value;
  int sigev_signo;
  int sigev_notify;
  __extension__ union {
    long __wsig_all[(64 - 2 * sizeof(int) - sizeof(union sigval)) / sizeof(long)];
    /* SIGEV_THREAD. */
    __extension__ struct {
      void (*sigev_notify_function)(union sigval);
      pthread_attr_t* sigev_notify_attributes;
    };
    /* SIGEV_THREAD_ID. */
    pid_t sigev_notify_thread_id;
  };
};
#define sigev_notify_function sigev_notify_function
#define sigev_notify_attributes sigev_notify_attributes
#define sigev_notify_thread_id sigev_notify_thread_id

#define SIGEV_SIGNAL 0
#define SIGEV_NONE 1
#define SIGEV_THREAD 2
#define SIGEV_THREAD_ID 4

/* ---- stacks and contexts ----------------------------------------------------------------------------------------- */

/* The C library's own stack in linear memory is what an alternate stack replaces; wasm's operand stack cannot be. */
typedef struct sigaltstack {
  void* ss_sp;
  int ss_flags;
  size_t ss_size;
} stack_t;

#define SS_ONSTACK 1
#define SS_DISABLE 2
#define SS_AUTODISARM (1U << 31)
#define SS_FLAG_BITS SS_AUTODISARM
#define MINSIGSTKSZ 2048
#define SIGSTKSZ 8192

#if __WSIG_LEVEL >= 2
int sigaltstack(const stack_t* __restrict, stack_t* __restrict);
#endif

/* There are no machine registers to show; this is their room in musl's. */
typedef struct {
  int __wsig_none[22];
} mcontext_t;

/* C++ has the tag in the names of functions, so it is musl's, which hides it where the name belongs to programs. */
#if __WSIG_LEVEL >= 4
#define __WSIG_UCONTEXT ucontext
#else
#define __WSIG_UCONTEXT __ucontext
#endif
typedef struct __WSIG_UCONTEXT {
  unsigned long uc_flags;
  struct __WSIG_UCONTEXT* uc_link;
  stack_t uc_stack;
  mcontext_t uc_mcontext;
  sigset_t uc_sigmask;
} ucontext_t;
#undef __WSIG_UCONTEXT

/* ---- signals as text --------------------------------------------------------------------------------------------- */

#if __WSIG_LEVEL >= 1
void psignal(int, const char*);
void psiginfo(const siginfo_t*, const char*);

/* POSIX.1-2024. The longest text is "RTMIN+" with a number. */
#define SIG2STR_MAX (sizeof "RTMIN+" + 10)
int sig2str(int, char*);
int str2sig(const char* __restrict, int* __restrict);
#endif

#undef __WSIG_LEVEL

#ifdef __cplusplus
}
#endif

#endif
