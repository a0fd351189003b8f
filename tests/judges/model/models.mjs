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
        holds: 'three sends of one signal to a guest that computes and sleeps: none lost, doubled or slept over',
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
      { name: 'BITS_BEFORE_BELL', breaks: 'the bits are taken before the doorbell is' },
      { name: 'BIT_BEFORE_RECORD', set: ['SIGNALS=2'], breaks: 'the bit is set before the record is there' },
      { name: 'ACCEPT_BEFORE_CLEAR', set: ['VALUES'], breaks: 'a signal is accepted before its record is free again' },
      {
        name: 'POST_OVER',
        set: ['SIGNALS=2', 'FIRST=1'],
        breaks: 'an inline signal is written over another',
      },
      { name: 'INLINE_IS_SILENT', breaks: 'an inline signal does not wake the guest' },
      { name: 'RING_LOADED_LATE', breaks: 'the ring count is loaded after the guest looked' },
      { name: 'RING_LOADED_LATE', set: ['SYNCED'], breaks: 'syncTo copies the ring count after it moved' },
      { name: 'WAITER_LATE', breaks: 'a sleeper counts as a waiter after it looked' },
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
        set: ['ONE_LOOK', 'FIRST=4', 'SECOND=0'],
        holds: 'four sends in a row: the pending signals carry what the kernel would have kept',
      },
      { set: ['FIRST=4', 'SECOND=0'], holds: 'four sends in a row to a guest that looks meanwhile' },
    ],
    defects: [
      {
        name: 'TICKETS',
        breaks:
          'a ticket for each send, compared when the bits are taken: a ticket of a later send is met before its bit',
      },
      { name: 'OR', breaks: 'SIGCONT clears the stops and sets its bit in two steps' },
      { name: 'STOPS_STAY', breaks: 'SIGCONT leaves the bits of the stops' },
      { name: 'STOPS_FIRST', breaks: 'the stops are taken before SIGCONT' },
      { name: 'RECORD_STAYS', breaks: 'a record is written only where there is none' },
      {
        name: 'KEPT_WHEN_UNDONE',
        set: ['ONE_LOOK', 'FIRST=4', 'SECOND=0'],
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
      { name: 'NO_HELP', set: ['MORTAL', 'FIRST=1'], breaks: 'nobody moves the tail for a terminated sender' },
      { name: 'NO_PARITY', breaks: 'a filled cell does not tell its lap' },
      { name: 'FILL_BY_STORE', breaks: 'a cell is filled without comparing' },
      { name: 'EMPTY_SAME_LAP', breaks: 'a taken cell is given back for its old position' },
      {
        name: 'REFUSED_UNASKED',
        set: ['FIRST=1', 'SECOND=3'],
        breaks: 'a sender with an old tail takes another lap for a full ring',
      },
      { name: 'BACKLOG_FORGOTTEN', set: ['BACKLOG=1'], breaks: 'what there was no room for is not looked at again' },
    ],
  },
  {
    name: 'moving',
    about: "from the host's block to the guest's, when a program attaches and at each look in synced mode",
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
      { name: 'RING_FIRST', breaks: 'the guest is rung before what it is rung for is there' },
      { name: 'TAKEN_FIRST', breaks: 'a cell is given back before its signal has found room' },
      { name: 'TOLD_FIRST', breaks: 'the owner is told before the guest has moved: two take at once' },
      { name: 'REST_FORGOTTEN', set: ['SYNCED'], breaks: 'what there was no room for leaves the doorbell silent' },
    ],
  },
  {
    name: 'threads',
    about: 'threads of one program, which ring each other with tags',
    runs: [
      {
        set: [],
        holds:
          'two threads that compute and send to each other: none computes on while it has work, and they stop ringing',
      },
      { set: ['SLEEPS1=1'], holds: 'the same where one sleeps' },
      { set: ['SLEEPS0=1', 'SLEEPS1=1'], holds: 'the same where both sleep' },
      { set: ['HOST'], holds: 'two threads that compute, and the host sends too' },
    ],
    defects: [
      { name: 'RING_TAKEN', breaks: "a thread's ring is taken by whoever comes" },
      { name: 'TAG_IGNORED', breaks: 'silence is restored over a newer ring' },
      {
        name: 'SILENCE_OVER_ANOTHER',
        set: ['HOST', 'SILENT0=1'],
        breaks: "who rings over another thread's ring takes that for silence",
      },
      { name: 'OTHERS_FORGOTTEN', set: ['HOST'], breaks: 'who takes what is for others does not ring them' },
    ],
  },
];
