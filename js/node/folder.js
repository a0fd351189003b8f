// @ts-check
import { statSync } from 'node:fs';

/**
 * Whether a path is that of a folder. It may be what no file system has, as a text with a NUL.
 * @param {string} path
 */
export function isFolder(path) {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
