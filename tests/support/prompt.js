// @ts-check
// What a person types at tests/guests/prompt.c, and what Linux's terminal shows then: the judge of our terminals.

import { compiled } from './compiled.js';
import { quiet } from './program.js';
import { openTerminal } from './pty.js';

/** Its arguments, and the keys for each prompt; '' where what was typed before is not used up. */
export const SESSIONS = Object.freeze([
  { args: [], keys: ['hello\r', '\x04', 'half\x04 done\r', 'gone\x03', '\x04', 'on\r', '\x04'] },
  {
    args: ['read'],
    keys: ['abcdef\x04', 'abcdef\r', '', 'ab\x04', '\x04', 'ab\x03', 'abcdefgh\x04', '', '\x04', '\x03', '\x04'],
  },
]);

/**
 * Types a session at a prompt on a pseudo-terminal.
 * @param {import('./pty.js').Terminal} terminal
 * @param {readonly string[]} keys
 * @returns {Promise<string>} the screen
 */
export async function converse(terminal, keys) {
  try {
    for (const one of keys) {
      await terminal.expect('> ');
      // A prompt is printed before it is read: in between ^C interrupts nothing, also on Linux.
      if (one.includes('\x03')) await quiet(await terminal.commandPid());
      terminal.type(one);
    }
    await terminal.ended;
    return screen(terminal.out, terminal.news.trim().split('\n').at(-1));
  } finally {
    await terminal.close();
  }
}

/** @param {readonly string[]} args @param {readonly string[]} keys */
export function linux(args, keys) {
  return converse(openTerminal([compiled('guests/prompt'), ...args]), keys);
}

/** The echo of ^C may come behind what the program prints because of it. @param {string} shown @param {string | undefined} end */
export function screen(shown, end) {
  return `${shown.replaceAll('^C', '')}[${end}]`;
}
