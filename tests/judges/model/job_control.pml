/*
 * SIGCONT and the stops: in the order of sending. Two agents send FIRST and SECOND of them, each SIGCONT, SIGSTOP or
 * SIGTSTP; the guest drains, and applies what it finds. At the end it must be as some order of the sends leaves a
 * process of Linux, in which each send comes after those that had returned before it began.
 *
 *   FIRST, SECOND  how many signals they send
 *   MORTAL         a sender may be terminated before any of its steps
 *   ONE_DRAIN      the guest drains at the end only: then the pending signals must also be those sends that Linux would
 *                  have kept
 *
 * Otherwise a signal that is drained may carry the record of another send of that signal, because the record is one
 * word and the bit another; but it is never one that had returned before each send that it can stand for.
 */
#ifndef FIRST
#define FIRST 2
#endif
#ifndef SECOND
#define SECOND 1
#endif
#define SENDS (FIRST + SECOND)

#define CONT 0
#define STOP 1  /* stops at once */
#define TSTP 2  /* stays pending: the guest blocks it, and SIGCONT too */
#define SIGNALS 3

#ifdef MORTAL
#define may_end if :: true :: goto ended fi
#else
#define may_end skip
#endif

/* The block. `sent`: what stands in the record, the number of a send. */
byte bits, sent[SIGNALS];
bool bell;
#ifdef TICKETS
byte seq, order[SIGNALS], drained[SIGNALS];
#endif

/* The process: whether it is stopped, and of the pending signals the send that they came from. 0: not pending. */
bool stopped;
byte pending[SIGNALS];

/* What happened. A send's number is 1 more than its place here. `before`: those that had returned when it began. */
byte started, returned, signal_of[SENDS], before[SENDS];
byte finished;
bool as_linux;

#define ID(i) (1 << ((i) - 1))

c_decl {
  typedef struct { int stopped, cont, tstp; } Kernel;

  /* Linux, prepare_signal() and send_signal(): a stop discards a pending SIGCONT, SIGCONT the pending stops; a
     pending signal stays what it is. */
  static Kernel kernel_send(Kernel k, int signal, int id) {
    if (signal == 0) {
      k.stopped = k.tstp = 0;
      if (!k.cont) k.cont = id;
    } else {
      k.cont = 0;
      if (signal == 1) k.stopped = 1;
      else if (!k.tstp) k.tstp = id;
    }
    return k;
  }

  static int equal(Kernel a, Kernel b) {
#ifdef ONE_DRAIN
    return a.stopped == b.stopped && a.cont == b.cont && a.tstp == b.tstp;
#else
    return a.stopped == b.stopped && !a.cont == !b.cont && !a.tstp == !b.tstp;
#endif
  }

  /* Whether some order of the sends leads to `wanted`. `used`: those that came already; `may`: those that began;
     `must`: those that returned. */
  static int reachable(Kernel k, Kernel wanted, int used, int may, int must, const unsigned char *signal, const unsigned char *before) {
    if ((used & must) == must && equal(k, wanted)) return 1;
    for (int i = 0; may >> i; i++) {
      if (!(may >> i & 1) || used >> i & 1 || (before[i] & ~used)) continue;
      if (reachable(kernel_send(k, signal[i], i + 1), wanted, used | 1 << i, may, must, signal, before)) return 1;
    }
    return 0;
  }
}

inline send(s) {
#ifdef TICKETS
  /* What was tried first: a ticket for each send. */
  atomic {
    may_end; started = started | ID(id); signal_of[id - 1] = s; before[id - 1] = returned;
    seq++; t = seq
  }
  atomic { may_end; sent[s] = id }
  atomic { may_end; if :: order[s] < t -> order[s] = t :: else fi }
  atomic { may_end; bits = bits | (1 << s) }
#else
  do
  :: atomic {
       may_end;
       if :: !(started & ID(id)) -> started = started | ID(id); signal_of[id - 1] = s; before[id - 1] = returned :: else fi;
       t = bits;
#ifdef KEPT_WHEN_UNDONE
       keep = (t & (1 << s)) != 0
#else
       keep = (t & (1 << s)) && (s != CONT || !(t & 6))
#endif
     }
     #ifdef RECORD_STAYS
     if :: !keep -> atomic { may_end; if :: sent[s] == 0 -> sent[s] = id :: else fi } :: else fi;
#else
     if :: !keep -> atomic { may_end; sent[s] = id } :: else fi;
#endif
#ifdef OR
     atomic { may_end; if :: s == CONT -> bits = bits & 1 :: else fi }
     atomic { may_end; bits = bits | (1 << s) } break
#else
     atomic {
       may_end;
       if
       :: bits == t ->
#ifdef STOPS_STAY
          bits = bits | (1 << s);
#else
          if :: s == CONT -> bits = (bits & ~6) | 1 :: else -> bits = bits | (1 << s) fi;
#endif
          won = 1
       :: else
       fi
     }
     if :: won -> break :: else fi
#endif
  od;
#endif
  atomic { may_end; bell = 1; returned = returned | ID(id); t = 0; keep = 0; won = 0 }
}

