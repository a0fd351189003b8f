/*
 * Real-time signals: the ring of cells. Two agents send FIRST and SECOND signals, then a third sends one when it is
 * alone; the guest drains, and may have no room for what it finds (a backlog).
 *
 *   CELLS    of the ring
 *   MORTAL   the first two senders may be terminated before any of their steps
 *   BACKLOG  how often the guest may have no room
 *
 * A cell is one word: EMPTY(p), free for position p; or FILLED(p, id), the lap's parity and what was sent. Positions do
 * not wrap here.
 */
#ifndef CELLS
#define CELLS 2
#endif
#ifndef FIRST
#define FIRST 2
#endif
#ifndef SECOND
#define SECOND 2
#endif
#ifndef BACKLOG
#define BACKLOG 0
#endif
#define PROBE 3  /* the third sender's tries: alone, it needs no more */

#define PARITY(p) (((p) / CELLS) & 1)
#define EMPTY(p) (p)
#ifdef NO_PARITY
#define FILLED(p, id) (128 | (id))
#define IS_FILLED(c, p) ((c) >= 128)
#else
#define FILLED(p, id) (128 | (PARITY(p) << 6) | (id))
#define IS_FILLED(c, p) ((c) >> 6 == (2 | PARITY(p)))
#endif

#ifdef MORTAL
#define may_end if :: true :: me < 2 -> goto ended fi
#else
#define may_end skip
#endif

byte head, tail, cell[CELLS];
bool bell;

/* What happened. Sends are numbered in the order in which their sender makes them; a bit for each. */
byte returned, accepted;
byte last[3];  /* of each sender, the number that was accepted last */
byte live;     /* cells that are filled and not emptied */
bool was_full[3];  /* that was all of them at some time while this sender tried to send */
byte finished;

#define ID(i) (1 << ((i) - 1))

inline send(id) {
  atomic { may_end; was_full[me] = (live == CELLS); t = tail }
  do
  :: atomic { may_end; c = cell[t % CELLS] }
     if
     :: c == EMPTY(t) ->
#ifdef TAIL_FIRST
        /* Version 2: the position is claimed, then the cell is filled. */
        atomic { may_end; if :: tail == t -> tail++; won = 1 :: else fi }
        if
        :: won -> atomic { may_end; cell[t % CELLS] = FILLED(t, id); live++ } break
        :: else
        fi
#else
        atomic {
          may_end;
#ifdef FILL_BY_STORE
          if
          :: true ->
#else
          if
          :: cell[t % CELLS] == c ->
#endif
             cell[t % CELLS] = FILLED(t, id); won = 1; live++;
             if :: live == CELLS -> was_full[0] = 1; was_full[1] = 1; was_full[2] = 1 :: else fi
          :: else
          fi
        }
        if
        :: won -> atomic { may_end; if :: tail == t -> tail++ :: else fi }
           break
        :: else
        fi
#endif
     :: c == EMPTY(t + CELLS) || (c != EMPTY(t) && IS_FILLED(c, t)) ->
        /* The sender that filled it has not moved the tail yet, and may never do so. */
#ifdef NO_HELP
        skip
#else
        atomic { may_end; if :: tail == t -> tail++ :: else fi }
#endif
     :: c >= 128 && c != EMPTY(t) && !IS_FILLED(c, t) ->
#ifdef REFUSED_UNASKED
        atomic { refused = 1 }
#else
        atomic { may_end; refused = (tail == t) }
#endif
        if :: refused -> break :: else fi
     :: else -> atomic { may_end; assert(tail != t) }  /* of another lap */
     fi;
     if :: me == 2 -> tries++; assert(tries <= PROBE) :: else fi;
     atomic { may_end; t = tail }
  od;
  if
  :: refused -> atomic { assert(was_full[me]); refused = 0 }
  :: else -> atomic { may_end; bell = 1; returned = returned | ID(id) }
  fi;
  atomic { won = 0; t = 0; c = 0; was_full[me] = 0 }
}

proctype Sender(byte me) {
  byte id = 1 + (me == 0 -> 0 : (me == 1 -> FIRST : FIRST + SECOND)), left = (me == 0 -> FIRST : (me == 1 -> SECOND : 1));
  byte t, c, tries;
  bool won, refused;
  atomic { me < 2 || finished == 2 -> skip }
  do
  :: left > 0 -> send(id);
     atomic { id++; left-- }
  :: left == 0 -> break
  od;
ended:
  atomic { id = 0; left = 0; t = 0; c = 0; won = 0; refused = 0; tries = 0; was_full[me] = 0; finished++ }
}

inline accept(what) {
  assert(!(accepted & ID(what)));  /* none twice */
  accepted = accepted | ID(what);
  s = (what <= FIRST -> 0 : (what <= FIRST + SECOND -> 1 : 2));
  assert(what > last[s]);  /* in the order of sending */
  last[s] = what;
  s = 0
}

active proctype Guest() {
  byte h, c, s, refusals = BACKLOG;
  bool backlog;
  do
  :: atomic { bell || backlog -> bell = 0; backlog = 0 }
     do
     :: atomic { h = head }
        atomic { c = cell[h % CELLS] }
        if
        :: c < 128 || !IS_FILLED(c, h) -> break
        :: else ->
           if
           :: atomic { refusals > 0 -> refusals-- }
#ifndef BACKLOG_FORGOTTEN
              backlog = 1;
#endif
              break
           :: true ->
#ifdef EMPTY_SAME_LAP
              atomic { c = c & 63; accept(c); cell[h % CELLS] = EMPTY(h); live-- }
#else
              atomic { c = c & 63; accept(c); cell[h % CELLS] = EMPTY(h + CELLS); live-- }
#endif
              atomic { head = h + 1 }
           fi
        fi
     od;
     atomic { h = 0; c = 0 }
  :: atomic { finished == 3 && !bell && !backlog -> break }
  od;
  assert(!(returned & ~accepted))  /* none lost */
}

init {
  atomic {
    cell[0] = EMPTY(0); cell[1] = EMPTY(1);
#if CELLS > 2
    cell[2] = EMPTY(2);
#endif
    run Sender(0); run Sender(1); run Sender(2)
  }
}
