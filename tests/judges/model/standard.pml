/*
 * Standard signals: the doorbell, what is inline in it, records, bits, the ring and sleeping (docs/host-abi.md). One
 * guest computes or sleeps; two agents send, and the timekeeper may ring.
 *
 *   FIRST, SECOND  how many signals they send
 *   SIGNALS        numbers that a sender chooses from
 *   VALUES         sender 0 queues values: never inline
 *   SYNCED         the guest has a block of its own, into which its agent moves what is in the host's: it loads the
 *                  doorbell before it exchanges it, and the host's block always has a waiter. To move a signal is to
 *                  accept it here: no other agent sees the guest's block.
 *   MORTAL         a sender may be terminated before any of its steps
 *   TIMER          the timekeeper rings once
 *
 * Each send has a number, which stands for the record's contents: sender, code, value.
 */
#ifndef FIRST
#define FIRST 2
#endif
#ifndef SECOND
#define SECOND 1
#endif
#ifndef SIGNALS
#define SIGNALS 1
#endif

#ifdef TIMER
#define AGENTS 3
#else
#define AGENTS 2
#endif

#define SIGNAL_BIT 1
#define TIMER_BIT 2
#define INLINE_BIT 4
#define INLINE(id) (INLINE_BIT | ((id) << 4))
#define BUSY 255

#ifdef MORTAL
#define may_end if :: true :: goto ended fi
#else
#define may_end skip
#endif

/* The block. */
short bell;
byte bits, sent[SIGNALS], ring, waiters;
bool asleep;  /* the guest waits for the word `ring` */
#ifdef VALUE_APART
byte value[SIGNALS];
#endif

/* What happened: a bit for each send. `returned`: its sender goes on. `served`: its signal was accepted after it
   began. */
byte started, returned, accepted, served, sent_of[SIGNALS];
byte finished;

#define ID(i) (1 << ((i) - 1))
#define TIMER_ID 8
#define begin(id) started = started | ID(id); sent_of[s] = sent_of[s] | ID(id)

/* --- a sender: each line is one atomic action
   ---------------------------------------------------------------------- */

/* After the doorbell: the ring count, then the waiters. Then the send has returned. */
inline wake_waiters(id) {
  atomic { may_end; waiting = waiters; if :: !waiting -> returned = returned | ID(id) :: else fi }
  if
  :: waiting -> atomic { may_end; ring++ }
     atomic { may_end; asleep = 0; waiting = 0; returned = returned | ID(id) }
  :: else
  fi
}

inline send(s) {
  if
#ifdef VALUES
  :: me == 0
#else
  :: false
#endif
  :: else ->
#ifdef INLINE_OVER
     atomic { may_end; begin(id); if :: !(bell & (SIGNAL_BIT | TIMER_BIT)) -> bell = INLINE(id); sent_inline = 1 :: else fi }
#else
     atomic { may_end; begin(id); if :: bell == 0 -> bell = INLINE(id); sent_inline = 1 :: else fi }
#endif
  fi;
  if
  :: sent_inline
  :: else ->
#ifdef BIT_BEFORE_RECORD
     atomic { may_end; bits = bits | (1 << s) }
#endif
#if defined(CLAIM)
     /* Version 2: a record of two words is claimed first. */
     atomic { may_end; begin(id); if :: sent[s] == 0 -> sent[s] = BUSY; won = 1 :: else fi }
     if :: won -> atomic { may_end; sent[s] = id; won = 0 } :: else fi;
#elif defined(VALUE_APART)
     atomic { may_end; begin(id); if :: sent[s] == 0 -> sent[s] = id; won = 1 :: else fi }
     if :: won -> atomic { may_end; value[s] = id; won = 0 } :: else fi;
#else
     atomic { may_end; begin(id); if :: sent[s] == 0 -> sent[s] = id :: else fi }
#endif
#ifndef BIT_BEFORE_RECORD
     atomic { may_end; bits = bits | (1 << s) }
#endif
     atomic { may_end; bell = bell | SIGNAL_BIT }
  fi;
#ifdef INLINE_WITHOUT_WAKE
  if :: sent_inline -> atomic { returned = returned | ID(id) } :: else -> wake_waiters(id) fi;
#else
  wake_waiters(id)
#endif
}

