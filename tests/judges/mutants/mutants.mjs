// @ts-check
// Deliberate defects. Each breaks one rule; run.mjs applies them one at a time to a copy of the tree, and some test must fail.
//
// A search text must occur exactly once in its file. An edit that no longer fits is a failure too: give the defect a new place.

/**
 * @typedef {object} Mutant
 * @property {string} name
 * @property {string} breaks   the rule that no longer holds
 * @property {string} file
 * @property {[search: string, replace: string][]} edits
 */

/** @type {Mutant[]} */
export const mutants = [
  // --- src/process: what Linux does -----------------------------------------------------------------------------------
  {
    name: 'self_blocking_dropped',
    breaks: 'a signal is blocked while its own handler runs',
    file: 'src/process/deliver.cpp',
    edits: [['  if (!(action.flags & kNoDefer)) during.add(accepted->signo);\n', '']],
  },
  {
    name: 'action_mask_dropped',
    breaks: 'sa_mask is blocked while the handler runs',
    file: 'src/process/deliver.cpp',
    edits: [['me.mask | action.mask;', 'me.mask;']],
  },
  {
    name: 'mask_not_restored',
    breaks: 'the mask is what it was when the handler has returned',
    file: 'src/process/deliver.cpp',
    edits: [['  use_mask(me, accepted.restore);\n', '']],
  },
  {
    name: 'reset_hand_ignored',
    breaks: 'SA_RESETHAND',
    file: 'src/process/deliver.cpp',
    edits: [['  if (action.flags & kResetHand) {\n', '  if (false) {\n']],
  },
  {
    name: 'restart_always',
    breaks: 'without SA_RESTART an interrupted call fails with EINTR',
    file: 'src/process/deliver.cpp',
    edits: [
      [
        'if (result == kNone) result = accepted.flags & kRestart ? kRestarts : kInterrupts;',
        'if (result == kNone) result = kRestarts;',
      ],
    ],
  },
  {
    name: 'first_frame_runs_first',
    breaks: 'the handler that was set up last runs first',
    file: 'src/process/deliver.cpp',
    edits: [
      ['      if (more && depth < kMaxNested) deliver_nested(me, nullptr, depth + 1);\n', '      (void)depth;\n'],
    ],
  },
  {
    name: 'thread_after_process',
    breaks: "the thread's own signals come before the process's",
    file: 'src/process/deliver.cpp',
    edits: [
      ['Pending* from = &me.pending;', 'Pending* from = state.shared.next(allowed) ? &state.shared : &me.pending;'],
    ],
  },
  {
    name: 'highest_first',
    breaks: 'the lowest number is delivered first',
    file: 'src/process/pending.hpp',
    edits: [
      [
        'faults.empty() ? candidates.lowest() :',
        'candidates.empty() ? 0 : faults.empty() ? 64 - __builtin_clzll(candidates.bits) :',
      ],
    ],
  },
  {
    name: 'faults_not_first',
    breaks: 'signals of synchronous faults come before lower numbers',
    file: 'src/process/pending.hpp',
    edits: [
      ['const SignalSet faults = candidates & kSynchronous;', 'const SignalSet faults = candidates & SignalSet{};'],
    ],
  },
  {
    name: 'last_sender_kept',
    breaks: 'a standard signal keeps the siginfo of its first sender',
    file: 'src/process/pending.hpp',
    edits: [['    } else if (!set_.has(signo)) {\n', '    } else {\n']],
  },
  {
    name: 'real_time_last_first',
    breaks: 'real-time signals of one number come in the order in which they were sent',
    file: 'src/process/pending.cpp',
    edits: [
      [
        '  *(first_ ? end_ : &first_) = node;\n  end_ = &node->next;\n',
        '  if (!first_) end_ = &node->next;\n  node->next = first_;\n  first_ = node;\n',
      ],
    ],
  },
  {
    name: 'full_pool_not_told',
    breaks: 'sigqueue() says EAGAIN when no more can be queued',
    file: 'src/process/pending.cpp',
    edits: [['if (!node) return false;', 'if (!node) return true;']],
  },
  {
    name: 'full_queue_not_told',
    breaks: 'a sender outside is told EAGAIN when the queue is full',
    file: 'src/queue/queue.cpp',
    edits: [['      return EAGAIN;\n', '      return 0;\n']],
  },
  {
    name: 'tail_moved_by_its_sender_only',
    breaks: 'a sender that is terminated before it has moved the tail stops nobody',
    file: 'src/queue/queue.cpp',
    edits: [
      [
        '    to.rt_tail.replace(tail, tail + 1);  // also',
        '    if (was == empty(tail)) to.rt_tail.replace(tail, tail + 1);  // also',
      ],
    ],
  },
  {
    name: 'coalesces_without_its_bit',
    breaks: 'a sender that is terminated before it has set the bit of its signal leaves nothing dead',
    file: 'src/queue/queue.cpp',
    edits: [
      [
        '  to.std_sent[signo - 1].replace(0, origin.bits);\n  to.std_bits',
        '  if (to.std_sent[signo - 1].replace(0, origin.bits)) to.std_bits',
      ],
    ],
  },
  {
    name: 'backlog_lost',
    breaks: 'real-time signals wait in the queue while the pool is full',
    file: 'src/process/drain.cpp',
    edits: [['  state.backlog = true;\n', '']],
  },
  {
    name: 'backlog_forgotten',
    breaks: 'real-time signals that wait in the queue are drained later, also if others come by themselves',
    file: 'src/process/drain.cpp',
    edits: [
      [
        'reserved_signal(signo) || generate(signo, origin, nullptr)) return true;',
        'reserved_signal(signo) || generate(signo, origin, nullptr)) {\n    state.backlog = false;\n    return true;\n  }',
      ],
    ],
  },
  {
    name: 'ignoring_keeps_pending',
    breaks: 'SIG_IGN discards what is pending',
    file: 'src/process/actions.cpp',
    edits: [['    discard_everywhere(SignalSet::of(signo));\n', '']],
  },
  {
    name: 'room_by_ignoring_unused',
    breaks: 'what waits in the queue is drained when an ignoring action makes room',
    file: 'src/process/actions.cpp',
    edits: [['state.notification_due || state.backlog;', 'state.notification_due;']],
  },
  {
    name: 'room_by_handlers_unused',
    breaks: 'what waits in the queue comes as handlers make room',
    file: 'src/process/deliver.cpp',
    edits: [['  if (state.backlog) drain(me, false);', '']],
  },
  {
    name: 'stops_left_by_sigcont',
    breaks: 'SIGCONT undoes the stops that were sent before it',
    file: 'src/queue/queue.cpp',
    edits: [['(set & ~undone) | bit', 'set | bit']],
  },
  {
    name: 'undid_stops_forgotten',
    breaks: 'a stop that SIGCONT undid has discarded the SIGCONT before it',
    file: 'src/queue/queue.cpp',
    edits: [[' | (undone ? kUndidStops : 0)', '']],
  },
  {
    name: 'sent_not_taken_first',
    breaks: 'what was sent before a call that depends on what is pending is delivered before it',
    file: 'src/process/deliver.cpp',
    edits: [['  if (may_check()) drain_and_deliver();', '']],
  },
  {
    name: 'defaults_not_published',
    breaks: 'the host learns which default actions take effect',
    file: 'src/process/mask_change.hpp',
    edits: [['  if (open == before) return;', '  if (uint32_t(open) != uint32_t(before) || open == before) return;']],
  },
  {
    name: 'ignored_dropped_while_blocked',
    breaks: 'a signal that is blocked is kept even if it is ignored now',
    file: 'src/process/generate.cpp',
    edits: [['!(first.mask | first.waiting).has(signo)', '!first.waiting.has(signo)']],
  },
  {
    name: 'kill_blockable',
    breaks: 'SIGKILL and SIGSTOP are never blocked',
    file: 'src/process/mask_change.hpp',
    edits: [['  mask = mask - kUnblockable;\n', '']],
  },
  {
    name: 'unblocked_not_drained',
    breaks: 'what was sent while it was blocked comes when it is unblocked, also where nothing checks',
    file: 'src/process/mask_change.hpp',
    edits: [['  if (!unblocked.empty() && queue::rung(queue::block)) drain(me, false);\n', '']],
  },
  {
    name: 'default_not_drained',
    breaks: 'what was sent while its handler was replaced takes the default action',
    file: 'src/process/actions.cpp',
    edits: [['  if (next.disposition == Disposition::kDefault && queue::rung(queue::block)) drain(me, false);\n', '']],
  },
  {
    name: 'kill_blockable_by_action',
    breaks: 'sa_mask does not block SIGKILL',
    file: 'src/process/actions.cpp',
    edits: [['from.mask - kUnblockable', 'from.mask']],
  },
  {
    name: 'kill_catchable',
    breaks: 'SIGKILL and SIGSTOP have no handler',
    file: 'src/process/actions.cpp',
    edits: [['(action ? kUnblockable | kReserved : kReserved)', 'kReserved']],
  },
  {
    name: 'continue_keeps_stops',
    breaks: 'SIGCONT discards pending stop signals',
    file: 'src/process/generate.cpp',
    edits: [['    discard_everywhere(kStopping);\n', '']],
  },
  {
    name: 'stop_keeps_continue',
    breaks: 'a stop signal discards a pending SIGCONT',
    file: 'src/process/generate.cpp',
    edits: [['  if (kStopping.has(signo)) discard_everywhere(SignalSet::of(kSIGCONT));\n', '']],
  },
  {
    name: 'fatal_not_at_once',
    breaks: 'a fatal signal ends the process before handlers of others run',
    file: 'src/process/generate.cpp',
    edits: [
      [
        'state.halt.none() || (state.halt.stopped_by() && signo == kSIGKILL);',
        'state.halt.stopped_by() && signo == kSIGKILL;',
      ],
    ],
  },
  {
    name: 'fatal_while_stopped',
    breaks: 'a stopped process is ended by nothing but SIGKILL',
    file: 'src/process/generate.cpp',
    edits: [['state.halt.none() || (state.halt.stopped_by() && signo == kSIGKILL);', '!state.halt.dying_of();']],
  },
  {
    name: 'doorbell_read_then_cleared',
    breaks: 'a signal that is sent while the process checks makes it check again',
    file: 'src/process/drain.cpp',
    edits: [
      ['doorbell.exchange(0)) |', 'doorbell.load()) |'],
      ['  return ring;\n', '  queue::block.doorbell.store(0);\n  return ring;\n'],
    ],
  },
  {
    name: 'ring_read_after_the_check',
    breaks: 'a signal that is sent between the check and the sleep ends the sleep',
    file: 'src/process/drain.cpp',
    edits: [
      ['  const uint32_t ring = queue::block.ring.load();\n', ''],
      ['  return ring;\n', '  return queue::block.ring.load();\n'],
    ],
  },
  {
    name: 'suspend_keeps_its_mask',
    breaks: 'sigsuspend() restores the mask',
    file: 'src/process/wait.cpp',
    edits: [['? deliver_pending(me, restore) : kNone', '? deliver_pending(me, nullptr) : kNone']],
  },
  {
    name: 'waited_for_is_ignored',
    breaks: 'a signal that is blocked and waited for is accepted even if it is ignored',
    file: 'src/process/wait.cpp',
    edits: [['      me.waiting = restore & set;\n', '']],
  },
  {
    name: 'timeout_is_eintr',
    breaks: 'sigtimedwait() says EAGAIN when the time is over',
    file: 'src/process/wait.cpp',
    edits: [['slept == WSIG_HOST_TIMED_OUT ? -EAGAIN : -EINTR', '-EINTR']],
  },
  {
    name: 'thread_pending_lost',
    breaks: 'what a thread was sent and blocks is pending for it',
    file: 'src/process/generate.cpp',
    edits: [
      [
        '  if (!(target ? target->pending : state.shared).add(',
        '  if (target && target->mask.has(signo)) return true;\n  if (!(target ? target->pending : state.shared).add(',
      ],
    ],
  },
  {
    name: 'wrong_thread',
    breaks: 'pthread_kill() sends to the thread that was named',
    file: 'src/process/retarget.cpp',
    edits: [
      [
        '    if (thread.used && thread.id == id) return &thread;\n',
        '    if (thread.used && thread.id == id) return &state.threads[0];\n',
      ],
    ],
  },
  {
    name: 'group_of_another',
    breaks: 'kill() of a group reaches the process that the host knows by that number',
    file: 'src/process/send.cpp',
    edits: [['elsewhere(group ? -to : to,', 'elsewhere(to,']],
  },
  {
    name: 'thread_value_lost',
    breaks: 'pthread_sigqueue() gives the receiver its value',
    file: 'src/process/send.cpp',
    edits: [['pid(), value), to_thread(thread)', 'pid(), value & 0), to_thread(thread)']],
  },
  {
    name: 'number_before_thread',
    breaks: 'a thread that does not exist is ESRCH, whatever the number',
    file: 'src/process/send.cpp',
    edits: [
      [
        '  Thread& me = self();\n  bool wake;\n',
        '  if (signo < 0 || signo >= kSignalLimit) return -EINVAL;\n  Thread& me = self();\n  bool wake;\n',
      ],
    ],
  },
  {
    name: 'expected_in_vain',
    breaks: 'a thread that has not begun runs the handlers of what it was sent',
    file: 'src/process/threads.cpp',
    edits: [['  if (sent) deliver();\n', '  (void)sent;\n']],
  },
  {
    name: 'expected_mask_forgotten',
    breaks: 'a thread begins with the mask that it was expected with',
    file: 'src/process/threads.cpp',
    edits: [
      [
        '    Thread* record = thread_of(id);  // expected\n',
        '    Thread* record = thread_of(id);\n    if (record) use_mask(*record, inherited);\n',
      ],
    ],
  },
  {
    name: 'sleepers_not_counted',
    breaks: 'rings count while there are waiters',
    file: 'src/queue/queue.cpp',
    edits: [
      [
        '  if (to.waiters.load() == 0) return false;\n  to.ring',
        '  if (to.waiters.load() == 0) return true;\n  to.ring',
      ],
    ],
  },
  {
    name: 'given_to_a_thread_that_blocks_it',
    breaks: 'what the process is sent goes to a thread that does not block it',
    file: 'src/process/retarget.cpp',
    edits: [['return thread.used && !thread.mask.has(signo); };', '(void)signo; return thread.used; };']],
  },
  {
    name: 'any_thread_accepts',
    breaks: 'what the process is sent is for the thread that was chosen',
    file: 'src/process/deliver.cpp',
    edits: [['  while (state.halt.none() && me.has_work) {\n', '  while (state.halt.none()) {\n']],
  },
  {
    name: 'not_retargeted',
    breaks: 'what the chosen thread blocks before it has checked goes to another',
    file: 'src/process/mask_change.hpp',
    edits: [['  if (me.has_work) retarget(me, mask - me.mask);\n', '']],
  },
  {
    name: 'inline_forgotten',
    breaks: 'a signal that stands in the doorbell is sent',
    file: 'src/process/drain.cpp',
    edits: [
      [
        '  if (bits & queue::kRingInline) accept(queue::inline_signo(bits), Origin::of(queue::inline_info(bits)));\n',
        '',
      ],
    ],
  },
  {
    name: 'inline_lost_when_deferred',
    breaks: 'an inline signal that a loop of the library meets is kept',
    file: 'src/queue/queue.cpp',
    edits: [
      [
        '  if (const int signo = inline_signo(doorbell)) send_standard(from, signo, Origin::of(inline_info(doorbell)));\n',
        '',
      ],
    ],
  },
  {
    name: 'found_without_what_came_before',
    breaks: 'what is found was not overtaken by what its sender sent before it',
    file: 'src/queue/queue.cpp',
    edits: [['if (!(doorbell & (kRingInline | kRingSignals)) || round == kMaxRounds) return;', 'return;']],
  },
  {
    name: 'later_sender_told',
    breaks: 'of a signal that is sent twice the first sender stays',
    file: 'src/queue/queue.cpp',
    edits: [
      [
        '  return doorbell & kRingInline && inline_signo(doorbell) == sent.signo;\n',
        '  return doorbell & kRingInline && false;\n',
      ],
    ],
  },
  {
    name: 'overwritten_notification_ignored',
    breaks: 'a thread that overwrites a notification does not ignore it',
    file: 'src/queue/queue.cpp',
    edits: [['*value = present & kRingThread ? 0 : *own;', '*value = *own;']],
  },
  {
    name: 'outsiders_stop',
    breaks: 'the thread that serves the others does not stop with the program',
    file: 'src/process/internal.hpp',
    edits: [['(state.halt.stopped_by() && (kMaxThreads == 1 || me.used))', 'state.halt.stopped_by()']],
  },
  {
    name: 'rung_again_without_waking',
    breaks: 'a sleeper learns of what another thread had deferred',
    file: 'src/process/deferral.cpp',
    edits: [
      ['if (bits && queue::ring(queue::block, bits)) wsig_host_wake();', 'queue::block.doorbell.fetch_or(bits);'],
    ],
  },
  {
    name: 'own_notification_deferred',
    breaks: 'what a thread notifies others of when it leaves the library does not make it notify again',
    file: 'src/process/deferral.cpp',
    edits: [['if (doorbell != DeliveryDeferral::renewed) DeliveryDeferral::deferred', 'DeliveryDeferral::deferred']],
  },
  {
    name: 'mask_shared_by_threads',
    breaks: 'each thread has a mask of its own',
    file: 'src/process/mask_change.hpp',
    edits: [['  me.mask = mask;\n  if', '  for (Thread& thread : threads()) thread.mask = mask;\n  if']],
  },
  {
    name: 'interval_not_forwarded',
    breaks: 'an interval timer goes on in whole intervals',
    file: 'src/process/expiry.cpp',
    edits: [['  return next;\n', '  (void)next;\n  return expiry_ns;\n']],
  },
  {
    name: 'interval_runs_once',
    breaks: 'ITIMER_REAL starts again when its SIGALRM is accepted',
    file: 'src/process/expiry.cpp',
    edits: [['state.real_timer_waits = timer.interval_ns > 0;', 'state.real_timer_waits = false;']],
  },
  {
    name: 'sleep_counts_as_running',
    breaks: 'without a processor clock ITIMER_VIRTUAL counts what was not slept',
    file: 'src/process/expiry.cpp',
    edits: [['  if (state.checked_before_sleep) state.asleep_ns += now - state.timers_checked_ns;\n', '']],
  },
  {
    name: 'alarm_rounds_to_none',
    breaks: 'alarm() never says 0 while one was pending',
    file: 'src/process/timers.cpp',
    edits: [['(left == 0 && rest > 0) || ', '']],
  },
  {
    name: 'timer_signal_forgets_overrun',
    breaks: 'si_overrun is the number of expiries that the signal stands for',
    file: 'src/process/timer_signals.cpp',
    edits: [['*origin = Origin::of(origin->info(), timer->overrun);', '*origin = Origin::of(origin->info(), 0);']],
  },
  {
    name: 'overrun_survives_a_setting',
    breaks: 'a timer that is set has no overrun',
    file: 'src/process/posix_timers.cpp',
    edits: [['  timer.overrun = 0;\n', '']],
  },
  {
    name: 'stale_timer_signal_accepted',
    breaks: 'what is pending of a timer that was set again is not accepted',
    file: 'src/process/timer_signals.cpp',
    edits: [[' && timer->sent_for == timer->setting;', ';']],
  },
  {
    name: 'deleted_timer_signal_accepted',
    breaks: 'what is pending of a deleted timer is not accepted',
    file: 'src/process/timer_signals.cpp',
    edits: [['timer->life == PosixTimer::Life::kLives && timer->sent_for', 'timer->sent_for']],
  },
  {
    name: 'timer_signals_coalesce',
    breaks: 'a standard signal of a timer is pending beside others of its number',
    file: 'src/process/timer_signals.cpp',
    edits: [['  if (!real_time(signo)) put_next(from, signo);\n', '  (void)put_next;\n  (void)from;\n']],
  },
  {
    name: 'ignored_timer_lost',
    breaks: 'an interval timer whose signal was ignored sends it when it is not ignored any more',
    file: 'src/process/timer_signals.cpp',
    edits: [['  timer.ignored = timer.periodic;\n', '  timer.ignored = false;\n']],
  },
  {
    name: 'default_gives_timers_back',
    breaks: 'only SIG_IGN gives back what it held of a timer, not a default action that ignores',
    file: 'src/process/timer_signals.cpp',
    edits: [['each.ignored && each.by_action && each.signo', 'each.ignored && each.signo']],
  },
  {
    name: 'timer_node_not_kept',
    breaks: "a timer's real-time signal is queued when no other can be",
    file: 'src/process/timer_signals.cpp',
    edits: [['state.pool.release(timer.reserve);  // and allocates it at once\n', '(void)timer.reserve;\n']],
  },
  {
    name: 'real_time_clock_moves_relative',
    breaks: 'a change of the real-time clock does not move a relative time',
    file: 'src/process/posix_timers.cpp',
    edits: [
      ['!absolute && timer.clock == TimerClock::kRealtime ? TimerClock::kMonotonic : timer.clock', 'timer.clock'],
    ],
  },
  {
    name: 'timers_expire_in_table_order',
    breaks: 'timers that are due expire in the order of their times',
    file: 'src/process/posix_expiry.cpp',
    edits: [['    if (late < most || (found && late == most', '    if (late < 0 || (found && most >= 0']],
  },

  // --- src/signal_module: what CPython does ----------------------------------------------------------------------------
  {
    name: 'wakeup_before_flags',
    breaks: 'a thread that is woken by the descriptor sees the flags',
    file: 'src/signal_module/trip.cpp',
    edits: [
      ['  state.slots[signum].tripped.store(1,', '  wake(signum);\n  state.slots[signum].tripped.store(1,'],
      ['  wake(signum);\n  errno = saved;\n', '  errno = saved;\n'],
    ],
  },
  {
    name: 'global_flag_first',
    breaks: "a thread that sees the global flag, or is told that something tripped, sees the signal's flag",
    file: 'src/signal_module/trip.cpp',
    edits: [
      ['  state.slots[signum].tripped.store(1, std::memory_order_release);', ''],
      [
        '  wake(signum);\n  errno = saved;\n',
        '  state.slots[signum].tripped.store(1, std::memory_order_release);\n  wake(signum);\n  errno = saved;\n',
      ],
    ],
  },
  {
    name: 'breaker_before_flag',
    breaks: 'the eval breaker is set after the global flag',
    file: 'src/signal_module/trip.cpp',
    edits: [
      ['  __atomic_fetch_or(&wsig_poll_tripped, bits, __ATOMIC_ACQ_REL);\n', ''],
      [
        '  if (config.tripped) config.tripped(config.hook_data);\n',
        '  if (config.tripped) config.tripped(config.hook_data);\n  __atomic_fetch_or(&wsig_poll_tripped, bits, __ATOMIC_ACQ_REL);\n',
      ],
    ],
  },
  {
    name: 'breaker_forgotten',
    breaks: 'the eval breaker is set when a signal trips',
    file: 'src/signal_module/trip.cpp',
    edits: [['  if (config.eval_breaker) {', '  if (false) {']],
  },
  {
    name: 'full_buffer_always_told',
    breaks: 'a full wakeup descriptor is not reported without warn_on_full_buffer',
    file: 'src/signal_module/trip.cpp',
    edits: [['  if (full(error) && !(word & Wakeup::kWarn)) return;\n', '']],
  },
  {
    name: 'full_buffer_not_told',
    breaks: 'a full wakeup descriptor is reported with warn_on_full_buffer',
    file: 'src/signal_module/trip.cpp',
    edits: [['if (full(error) && !(word & Wakeup::kWarn)) return;', 'if (full(error)) return;']],
  },
  {
    name: 'interrupt_trips_anything',
    breaks: 'set_interrupt() does nothing for SIG_DFL and SIG_IGN',
    file: 'src/signal_module/trip.cpp',
    edits: [['if (running() && state.slots[signum].callable()) wsig_trip(signum);', 'wsig_trip(signum);']],
  },
  {
    name: 'flag_cleared_after_handler',
    breaks: 'an arrival while the handler runs is another call',
    file: 'src/signal_module/check_signals.cpp',
    edits: [
      ['    slot.tripped.exchange(0, std::memory_order_acquire);\n', ''],
      [
        'if (const int error = run(signum, action, frame)) {',
        'if (const int error = [&] { const int result = run(signum, action, frame); slot.tripped.store(0); return result; }()) {',
      ],
    ],
  },
  {
    name: 'handlers_highest_first',
    breaks: 'handlers run lowest number first',
    file: 'src/signal_module/check_signals.cpp',
    edits: [
      [
        '  for (int signum = 1; signum < wsig_platform()->limit; signum++) {\n',
        '  for (int signum = wsig_platform()->limit - 1; signum >= 1; signum--) {\n',
      ],
    ],
  },
  {
    name: 'walk_goes_on_after_a_raise',
    breaks: 'a handler that raises stops the walk',
    file: 'src/signal_module/check_signals.cpp',
    edits: [
      ['{\n      return error;\n    }', '{\n      first = first ? first : error;\n    }'],
      ['int run_all(void* frame) {\n', 'int run_all(void* frame) {\n  int first = 0;\n'],
      [
        '  __atomic_fetch_and(&wsig_poll_tripped, ~kWaiting, __ATOMIC_RELAXED);\n  return 0;\n}\n\n}  // namespace',
        '  __atomic_fetch_and(&wsig_poll_tripped, ~kWaiting, __ATOMIC_RELAXED);\n  return first;\n}\n\n}  // namespace',
      ],
    ],
  },
  {
    name: 'raise_forgets_the_rest',
    breaks: 'after a handler raised the global flag is set again',
    file: 'src/signal_module/check_signals.cpp',
    edits: [
      ['    raise_flag(kWaiting);\n', ''],
      ['  raise_flag(kArrived);\n', ''],
    ],
  },
  {
    name: 'race_not_reported',
    breaks: 'a signal whose handler is gone is reported, not lost in silence',
    file: 'src/signal_module/check_signals.cpp',
    edits: [['      report_race(signum);\n', '']],
  },
  {
    name: 'failed_write_not_reported',
    breaks: 'a failed write to the wakeup descriptor is reported',
    file: 'src/signal_module/check_signals.cpp',
    edits: [['  report_failed_write();\n', '']],
  },
  {
    name: 'any_thread_handles',
    breaks: 'handlers run in the main thread',
    file: 'src/signal_module/check_signals.cpp',
    edits: [['return is_main_thread() && (!config', 'return (!config']],
  },
  {
    name: 'signal_before_pending_handlers',
    breaks: 'signal() runs pending handlers before it changes anything',
    file: 'src/signal_module/handlers.cpp',
    edits: [['  if (const int error = walk(nullptr)) return error;\n', '']],
  },
  {
    name: 'finalize_keeps_handlers',
    breaks: 'finalisation gives SIG_DFL back',
    file: 'src/signal_module/handlers.cpp',
    edits: [
      ['    if (action.kind == WSIG_ACTION_CALLABLE) wsig_platform_install(signum, WSIG_DISPOSITION_DEFAULT);\n', ''],
    ],
  },
  {
    name: 'unavailable_pretends',
    breaks: 'a function that is not there says so',
    file: 'src/signal_module/names.cpp',
    edits: [['  return fail_unavailable(name, row ? row->documented : "");\n', '  return 0;\n']],
  },
  {
    name: 'audit_after_the_act',
    breaks: 'the audit hook can refuse pthread_kill()',
    file: 'src/signal_module/raise_signal.cpp',
    edits: [
      [
        '  if (config.audit && config.audit("signal.pthread_kill", thread, signum, config.hook_data)) return raised();\n',
        '',
      ],
      [
        '  if (const int error = wsig_platform_send_thread(thread, signum)) return fail_os(-error);\n',
        '  if (const int error = wsig_platform_send_thread(thread, signum)) return fail_os(-error);\n  if (config.audit && config.audit("signal.pthread_kill", thread, signum, config.hook_data)) return raised();\n',
      ],
    ],
  },
  {
    name: 'raise_leaves_handlers_waiting',
    breaks: 'raise_signal() runs the handler before it returns',
    file: 'src/signal_module/raise_signal.cpp',
    edits: [
      [
        'wsig_platform_raise(signum)) return fail_os(-error);\n  return run_handlers();',
        'wsig_platform_raise(signum)) return fail_os(-error);\n  return 0;',
      ],
    ],
  },
  {
    name: 'unblocking_leaves_handlers_waiting',
    breaks: 'pthread_sigmask() runs handlers of what it unblocked',
    file: 'src/signal_module/masks_and_waits.cpp',
    edits: [
      [
        '  if (previous) previous->bits = old;\n  return run_handlers();',
        '  if (previous) previous->bits = old;\n  return 0;',
      ],
    ],
  },
  {
    name: 'interrupted_wait_gives_up',
    breaks: 'a wait that another signal interrupts goes on',
    file: 'src/signal_module/masks_and_waits.cpp',
    edits: [
      [
        '    if (result != -EINTR) return fail_os(-result);\n    if (const',
        '    if (result < 0) return fail_os(-result);\n    if (const',
      ],
    ],
  },
  {
    name: 'interrupted_wait_starts_over',
    breaks: 'an interrupted sigtimedwait() waits for what is left of its time',
    file: 'src/signal_module/masks_and_waits.cpp',
    edits: [['    timeout_ns = deadline - wsig_platform_clock();\n', '    (void)deadline;\n']],
  },
  {
    name: 'timer_rounds_down',
    breaks: 'a tiny delay never becomes "cancel"',
    file: 'src/signal_module/itimers.cpp',
    edits: [['*us = ns / 1000 + (ns % 1000 != 0);', '*us = ns / 1000;']],
  },
];