proctype Sender(byte me) {
  byte id = (me == 0 -> 1 : 1 + FIRST), left = (me == 0 -> FIRST : SECOND);
  byte s, t;
  bool keep, won;
  do
  :: left > 0 ->
     if :: s = CONT :: s = STOP :: s = TSTP fi;
     send(s);
     atomic { id++; left--; s = 0 }
  :: left == 0 -> break
  od;
ended:
  atomic { id = 0; left = 0; s = 0; t = 0; keep = 0; won = 0; finished++ }
}

/* Some send of this signal that had not returned when the guest exchanged the bits last time, and did not begin
   after that of the record had returned. */
inline check_record(s) {
  fresh = 0; n = 0;
  do
  :: n < SENDS ->
     if
     :: (started & (1 << n)) && signal_of[n] == s && !(old & (1 << n)) && !(before[n] & ID(sent[s])) -> fresh = 1
     :: else
     fi;
     n++
  :: else -> break
  od;
  assert(sent[s] && signal_of[sent[s] - 1] == s && fresh);
  n = 0; fresh = 0
}

inline generate(s) {
  check_record(s);
  if
  :: s == CONT -> stopped = 0; pending[TSTP] = 0; if :: !pending[CONT] -> pending[CONT] = sent[s] :: else fi
  :: s == STOP -> stopped = 1; pending[CONT] = 0
  :: s == TSTP -> pending[CONT] = 0; if :: !pending[TSTP] -> pending[TSTP] = sent[s] :: else fi
  fi
}

active proctype Guest() {
  byte b, n, old, now_old;
  bool fresh;
#ifdef TICKETS
  byte o[SIGNALS], i, f;
#endif
  do
#ifdef ONE_DRAIN
  :: atomic { bell && finished == 2 -> bell = 0 }
#else
  :: atomic { bell -> bell = 0 }
#endif
     atomic { b = bits; bits = 0; now_old = returned }
#ifdef TICKETS
     do :: atomic { i < SIGNALS -> o[i] = order[i]; i++ } :: i == SIGNALS -> break od;
     atomic {
       do
       :: b == 0 -> break
       :: else ->
          f = SIGNALS; i = 0;
          do
          :: i < SIGNALS -> if :: (b & (1 << i)) && (f == SIGNALS || o[i] < o[f]) -> f = i :: else fi; i++
          :: else -> break
          od;
          b = b & ~(1 << f);
          if
          :: o[f] <= drained[f] || (f != CONT && o[f] < drained[CONT]) || (f == CONT && (o[f] < drained[STOP] || o[f] < drained[TSTP]))
          :: else -> drained[f] = o[f]; generate(f)
          fi
       od;
       i = 0; f = 0; o[0] = 0; o[1] = 0; o[2] = 0; old = now_old; now_old = 0
     }
#else
#ifdef STOPS_FIRST
     if :: atomic { b & 2 -> generate(STOP) } :: !(b & 2) fi;
     if :: atomic { b & 4 -> generate(TSTP) } :: !(b & 4) fi;
     if :: atomic { b & 1 -> generate(CONT) } :: !(b & 1) fi;
#else
     if :: atomic { b & 1 -> generate(CONT) } :: !(b & 1) fi;
     if :: atomic { b & 2 -> generate(STOP) } :: !(b & 2) fi;
     if :: atomic { b & 4 -> generate(TSTP) } :: !(b & 4) fi;
#endif
     atomic { b = 0; old = now_old; now_old = 0 }
#endif
  :: atomic { finished == 2 && !bell -> break }
  od;
  c_code {
    const Kernel none = { 0, 0, 0 }, found = { now.stopped, now.pending[0], now.pending[2] };
    now.as_linux = reachable(none, found, 0, now.started, now.returned, now.signal_of, now.before);
  };
  assert(as_linux)
}

init { atomic { run Sender(0); run Sender(1) } }
