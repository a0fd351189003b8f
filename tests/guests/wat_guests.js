// @ts-check
/**
 * Tiny guests for tests, assembled from text: they speak the host ABI as libwasmsig does, with a handler for each signal that
 * is fixed. So the host is tested without a C toolchain.
 *
 *   SIGINT   prints "INT", interrupts (result 2)      SIGUSR1  prints "USR1", restarts (result 1)
 *   SIGTERM, SIGQUIT: the default action               SIGTSTP  stops until SIGCONT
 *   SIGHUP   exits with 3                              real-time: prints "RT number value"
 *   SIGALRM and others: prints "SIG number", interrupts
 */
import binaryen from 'binaryen';
import { BELL, CELL, CELLS, INLINE, VERSION, WORD } from '../../js/abi/index.js';
import {
  SIGCONT,
  SIGHUP,
  SIGINT,
  SIGKILL,
  SIGPIPE,
  SIGQUIT,
  SIGSTOP,
  SIGTERM,
  SIGTSTP,
  SIGUSR1,
} from '../../js/signals/table.js';

export const BLOCK = 4096;
/** A signal's bit in a word of the block. @param {number} signo */
const bit = (signo) => 1 << (signo - 1);
/** The signals above that have their default action, besides SIGKILL and SIGSTOP. */
const DEFAULTS = [SIGQUIT, SIGKILL, SIGPIPE, SIGTERM, SIGSTOP, SIGTSTP].reduce((set, signo) => set | bit(signo), 0);
const signal = (/** @type {number} */ signo) => `(i32.const ${signo})`;
const word = (/** @type {number} */ n) => `(i32.const ${BLOCK + 4 * n})`;

/**
 * @param {string} main   the body of _start; locals $i $n
 * @param {{shared?: boolean, linked?: boolean, version?: number, block?: number, globals?: string, entry?: string}} [options] block: where it attaches; globals: more fields of the module
 * @returns {Uint8Array}
 */
