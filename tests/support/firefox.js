// @ts-check
// Starts Firefox: one that somebody installed, by WebDriver BiDi.

import { firefox } from 'playwright-core';
import { findProgram } from './chromium.js';

/** FIREFOX in the environment, or what is on the PATH. */
const executable = process.env.FIREFOX ?? findProgram('firefox', 'firefox-esr');

/** Why these tests cannot run here, or false. */
export const skip = executable
  ? false
  : 'no Firefox: install it (Debian: apt-get install firefox-esr) or set FIREFOX to its path';

/** What playwright asks for each new context, and this Firefox does not know. */
const UNKNOWN = 'emulation.setMediaFeaturesOverride';

export async function launch() {
  const browser = await firefox.launch({ channel: 'moz-firefox', executablePath: executable });
  const { _browserSession: session } = /** @type {any} */ (browser)._connection.toImpl(browser);
  const sessions = Object.getPrototypeOf(session);
  const { send } = sessions;
  sessions.send = function (/** @type {string} */ method, /** @type {unknown[]} */ ...rest) {
    return method === UNKNOWN ? Promise.resolve({}) : send.call(this, method, ...rest);
  };
  return browser;
}
