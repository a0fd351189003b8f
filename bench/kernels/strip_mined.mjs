#!/usr/bin/env node
// @ts-check
// What strip-mining a counted loop would win: a sum over an array whose length is not known, its loop without looks, with a look in each round as js/instrument puts it there,
// and by hand in strips of 64 rounds with a look before each. Prints the ratios to the loop without looks; `node --no-liftoff bench/kernels/strip_mined.mjs [rounds]`.
import binaryen from 'binaryen';
import { ratio } from './ratio.mjs';

const ROUNDS = Number(process.argv[2] ?? 20);

/** @type {Record<string, {wanted: string, passed: string, slow: string}>} the forms of js/instrument/look.js */
const LOOKS = {
  shared: { wanted: '(i32.atomic.load (i32.const 1088))', passed: '', slow: '(drop (call $safe_point))' },
  countdown: { wanted: '(i32.eqz (global.get $count))', passed: '(global.set $count (i32.sub (global.get $count) (i32.const 1)))', slow: '(global.set $count (call $safe_point))' },
};
/** Adds the word at $at, steps on, and leaves whether $at is below $to. */
const STEP = '(local.set $sum (i32.add (local.get $sum) (i32.load (local.get $at)))) (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 4))) (local.get $to))';

/** @param {{wanted: string, passed: string, slow: string}} look @returns {Record<string, string>} */
const forms = ({ wanted, passed, slow }) => ({
  none: `(loop $L (br_if $L ${beside(STEP)}))`,
  each: `(loop $again (block $done (block $look (loop $L (br_if $look ${wanted}) ${passed} (br_if $L ${beside(STEP)})) (br $done)) ${slow} (br $again)))`,
  strips: `(local.set $end (local.get $to))
    (loop $strip (if ${wanted} (then ${slow})) ${passed}
      (local.set $to (i32.add (local.get $at) (i32.const 256)))
      (if (i32.gt_u (local.get $to) (local.get $end)) (then (local.set $to (local.get $end))))
      (loop $L (br_if $L ${beside(STEP)}))
      (br_if $strip (i32.lt_u (local.get $at) (local.get $end))))`,
});

/** @param {string} code that leaves one i32 */
const beside = (code) => `(block (result i32) ${code})`;

/** @param {string} loop */
function compile(loop) {
  const module = binaryen.parseText(`(module (memory 2 2 shared) (global $count (mut i32) (i32.const 0)) (func $safe_point (result i32) (i32.const 20000))
    (func (export "run") (param $n i32) (result i32) (local $sum i32) (local $at i32) (local $to i32) (local $end i32)
      (loop $outer
        (local.set $at (i32.const 4096)) (local.set $to (i32.const 65536))
        ${loop}
        (br_if $outer (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
      (local.get $sum)))`);
  module.setFeatures(binaryen.Features.Atomics);
  if (!module.validate()) throw new Error('not a valid module');
  return module.emitBinary();
}

function clock() {
  const { user, system } = process.cpuUsage();
  return user + system;
}

for (const [name, look] of Object.entries(LOOKS)) {
  const { none, each, strips } = forms(look);
  console.log(`${name}: a look in each round ${ratio(compile(none), compile(each), ROUNDS, clock).toFixed(3)}, in strips of 64 rounds ${ratio(compile(none), compile(strips), ROUNDS, clock).toFixed(3)}`);
}
