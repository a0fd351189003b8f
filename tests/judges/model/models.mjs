// @ts-check
// The models, the sizes in which they are checked, and the defects that are planted in them. Every name in capitals is a macro of the model's file.

/**
 * @typedef {object} Run
 * @property {string[]} set     macros
 * @property {string} holds     what is checked
 * @property {boolean} [long]   not part of the short form
 */

/**
 * @typedef {object} Defect
 * @property {string} name      the macro that plants it
 * @property {string[]} [set]   macros beside it: the size in which it shows
 * @property {string} breaks    what is wrong then
 */

/**
 * @typedef {object} Model
 * @property {string} name      its file is NAME.pml
 * @property {string} about
 * @property {Run[]} runs
 * @property {Defect[]} defects
 */

/** @type {Model[]} */
export const models = [
  {
    name: 'standard',
    about: 'the doorbell, inline signals, records and bits of standard signals, the ring and sleeping',
    runs: [
      {
        set: [],
        holds:
          'three sends of one signal to a guest that computes and sleeps: none lost or doubled, and the guest does not sleep while one waits',
      },
      { set: ['MORTAL'], holds: 'the same while senders are terminated' },
      { set: ['MORTAL', 'VALUES'], holds: 'the same where one sender queues values' },
      { set: ['MORTAL', 'SYNCED'], holds: 'the same in synced mode' },
      { set: ['MORTAL', 'TIMER', 'SECOND=0'], holds: 'the same beside a ring for a timer' },
      { set: ['MORTAL', 'SIGNALS=2', 'FIRST=1'], holds: 'two sends of two signals' },
      { set: ['MORTAL', 'TIMER', 'FIRST=1'], holds: 'two senders and a timer', long: true },
      { set: ['MORTAL', 'SIGNALS=2'], holds: 'three sends of two signals', long: true },
      { set: ['MORTAL', 'SECOND=2'], holds: 'four sends of one signal', long: true },
    ],
    defects: [
      { name: 'BELL_CLEARED_LATE', breaks: 'the doorbell is read and then cleared, in two steps' },
      { name: 'BITS_BEFORE_BELL', breaks: 'the bits are exchanged before the doorbell is' },
      { name: 'BIT_BEFORE_RECORD', set: ['SIGNALS=2'], breaks: 'the bit is set before the record is there' },
      { name: 'ACCEPT_BEFORE_CLEAR', set: ['VALUES'], breaks: 'a signal is accepted before its record is free again' },
      {
        name: 'INLINE_OVER',
        set: ['SIGNALS=2', 'FIRST=1'],
        breaks: 'an inline signal is written over another',
      },
      { name: 'INLINE_WITHOUT_WAKE', breaks: 'an inline signal does not wake the guest' },
      { name: 'RING_LOADED_LATE', breaks: 'the ring count is loaded after the drain' },
      { name: 'RING_LOADED_LATE', set: ['SYNCED'], breaks: 'syncTo copies the ring count after it moved' },
      { name: 'WAITER_LATE', breaks: 'a sleeper counts as a waiter after it has drained' },
      { name: 'VALUE_APART', set: ['VALUES'], breaks: 'a value is stored after its record' },
      {
        name: 'CLAIM',
        set: ['VALUES', 'MORTAL'],
        breaks: 'a record is claimed before it is written, as in version 2: a terminated sender leaves the claim',
      },
    ],
  },
  {
    name: 'job_control',
    about: 'SIGCONT and the stops, in the order of sending',
    runs: [
      {
        set: [],
        holds:
          'three sends of two senders: stopped or not, and pending, as some order of the sends leaves a process of Linux',
      },
      { set: ['MORTAL'], holds: 'the same while senders are terminated' },
      {
        set: ['ONE_DRAIN', 'FIRST=4', 'SECOND=0'],
        holds: 'four sends in a row: the pending signals carry what the kernel would have kept',
      },
      { set: ['FIRST=4', 'SECOND=0'], holds: 'four sends in a row to a guest that drains meanwhile' },
    ],
    defects: [
      {
        name: 'TICKETS',
        breaks:
          'a ticket for each send, compared when the bits are drained: a ticket of a later send is met before its bit',
      },
      { name: 'OR', breaks: 'SIGCONT clears the stops and sets its bit in two steps' },
      { name: 'STOPS_STAY', breaks: 'SIGCONT leaves the bits of the stops' },
      { name: 'STOPS_FIRST', breaks: 'the stops are drained before SIGCONT' },
      { name: 'RECORD_STAYS', breaks: 'a record is written only where there is none' },
      {
        name: 'KEPT_WHEN_UNDONE',
        set: ['ONE_DRAIN', 'FIRST=4', 'SECOND=0'],
        breaks: 'SIGCONT keeps the record of one that a stop has undone',
      },
    ],
  },
  {
    name: 'real_time',
    about: 'the ring of real-time cells',
    runs: [
      {
        set: [],
        holds:
          'four sends of two senders, a ring of two cells: in order, none lost or doubled, EAGAIN only when it was full',
      },
      { set: ['MORTAL'], holds: 'the same while senders are terminated; after that the ring works' },
      { set: ['MORTAL', 'FIRST=1', 'SECOND=3'], holds: 'the same where one sender makes more than a lap' },
      { set: ['MORTAL', 'BACKLOG=1', 'FIRST=1'], holds: 'the same where the guest has no room for a while' },
      { set: ['MORTAL', 'CELLS=3', 'FIRST=3', 'SECOND=2'], holds: 'five sends, three cells', long: true },
      { set: ['MORTAL', 'FIRST=1', 'SECOND=5'], holds: 'a sender that is overtaken by three laps', long: true },
    ],
    defects: [
      {
        name: 'TAIL_FIRST',
        set: ['MORTAL'],
        breaks: 'a position is claimed before its cell is filled, as in version 2: a terminated sender leaves a hole',
      },
      {
        name: 'NO_HELP',
        set: ['MORTAL', 'FIRST=1'],
        breaks: 'no other sender moves the tail for one that was terminated',
      },
      { name: 'NO_PARITY', breaks: 'a filled cell does not tell its lap' },
      { name: 'FILL_BY_STORE', breaks: 'a cell is filled without comparing' },
      { name: 'EMPTY_SAME_LAP', breaks: 'a drained cell is made empty for its old position' },
      {
        name: 'REFUSED_UNASKED',
        set: ['FIRST=1', 'SECOND=3'],
        breaks: 'a sender with an old tail mistakes another lap for a full ring',
      },
      { name: 'BACKLOG_FORGOTTEN', set: ['BACKLOG=1'], breaks: 'what there was no room for is not drained later' },
    ],
  },
  {
    name: 'moving',
    about: "from the host's block to the guest's, when a program attaches and before each drain in synced mode",
    runs: [
      { set: [], holds: 'four sends, room for one: none lost or doubled, each sender in order' },
      { set: ['ROOM=2'], holds: 'the same with room for two' },
      { set: ['SYNCED'], holds: 'the same in synced mode' },
      { set: ['SENDS=5'], holds: 'the same with five sends' },
      { set: ['SENDS=6', 'ROOM=2'], holds: 'six sends, room for two', long: true },
    ],
    defects: [
      { name: 'LIVE_AT_ONCE', breaks: "the owner sends to the guest's block while something is left in the host's" },
      { name: 'REST_LEFT', breaks: 'the owner does not move what came after the guest had moved' },
      { name: 'RING_FIRST', breaks: "the guest's doorbell is rung before the signals are moved" },
      { name: 'EMPTIED_FIRST', breaks: 'a cell is emptied before there is room for its signal' },
      { name: 'TOLD_FIRST', breaks: 'the owner is told before the guest has moved: two agents move at once' },
      { name: 'REST_FORGOTTEN', set: ['SYNCED'], breaks: 'the doorbell is not rung for what there was no room for' },
    ],
  },
  {
    name: 'threads',
    about: 'threads of one program, which notify each other with tags',
    runs: [
      {
        set: [],
        holds:
          'two threads that compute and send to each other: neither computes on while it has work, and the notifications end',
      },
      { set: ['SLEEPS1=1'], holds: 'the same where one sleeps' },
      { set: ['SLEEPS0=1', 'SLEEPS1=1'], holds: 'the same where both sleep' },
      { set: ['HOST'], holds: 'two threads that compute, and the host sends too' },
    ],
    defects: [
      { name: 'NOTIFICATION_CLEARED', breaks: 'a notification is cleared by the first thread that drains' },
      { name: 'TAG_IGNORED', breaks: 'the doorbell is cleared although a newer notification is in it' },
      {
        name: 'IGNORED_OVER_ANOTHER',
        set: ['HOST', 'NO_SEND0=1'],
        breaks: "a thread that overwrites another thread's notification ignores the doorbell",
      },
      {
        name: 'OTHERS_FORGOTTEN',
        set: ['HOST'],
        breaks: 'a thread that drains what is for others does not notify them',
      },
    ],
  },
];
