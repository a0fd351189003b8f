// @ts-check
import { statSync } from 'node:fs';

/**
 * Whether a path is that of a folder. The path may be one that no file system can have, such as a text with a NUL.
 * @param {string} path
 */
export function isFolder(path) {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