proctype Sender(byte me) {
  byte id = 1 + me * FIRST, left = (me == 0 -> FIRST : SECOND);
  byte s;
  bool sent_inline, won, waiting;
  do
  :: left > 0 ->
#if SIGNALS > 1
     if :: s = 0 :: s = 1 fi;
#endif
     send(s);
     atomic { id++; left--; s = 0; sent_inline = 0 }
  :: left == 0 -> break
  od;
ended:
  atomic { id = 0; left = 0; s = 0; sent_inline = 0; won = 0; waiting = 0; finished++ }
}

proctype Timekeeper() {
  bool waiting;
  atomic { may_end; bell = bell | TIMER_BIT }
  wake_waiters(TIMER_ID);
ended:
  atomic { waiting = 0; finished++ }
}

/* --- the guest
   ----------------------------------------------------------------------------------------------------- */

inline accept(what) {
  assert(what != BUSY && what != 0);
  assert(started & ID(what));
  assert(!(accepted & ID(what)));  /* none twice */
  accepted = accepted | ID(what);
  s = 0;
  do
  :: s < SIGNALS -> if :: sent_of[s] & ID(what) -> served = served | (sent_of[s] & started) :: else fi; s++
  :: else -> break
  od;
  woken = 1
}

/* The records of `found`, a set of bits. */
inline drain_records() {
  i = 0;
  do
  :: i < SIGNALS ->
     if
     :: !(found & (1 << i))
     :: else ->
        atomic { x = sent[i] }
        if
        /* Drained before: the send that has set the bit since then began before the other was accepted. */
        :: x == 0 || x == BUSY
        :: else ->
#ifdef ACCEPT_BEFORE_CLEAR
           atomic { accept(x) }
           atomic { sent[i] = 0 }
#else
#ifdef VALUE_APART
           atomic { assert(value[i] == x) }
#endif
           atomic { sent[i] = 0 }
           atomic { accept(x) }
#endif
        fi
     fi;
     i++
  :: else -> break
  od;
  atomic { i = 0; x = 0; found = 0; s = 0 }
}

inline drain() {
#ifndef RING_LOADED_LATE
  atomic { r = ring }
#endif
#ifdef BITS_BEFORE_BELL
  atomic { found = bits; bits = 0 }
#endif
#ifdef BELL_CLEARED_LATE
  atomic { d = bell }
  atomic { bell = 0 }
#else
#ifdef SYNCED
  if
  :: atomic { bell == 0 -> skip }
  :: atomic { bell != 0 -> skip }
#endif
  atomic { d = bell; bell = 0 }
#ifdef SYNCED
  fi;
#endif
#endif
  atomic {
    if :: d & INLINE_BIT -> x = d >> 4; accept(x); x = 0 :: else fi;
    if :: d & TIMER_BIT -> served = served | ID(TIMER_ID); woken = 1 :: else fi
  }
  if
  :: d & SIGNAL_BIT ->
#ifndef BITS_BEFORE_BELL
     atomic { found = bits; bits = 0 }
#endif
     drain_records()
  :: else
  fi;
#ifdef RING_LOADED_LATE
  atomic { r = ring }
#endif
  atomic { d = 0; found = 0 }
}

active proctype Guest() {
  short d;
  byte found, x, r, i, s;
  bool woken;
  do
  :: atomic { bell != 0 -> woken = 0 }  /* a safe point while it computes */
     drain()
  :: finished < AGENTS ->  /* it sleeps until it has accepted something */
#ifndef WAITER_LATE
     atomic { waiters = 1; woken = 0 }
#else
     atomic { woken = 0 }
#endif
     do
     :: drain();
        if :: woken -> break :: else fi;
#ifdef WAITER_LATE
        atomic { waiters = 1 }
#endif
        atomic { if :: ring == r -> asleep = 1 :: else fi; r = 0 }
        if
        :: atomic { !asleep -> skip }
        :: atomic { asleep && finished == AGENTS -> goto end_of_time }
        fi
     od;
#ifndef SYNCED
     atomic { waiters = 0; r = 0 }  /* synced, the host's block always has a waiter */
#endif
  :: atomic { finished == AGENTS && bell == 0 -> goto end_of_time }
  od;
end_of_time:
  assert(!(returned & ~served))  /* none lost */
}

init {
  atomic {
#ifdef SYNCED
    waiters = 1;
#endif
    run Sender(0);
    run Sender(1);
#ifdef TIMER
    run Timekeeper();
#endif
  }
}
