// @ts-check
/** wasmsig signals */

import { OF_COMMAND } from '../node/forwarded.js';
import { SIGRTMAX, SIGRTMIN, aliases, standardSignals } from '../signals/index.js';
import { readArguments, say } from './usage.js';

const HELP = `Usage: wasmsig signals [--json]

The signals of wasm programs: number, name, default action, description, and whether \`wasmsig run\` hands it on from this system.

  --json                    as JSON
  --help, --version`;

/** @param {string[]} args */
export async function main(args) {
  const given = readArguments('signals', HELP, args, {
    json: { type: 'boolean' },
  });
  if (!given) return 0;
  const { values } = given;
  const forwarded = new Set(process.platform === 'win32' ? ['SIGINT', 'SIGBREAK', 'SIGHUP'] : OF_COMMAND);
  const rows = standardSignals.map((signal) => ({
    ...signal,
    aliases: Object.keys(aliases).filter((alias) => aliases[alias] === signal.name),
    forwarded: forwarded.has(signal.name),
  }));
  if (values.json) {
    say(
      JSON.stringify(
        { signals: rows, realTime: { first: SIGRTMIN, last: SIGRTMAX, action: 'terminate', forwarded: false } },
        null,
        2,
      ),
    );
    return 0;
  }
  const lines = rows.map((row) =>
    [
      String(row.number).padStart(2),
      row.name.padEnd(9),
      row.action.padEnd(9),
      row.forwarded ? 'forwarded' : '         ',
      row.description + (row.aliases.length ? ` (${row.aliases.join(', ')})` : ''),
    ].join('  '),
  );
  lines.push(`${SIGRTMIN} to ${SIGRTMAX}: SIGRTMIN to SIGRTMAX, terminate, queued in order with their values`);
  say(lines.join('\n'));
  return 0;
}
