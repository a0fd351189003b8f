/*
 * The threads of one guest: a thread that drains notifies the others that have work then (src/process/notify.cpp). Two
 * threads send each other one signal each, at any time; the host sends one for either of them. At the end no thread
 * ignores the doorbell, or sleeps, while it has work.
 *
 *   SLEEPS0, SLEEPS1  the thread sleeps until it is notified; otherwise it computes, and checks when the doorbell is
 *                     not the value that it may ignore
 *   NO_SEND0          thread 0 sends none
 *   HOST              the host sends one, too
 */
#define SIGNAL_BIT 1
#define THREAD_BIT 2
#define LOW(v) ((v) & 3)
#define MOST_NOTIFICATIONS 60  /* threads must not notify each other without end; a tag has room for this many */

/* The block, and the process's lock. */
short bell;
byte ring, waiters;
bool asleep[2], queued[2], locked;

/* The process: `has_work`: there is a signal that this thread accepts. `own_notification`: the doorbell value that
   it ignores. `kept_notification`: what it left for the others. */
bool has_work[2], notification_due, quiet;
short own_notification[2], kept_notification[2];

#define lock atomic { !locked -> locked = 1 }
#define unlock atomic { locked = 0 }
#define other (1 - me)

/* notify_threads(). Leaves in `value` what the thread may ignore. */
inline notify_others() {
  atomic { ring++; assert(ring < MOST_NOTIFICATIONS); value = (ring << 2) | THREAD_BIT }
  do
  :: atomic { present = bell }
     atomic { if :: bell == present -> bell = LOW(present) | value; won = 1 :: else fi }
     if :: won -> break :: else fi
  od;
  atomic {
#ifndef IGNORED_OVER_ANOTHER
    if :: present & THREAD_BIT -> value = 0 :: else fi;
#endif
    won = 0; present = 0; waiting = waiters
  }
  if :: waiting -> atomic { ring++; asleep[0] = 0; asleep[1] = 0; waiting = 0 } :: else fi
}

/* With the lock held. */
inline drain() {
  atomic { r = ring }
#ifdef NOTIFICATION_CLEARED
  atomic { present = bell; bell = 0 }
  if :: present & SIGNAL_BIT -> notification_due = 1 :: else fi;
#else
  atomic { present = bell }
  atomic {
    if
    :: LOW(present) == THREAD_BIT -> kept_notification[me] = present; present = 0
    :: else -> kept_notification[me] = 0; present = bell; bell = 0
    fi
  }
#ifndef OTHERS_FORGOTTEN
  if :: LOW(present) -> notification_due = 1 :: else fi;
#endif
#endif
  if
  :: present & SIGNAL_BIT ->
     atomic { if :: queued[0] -> queued[0] = 0; has_work[0] = 1 :: else fi; if :: queued[1] -> queued[1] = 0; has_work[1] = 1 :: else fi }
  :: else
  fi;
  present = 0
}

/* must_notify(), with the lock held. */
inline must_notify() {
  must = notification_due && has_work[other];
  notification_due = 0
}

inline deliver_pending() {
  do
  :: lock; has_work[me] = 0; unlock  /* its handlers run */
     /* answer_notification() */
     own_notification[me] = 0;
     lock;
     if
     :: has_work[me] -> unlock
     :: else -> must_notify(); left = has_work[other]; unlock
        if
        :: kept_notification[me] && left -> own_notification[me] = kept_notification[me]
#ifdef TAG_IGNORED
        :: kept_notification[me] && !left -> atomic { if :: LOW(bell) == THREAD_BIT -> bell = 0 :: else fi }
#else
        :: kept_notification[me] && !left -> atomic { if :: bell == kept_notification[me] -> bell = 0 :: else fi }
#endif
        :: !kept_notification[me]
        fi;
        atomic { kept_notification[me] = 0; left = 0 }
        if :: must -> notify_others(); own_notification[me] = value :: else fi;
        atomic { must = 0; value = 0 }
        break
     fi
  od
}

inline send_one() {
  lock; has_work[other] = 1; notification_due = 1; must_notify(); unlock
  if :: must -> must = 0; notify_others(); value = 0 :: else fi;
  deliver_pending();
  sent = 1
}

proctype Thread(byte me; bool sleeps; bool sent) {
  short value, present;
  byte r;
  bool must, left, won, waiting;
  do
  :: !sent -> send_one()
  :: !sleeps && bell != own_notification[me] -> lock; drain(); unlock; r = 0; deliver_pending()
  :: sleeps ->
     atomic { waiters++ }
     do
     :: lock; drain();
        if
        :: has_work[me] -> unlock; break
        :: else -> must_notify(); unlock
           if :: must -> must = 0; notify_others(); value = 0 :: else fi;
           atomic { if :: ring == r -> asleep[me] = 1 :: else fi; r = 0 }
           if
           :: atomic { !asleep[me] -> skip }
           :: atomic { quiet -> goto end_of_time }
           fi
        fi
     od;
     atomic { waiters--; r = 0 }
     deliver_pending()
  :: atomic { quiet -> break }
  od;
end_of_time:
  skip
}

#ifdef HOST
active proctype Host() {
  bool waiting;
  atomic { if :: queued[0] = 1 :: queued[1] = 1 fi }
  atomic { bell = bell | SIGNAL_BIT }
  atomic { waiting = waiters }
  if
  :: waiting -> atomic { ring++ }
     atomic { asleep[0] = 0; asleep[1] = 0; waiting = 0 }
  :: else
  fi
}
#endif

#ifndef NO_SEND0
#define NO_SEND0 0
#endif
#ifndef SLEEPS0
#define SLEEPS0 0
#endif
#ifndef SLEEPS1
#define SLEEPS1 0
#endif

init {
  atomic { run Thread(0, SLEEPS0, NO_SEND0); run Thread(1, SLEEPS1, 0) }
  atomic { timeout -> assert(!has_work[0] && !has_work[1] && !queued[0] && !queued[1]); quiet = 1 }
}
