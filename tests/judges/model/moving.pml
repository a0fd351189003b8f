/*
 * From the host's block to the guest's. The owner sends SENDS signals, standard and real-time. The guest's agent
 * attaches: it moves what is in the host's block, tells the owner, and drains the guest's block only. The owner moves
 * the rest, and sends to the guest's block when nothing is left in the host's.
 *
 *   SENDS       how many
 *   HOST, ROOM  cells of the two real-time rings
 *   SYNCED      memory that is not shared: the guest's agent moves before each drain, and the owner never learns of the
 *               other block
 *
 * A ring of cells is a queue here and a record with its bit one flag: real_time.pml and standard.pml have their
 * insides.
 */
#ifndef SENDS
#define SENDS 4
#endif
#ifndef HOST
#define HOST 2
#endif
#ifndef ROOM
#define ROOM 1
#endif

#ifdef SYNCED
#define SYNC 1
#else
#define SYNC 0
#endif

#define SIGNAL_BIT 1
#define INLINE_BIT 2

/* The host's block and the guest's. */
byte host_bell, guest_bell;
bool host_std, guest_std;
chan host_ring = [HOST] of { byte };
chan guest_ring = [ROOM] of { byte };

bool attached, told;  /* the guest's agent has told the owner; the owner has heard it */
bool live;            /* it sends to the guest's block */

/* What happened: a bit for each send. `served`: a standard signal was accepted after it began. */
byte returned, standard, accepted, served, last;
bool finished;

#define ID(i) (1 << ((i) - 1))

/* Moves everything. `rest`: there was no room for all. */
inline move(rest) {
  atomic { d = host_bell; host_bell = 0; rest = 0 }
#ifdef RING_FIRST
  atomic { if :: d -> guest_bell = guest_bell | SIGNAL_BIT :: else fi }
#endif
  if
  :: d & INLINE_BIT -> atomic { guest_std = 1 }
  :: else
  fi;
  atomic { f = host_std; host_std = 0 }
  if
  :: f -> atomic { guest_std = 1; f = 0 }
  :: else
  fi;
  do
  :: atomic { empty(host_ring) -> x = 0 } break
#ifdef EMPTIED_FIRST
  :: atomic { host_ring ? x }
     if
     :: atomic { nfull(guest_ring) -> guest_ring ! x }
     :: atomic { full(guest_ring) -> rest = 1 } break
     fi
#else
  :: atomic { host_ring ? <x> }
     if
     :: atomic { nfull(guest_ring) -> guest_ring ! x }
        atomic { host_ring ? x }
     :: atomic { full(guest_ring) -> rest = 1 } break
     fi
#endif
  od;
#ifndef RING_FIRST
  if
  :: d -> atomic { guest_bell = guest_bell | SIGNAL_BIT }
  :: else
  fi;
#endif
#ifndef REST_FORGOTTEN
  if :: rest -> atomic { host_bell = host_bell | SIGNAL_BIT } :: else fi;
#endif
  atomic { d = 0; x = 0 }
}

inline send_standard(bell, std) {
  atomic { standard = standard | ID(id); sent_inline = (bell == 0); if :: sent_inline -> bell = INLINE_BIT :: else fi }
  if
  :: !sent_inline ->
     atomic { std = 1 }
     atomic { bell = bell | SIGNAL_BIT }
  :: sent_inline
  fi;
  atomic { returned = returned | ID(id); sent_inline = 0 }
}

inline send_real_time(bell, cells) {
  if
  :: atomic { nfull(cells) -> cells ! id }
     atomic { bell = bell | SIGNAL_BIT; returned = returned | ID(id) }
  :: atomic { full(cells) -> skip }  /* EAGAIN */
  fi
}

active proctype Owner() {
  byte id = 1, d, x;
  bool f, rest, sent_inline;
  do
  :: atomic { attached && !told -> told = 1 }
#ifdef LIVE_AT_ONCE
     live = 1;
#endif
#ifndef REST_LEFT
     move(rest);
     if :: rest :: else -> live = 1 fi
#else
     live = 1
#endif
  :: atomic { told && rest -> skip }  /* again after a while */
     move(rest);
     if :: rest :: else -> live = 1 fi
  :: id <= SENDS ->
#ifndef REST_LEFT
     if
     :: told && !live -> move(rest); if :: rest :: else -> live = 1 fi
     :: else
     fi;
#endif
     if
     :: !live -> if :: send_standard(host_bell, host_std) :: send_real_time(host_bell, host_ring) fi
     :: else -> if :: send_standard(guest_bell, guest_std) :: send_real_time(guest_bell, guest_ring) fi
     fi;
     id++
  :: atomic { id > SENDS && !rest && (told || SYNC) -> finished = 1 } break
  od
}

inline accept_standard() {
  assert(standard);
  served = served | standard
}

inline drain() {
  atomic { d = guest_bell; guest_bell = 0; if :: d & INLINE_BIT -> accept_standard() :: else fi }
  atomic { if :: guest_std -> guest_std = 0; accept_standard() :: else fi; d = 0 }
  do
  :: atomic {
       guest_ring ? x;
       assert(!(accepted & ID(x)));  /* none twice */
       assert(x > last);             /* in the order of sending */
       accepted = accepted | ID(x); last = x; x = 0
     }
  :: atomic { empty(guest_ring) -> break }
  od
}

active proctype Guest() {
  byte d, x;
  bool f, rest;
#ifdef SYNCED
  do
  :: atomic { host_bell != 0 || guest_bell != 0 -> skip }
     if
     :: atomic { host_bell == 0 -> skip }
     :: atomic { host_bell != 0 -> skip }
        move(rest)
     fi;
     drain()
  :: atomic { finished && host_bell == 0 && guest_bell == 0 -> break }
  od;
#else
#ifdef TOLD_FIRST
  attached = 1;
#endif
  move(rest);
  atomic { attached = 1; rest = 0 }
  do
  :: atomic { guest_bell != 0 -> skip }
     drain()
  :: atomic { finished && guest_bell == 0 -> break }
  od;
#endif
  assert(!(returned & ~(accepted | served)))  /* none lost */
}