export function guest(
  main,
  { shared = false, linked = true, version = VERSION, block = BLOCK, globals = '', entry = '_start' } = {},
) {
  const text = `(module
  ${
    linked
      ? `
  (import "wasmsig" "attach" (func $attach (param i32 i32) (result i32)))
  (import "wasmsig" "sync" (func $sync (result i32)))
  (import "wasmsig" "wait" (func $wait (param i32 f64) (result i32)))
  ${main.includes('$arm') ? '(import "wasmsig" "arm" (func $arm (param f64)))' : '' /* as a linker has it */}
  (import "wasmsig" "exit" (func $exit (param i32 i32)))
  (import "wasmsig" "stop" (func $stop (param i32)))
  (import "wasmsig" "send" (func $send (param i32 i32 i32 i32) (result i32)))`
      : ''
  }
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_fdstat_get" (func $fd_fdstat_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get" (func $clock_time_get (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (import "wasi_snapshot_preview1" "proc_raise" (func $proc_raise (param i32) (result i32)))
  ${shared ? '(import "env" "memory" (memory $m 2 16 shared))' : '(memory $m 2 16)'}
  (export "memory" (memory $m))
  (global $delivering (mut i32) (i32.const 0))
  (global $result (mut i32) (i32.const 0))
  (global $mode (mut i32) (i32.const 0))
  ${globals}
  (data (i32.const 0) "INT\\nUSR1\\nSIG RT EINTR\\nREADY\\nERR ")
  (func $write (param $at i32) (param $length i32)
    (i32.store (i32.const 128) (local.get $at))
    (i32.store (i32.const 132) (local.get $length))
    (drop (call $fd_write (i32.const 1) (i32.const 128) (i32.const 1) (i32.const 136))))
  ;; a number and one more character
  (func $number (param $n i32) (param $end i32)
    (local $at i32)
    (local.set $at (i32.const 180))
    (i32.store8 (local.get $at) (local.get $end))
    (loop $next
      (local.set $at (i32.sub (local.get $at) (i32.const 1)))
      (i32.store8 (local.get $at) (i32.add (i32.const 48) (i32.rem_u (local.get $n) (i32.const 10))))
      (local.set $n (i32.div_u (local.get $n) (i32.const 10)))
      (br_if $next (local.get $n)))
    (call $write (local.get $at) (i32.sub (i32.const 181) (local.get $at))))
  ;; sleeps for so many milliseconds as poll() of the C library does; the errno of WASI
  (func $sleep (param $ms i32) (result i32)
    (memory.fill (i32.const 256) (i32.const 0) (i32.const 48))
    (i64.store (i32.const 280) (i64.mul (i64.extend_i32_u (local.get $ms)) (i64.const 1000000)))
    (call $poll_oneoff (i32.const 256) (i32.const 320) (i32.const 1) (i32.const 384)))
  ;; reads into 1024; the errno, the length is at 136
  (func $read (param $most i32) (result i32)
    (i32.store (i32.const 128) (i32.const 1024))
    (i32.store (i32.const 132) (local.get $most))
    (call $fd_read (i32.const 0) (i32.const 128) (i32.const 1) (i32.const 136)))
  ${
    linked
      ? `
  (func (export "wasmsig_block") (result i32) ${word(0)})
  (func $interrupts (global.set $result (i32.const 2)))
  (func $restarts (if (i32.eqz (global.get $result)) (then (global.set $result (i32.const 1)))))
  (func $handle (param $signo i32)
    (i64.store (i32.add ${word(WORD.std_sent - 2)} (i32.shl (local.get $signo) (i32.const 3))) (i64.const 0))
    (if (i32.eq (local.get $signo) ${signal(SIGINT)}) (then (call $write (i32.const 0) (i32.const 4)) (call $interrupts) (return)))
    (if (i32.eq (local.get $signo) ${signal(SIGUSR1)}) (then (call $write (i32.const 4) (i32.const 5)) (call $restarts) (return)))
    (if (i32.eq (local.get $signo) ${signal(SIGHUP)}) (then (call $proc_exit (i32.const 3))))
    (if (i32.eq (local.get $signo) ${signal(SIGTERM)}) (then (call $exit (local.get $signo) (i32.const 0)) (unreachable)))
    (if (i32.eq (local.get $signo) ${signal(SIGPIPE)}) (then (call $exit (local.get $signo) (i32.const 0)) (unreachable)))
    (if (i32.eq (local.get $signo) ${signal(SIGQUIT)}) (then (call $exit (local.get $signo) (i32.const 1)) (unreachable)))
    (if (i32.eq (local.get $signo) ${signal(SIGTSTP)}) (then
      (call $stop (local.get $signo))
      (drop (i32.atomic.rmw.add ${word(WORD.waiters)} (i32.const 1)))
      (loop $stopped
        (i32.store (i32.const 512) (i32.load ${word(17)}))
        (if (i32.eqz (global.get $mode)) (then (drop (call $sync)) (i32.store (i32.const 512) (i32.load ${word(17)}))))
        (if (i32.eqz (i32.or (i32.and (i32.load ${word(WORD.std_bits)}) (i32.const ${bit(SIGCONT)})) (i32.eq (call $posted (i32.load ${word(16)})) ${signal(SIGCONT)})))
          (then (drop (call $wait (i32.load (i32.const 512)) (f64.const -1))) (br $stopped))))
      (drop (i32.atomic.rmw.sub ${word(WORD.waiters)} (i32.const 1)))
      (call $stop (i32.const 0))
      (return)))
    (if (i32.eq (local.get $signo) ${signal(SIGCONT)}) (then (return)))
    (call $write (i32.const 9) (i32.const 4))
    (call $number (local.get $signo) (i32.const 10))
    (call $interrupts))
  ;; the signal in a doorbell, or 0
  (func $posted (param $bell i32) (result i32)
    (i32.mul (i32.shr_u (i32.and (local.get $bell) (i32.const ${BELL.inline})) (i32.const 4))
      (i32.and (i32.shr_u (local.get $bell) (i32.const ${INLINE.signo_shift})) (i32.const ${INLINE.signo_mask}))))
  (func $deliver (export "wasmsig_deliver") (result i32)
    (local $posted i32) (local $bits i32) (local $cell i32) (local $head i32) (local $low i32)
    ;; what it prints may have to wait for room, and its host looks for signals there
    (if (global.get $delivering) (then (return (i32.const 0))))
    (global.set $delivering (i32.const 1))
    (global.set $result (i32.const 0))
    (if (i32.eqz (global.get $mode)) (then (drop (call $sync))))
    (local.set $posted (call $posted (i32.atomic.rmw.xchg ${word(16)} (i32.const 0))))
    (local.set $bits (i32.and (i32.atomic.rmw.xchg ${word(WORD.std_bits)} (i32.const 0)) (i32.const 0x7fffffff)))
    (if (local.get $posted) (then (call $handle (local.get $posted))))
    (loop $next
      (if (local.get $bits) (then
        (call $handle (i32.add (i32.ctz (local.get $bits)) (i32.const 1)))
        (local.set $bits (i32.and (local.get $bits) (i32.sub (local.get $bits) (i32.const 1))))
        (br $next))))
    (loop $cells
      (local.set $head (i32.atomic.load ${word(WORD.rt_head)}))
      (local.set $cell (i32.add ${word(WORD.rt_cell)} (i32.shl (i32.and (local.get $head) (i32.const ${CELLS - 1})) (i32.const 3))))
      (local.set $low (i32.atomic.load (local.get $cell)))
      (if (i32.eq (i32.and (local.get $low) (i32.const ${CELL.filled | CELL.lap}))
          (select (i32.const ${CELL.filled | CELL.lap}) (i32.const ${CELL.filled | 0}) (i32.and (local.get $head) (i32.const ${CELLS})))) (then
        (call $write (i32.const 13) (i32.const 3))
        (call $number (i32.add (i32.and (i32.shr_u (local.get $low) (i32.const ${CELL.signo_shift})) (i32.const ${CELL.signo_mask})) (i32.const ${CELL.first})) (i32.const 32))
        (call $number (select (i32.load offset=4 (local.get $cell)) (i32.const 0) (i32.and (local.get $low) (i32.const ${CELL.value}))) (i32.const 10))
        (call $interrupts)
        (i64.atomic.store (local.get $cell) (i64.shl (i64.extend_i32_u (i32.add (local.get $head) (i32.const ${CELLS}))) (i64.const 32)))
        (i32.atomic.store ${word(WORD.rt_head)} (i32.add (local.get $head) (i32.const 1)))
        (br $cells))))
    (global.set $delivering (i32.const 0))
    (global.get $result))
  (func $safe_point (export "wasmsig_safe_point") (result i32) (drop (call $deliver)) (i32.const 0))`
      : ''
  }
  (func (export "${entry}")
    (local $i i32) (local $n i32)
    ${
      linked
        ? `(global.set $mode (call $attach (i32.const ${version}) (i32.const ${block})))
    (i32.atomic.store ${word(WORD.defaults)} (i32.const ${DEFAULTS})) (i32.atomic.store ${word(WORD.defaults + 1)} (i32.const 0))
    (if (i32.eqz (global.get $mode)) (then (drop (call $sync))))`
        : ''
    }
    ${main}))`;
  const module = binaryen.parseText(text);
  module.setFeatures(binaryen.Features.All);
  if (!module.validate()) throw new Error('a test guest is not valid');
  const bytes = module.emitBinary();
  module.dispose();
  return bytes;
}

/** With deliveries held off, as a program blocks signals: what is sent on READY is there when it waits, and not before. */
const READY =
  '(global.set $delivering (i32.const 1)) (call $write (i32.const 22) (i32.const 6)) (global.set $delivering (i32.const 0))';
const ERRNO = '(call $write (i32.const 28) (i32.const 4)) (call $number (local.get $n) (i32.const 10))';

/** Computes, and prints a dot about every millisecond, for ever. */
export const ticker = `(loop $tick
  (local.set $i (i32.const 1000000))
  (loop $round (br_if $round (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
  (i32.store8 (i32.const 1024) (i32.const 46))
  (call $write (i32.const 1024) (i32.const 1))
  (br $tick))`;

/** The bodies that several tests use. Each prints READY first, so that a test need not guess when it runs. */
export const programs = {
  exit7: '(call $proc_exit (i32.const 7))',
  trap: '(unreachable)',
  /** looks at safe points for ever */
  spin: `${READY} (loop $spin (drop (call $deliver)) (br $spin))`,
  /** never looks */
  deaf: `${READY} (loop $spin (br $spin))`,
  /** sleeps for 60 s, prints the errno */
  sleep: `${READY} (local.set $n (call $sleep (i32.const 60000))) ${ERRNO}`,
  /** one read, prints the errno, then what was read */
  read: `${READY} (local.set $n (call $read (i32.const 100))) (local.set $i (i32.load (i32.const 136))) ${ERRNO}
    (if (i32.eqz (local.get $n)) (then (call $write (i32.const 1024) (local.get $i))))`,
  /** copies input to output until the end; goes on after EINTR */
  cat: `(loop $next
    (local.set $n (call $read (i32.const 1000)))
    (if (i32.eq (local.get $n) (i32.const 27)) (then (call $write (i32.const 16) (i32.const 6)) (br $next)))
    (if (i32.load (i32.const 136)) (then (call $write (i32.const 1024) (i32.load (i32.const 136))) (br $next))))`,
  /** asks for a ring after 20 ms and prints its doorbell bit when it came */
  arm: `${READY} (call $arm (f64.const 20000000)) (drop (i32.atomic.rmw.add ${word(WORD.waiters)} (i32.const 1)))
    (loop $next
      (local.set $i (i32.load ${word(17)}))
      (if (i32.eqz (global.get $mode)) (then (drop (call $sync)) (local.set $i (i32.load ${word(17)}))))
      (local.set $n (i32.atomic.rmw.xchg ${word(16)} (i32.const 0)))
      (if (i32.eqz (i32.and (local.get $n) (i32.const 2))) (then (drop (call $wait (local.get $i) (f64.const -1))) (br $next))))
    (call $number (i32.and (local.get $n) (i32.const 2)) (i32.const 10))`,
};
