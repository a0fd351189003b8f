// Debian's packages, in two ways: installed on this machine (needs root), or only downloaded into the cache folder (needs no rights at all).
// No host name stands in this file: whatever mirror the machine's own apt is set up with serves the other suites too.

import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

import { readText, requireSpace } from './cache.mjs';
import { megabytes, SetupError } from './progress.mjs';
import { run, sh, tryRun, which } from './run.mjs';

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
const aptHelper = '/usr/lib/apt/apt-helper';
const lockWaitSeconds = 600;
/** What the lists take, with what apt makes of them meanwhile. */
const listBytes = 300e6;
/** Far more than the lists need over a slow line; what hangs ends with an error. */
const updateSeconds = 1800;

/**
 * @returns {boolean} whether this is Debian with apt; a derivative's suites have other names, so it does not count
 */
export function isDebian() {
  return osRelease().ID === 'debian' && which('apt-get') !== undefined;
}

/**
 * Installs packages, or says in one line who should.
 * @param {import('../setup.mjs').Context} context
 * @param {string} component
 * @param {string[]} packages
 * @param {string} [otherwise] how else the component can be had, for the error
 * @returns {Promise<void>}
 */
export async function aptInstall(context, component, packages, otherwise) {
  const hint = otherwise ? `, or ${otherwise}` : '';
  const list = packages.join(' ');
  if (!isDebian())
    throw new SetupError(
      `${component}: install the equivalents of Debian's ${list}${hint} (this system is not Debian)`,
    );
  if (process.getuid?.() !== 0)
    throw new SetupError(`${component}: not root: run "sudo apt-get install --no-install-recommends ${list}"${hint}`);
  const started = Date.now();
  context.progress.step(component, `apt-get install ${list}`);
  const options = [
    ...['-y', '--no-install-recommends', '-o', `DPkg::Lock::Timeout=${lockWaitSeconds}`],
    ...['-o', 'Dpkg::Use-Pty=0', '-o', 'Acquire::Retries=3', '-o', 'Dpkg::Options::=--force-confold'],
  ];
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  let result = await tryRun('apt-get', ['install', ...options, ...packages], { env });
  if (result.code !== 0) {
    // Unknown packages and files that the mirror no longer has both mean that the lists are missing or old.
    await aptUpdate(context, component);
    result = await tryRun('apt-get', ['install', ...options, ...packages], { env });
  }
  if (result.code !== 0) throw new SetupError(`${component}: apt-get install ${list} failed: ${reason(result)}${hint}`);
  const size = /After this operation, ([\d.,]+ [kMG]?B) of additional/.exec(result.stdout)?.[1];
  context.progress.done(component, `installed${size ? `, ${size}` : ''}`, (Date.now() - started) / 1000);
}

/**
 * @param {import('../setup.mjs').Context} context
 * @param {string} component
 */
async function aptUpdate(context, component) {
  context.progress.step(component, 'apt-get update');
  const until = Date.now() + lockWaitSeconds * 1000;
  for (;;) {
    const result = await tryRun('apt-get', ['update', '-o', 'Acquire::Retries=3'], { limit: updateSeconds });
    // DPkg::Lock::Timeout does not cover the lock of the lists.
    if (result.code !== 0 && /could not get lock|unable to lock/i.test(result.stderr) && Date.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 1000));
      continue;
    }
    // A third-party list that fails is no reason to give up; the install that follows decides.
    return;
  }
}

/**
 * @typedef {object} Download
 * @property {string} path where the file is, in the cache folder
 * @property {string} name its name at the archive
 */

/**
 * Downloads binary packages of a suite without installing them. Interrupted downloads are resumed, finished ones kept.
 * @param {import('../setup.mjs').Context} context
 * @param {string} component
 * @param {string} suite for example "trixie"
 * @param {Record<string, RegExp>} packages name, and what the file's name must match (the recipe was tested with that version only)
 * @param {string} otherwise how else the component can be had, for the error
 * @returns {Promise<Record<string, Download>>} by package name
 */
export async function downloadPackages(context, component, suite, packages, otherwise) {
  const names = Object.keys(packages);
  return withLists(context, component, otherwise, async (apt) => {
    const uris = parseUris(
      await apt('apt-get', ['download', '--print-uris', ...names.map((name) => `${name}/${suite}`)]),
    );
    /** @type {Record<string, Download>} */
    const found = {};
    for (const name of names) {
      const uri = uris.find((candidate) => candidate.file.startsWith(`${name}_`));
      found[name] = await download(context, component, apt, checked(component, name, uri, packages[name], otherwise));
    }
    return found;
  });
}

/**
 * Downloads the upstream tarball of a source package, without Debian's patches.
 * @param {import('../setup.mjs').Context} context
 * @param {string} component
 * @param {string} suite
 * @param {string} name
 * @param {RegExp} pattern what the file's name must match
 * @param {string} otherwise
 * @returns {Promise<Download>}
 */
export async function downloadSource(context, component, suite, name, pattern, otherwise) {
  return withLists(context, component, otherwise, async (apt) => {
    const uris = parseUris(
      await apt('apt-get', ['source', '--print-uris', '--tar-only', '--only-source', `${name}/${suite}`]),
    );
    const uri = uris.find((candidate) => /\.orig\.tar\.\w+$/.test(candidate.file));
    return download(context, component, apt, checked(component, name, uri, pattern, otherwise));
  });
}

/**
 * @typedef {{ uri: string, file: string, size: number, hash: string }} Uri
 * @typedef {(program: string, args: string[]) => Promise<string>} Apt
 */

/**
 * Runs `work` with an apt that has lists and a status of its own, so that nothing of the machine's package state is read or changed.
 * Fetches the lists when there are none, and again when `work` failed with old ones.
 * @template T
 * @param {import('../setup.mjs').Context} context
 * @param {string} component
 * @param {string} otherwise
 * @param {(apt: Apt) => Promise<T>} work
 * @returns {Promise<T>}
 */
async function withLists(context, component, otherwise, work) {
  if (!isDebian())
    throw new SetupError(
      `${component}: ${otherwise} (this system is not Debian, so it cannot be made from Debian's packages)`,
    );
  const folder = join(context.cache, 'apt');
  const lists = join(folder, 'lists');
  for (const name of ['lists/partial', 'archives/partial']) mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, 'status'), '');
  if (!existsSync(keyring)) await aptInstall(context, component, ['debian-archive-keyring'], otherwise);
  const uri = mirror(component, otherwise);
  const entry = (/** @type {string} */ type, /** @type {string} */ suite) =>
    `${type} [signed-by=${keyring}] ${uri} ${suite} main\n`;
  writeFileSync(
    join(folder, 'sources.list'),
    entry('deb', 'trixie') + entry('deb-src', 'trixie') + entry('deb-src', 'bookworm'),
  );
  const options = Object.entries({
    'Dir::Etc::SourceList': join(folder, 'sources.list'),
    'Dir::Etc::SourceParts': '-',
    'Dir::Etc::Preferences': '-',
    'Dir::Etc::PreferencesParts': '-',
    'Dir::State::Lists': lists,
    'Dir::State::Status': join(folder, 'status'),
    'Dir::Cache': folder,
    'Dir::Cache::pkgcache': '',
    'Dir::Cache::srcpkgcache': '',
    'Acquire::Languages': 'none',
    'Acquire::GzipIndexes': 'true',
    'Acquire::Retries': '3',
    // The helper user of apt cannot write into a private cache folder.
    'APT::Sandbox::User': '',
    'APT::Update::Post-Invoke': '',
    'APT::Update::Post-Invoke-Success': '',
  }).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
  /** @type {Apt} */
  const apt = (program, args) =>
    run(program, [...options, ...args], { what: `${component}: ${program.split('/').pop()} ${args[0]}` });
  const update = async () => {
    requireSpace(component, folder, listBytes);
    context.progress.step(component, 'package lists of Debian bookworm (source) and trixie, 30 MB');
    const result = await tryRun('apt-get', [...options, 'update', '-o', 'APT::Get::List-Cleanup=0', '--error-on=any'], {
      limit: updateSeconds,
    });
    if (result.code !== 0)
      throw new SetupError(`${component}: apt cannot fetch Debian's lists (${reason(result)}): ${otherwise}`);
  };
  // The two suites are both there or the update did not finish.
  const haveLists = () =>
    existsSync(lists) &&
    ['trixie', 'bookworm'].every((suite) => readdirSync(lists).some((name) => name.includes(`_${suite}_main_source_`)));
  if (haveLists()) {
    try {
      return await work(apt);
    } catch (error) {
      if (!(error instanceof SetupError)) throw error;
    }
  }
  await update();
  return work(apt);
}

/**
 * @param {import('../setup.mjs').Context} context
 * @param {string} component
 * @param {Apt} apt
 * @param {Uri} wanted
 * @returns {Promise<Download>}
 */
async function download(context, component, apt, wanted) {
  const folder = join(context.cache, 'downloads');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, wanted.file);
  if (existsSync(path) && statSync(path).size === wanted.size && (await sha256(path)) === wanted.hash)
    return { path, name: wanted.file };
  const partial = `${path}.part`;
  requireSpace(component, folder, wanted.size);
  const started = Date.now();
  const big = wanted.size > 3e6;
  if (big) context.progress.step(component, `downloading ${wanted.file}, ${megabytes(wanted.size)}`);
  await context.progress.watch(component, partial, wanted.size, () =>
    apt(aptHelper, ['download-file', wanted.uri, partial, `SHA256:${wanted.hash}`]),
  );
  renameSync(partial, path);
  if (big) context.progress.done(component, `downloaded ${wanted.file}`, (Date.now() - started) / 1000);
  return { path, name: wanted.file };
}

/**
 * @param {string} component
 * @param {string} name
 * @param {Uri | undefined} uri
 * @param {RegExp} pattern
 * @param {string} otherwise
 * @returns {Uri}
 */
function checked(component, name, uri, pattern, otherwise) {
  if (!uri) throw new SetupError(`${component}: the Debian archive has no ${name}: ${otherwise}`);
  const file = decodeURIComponent(uri.file);
  if (!pattern.test(file))
    throw new SetupError(
      `${component}: the Debian archive has ${file}, which this recipe was not made for: ${otherwise}`,
    );
  return { ...uri, file };
}

/**
 * @param {string} text what `--print-uris` printed
 * @returns {Uri[]}
 */
function parseUris(text) {
  return [...text.matchAll(/^'([^']+)' (\S+) (\d+) SHA256:([0-9a-f]{64})/gm)].map(([, uri, file, size, hash]) => ({
    uri,
    file,
    size: Number(size),
    hash,
  }));
}

/**
 * @param {string} path
 * @returns {Promise<string>}
 */
async function sha256(path) {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/**
 * @param {string} component
 * @param {string} otherwise
 * @returns {string} the URI that this machine's apt takes Debian itself from
 */
function mirror(component, otherwise) {
  const suite = osRelease().VERSION_CODENAME;
  const folder = '/etc/apt/sources.list.d';
  const files = [
    '/etc/apt/sources.list',
    ...(existsSync(folder)
      ? readdirSync(folder)
          .sort()
          .map((name) => join(folder, name))
      : []),
  ];
  const candidates = files.flatMap((file) =>
    file.endsWith('.sources')
      ? parseDeb822(readText(file) ?? '')
      : file.endsWith('.list')
        ? parseOneLine(readText(file) ?? '')
        : [],
  );
  // Other vendors' entries name a suite or a component of their own; only Debian's has exactly this suite with main.
  const debian = candidates.filter((entry) => entry.components.includes('main') && entry.suites.includes(suite));
  const best = debian.find((entry) => entry.signedBy.includes('debian-archive')) ?? debian[0];
  if (!best) throw new SetupError(`${component}: no entry for Debian ${suite} main in /etc/apt: ${otherwise}`);
  return best.uri;
}

/**
 * @typedef {{ uri: string, suites: string[], components: string[], signedBy: string }} Source
 */

/**
 * @param {string} text a deb822 file
 * @returns {Source[]}
 */
export function parseDeb822(text) {
  return text
    .split(/\n[ \t]*\n/)
    .map((stanza) => {
      /** @type {Record<string, string>} */
      const fields = {};
      let last = '';
      for (const line of stanza.split('\n')) {
        if (line.startsWith('#')) continue;
        const field = /^([A-Za-z][\w-]*):\s*(.*)$/.exec(line);
        if (field) fields[(last = field[1].toLowerCase())] = field[2].trim();
        else if (last && /^\s/.test(line)) fields[last] += ` ${line.trim()}`;
      }
      return fields;
    })
    .filter(
      (fields) => fields.uris && words(fields.types).includes('deb') && !/^(no|false|off)$/i.test(fields.enabled ?? ''),
    )
    .map((fields) => ({
      uri: words(fields.uris)[0],
      suites: words(fields.suites),
      components: words(fields.components),
      signedBy: fields['signed-by'] ?? '',
    }));
}

/**
 * @param {string} text a file with one entry a line
 * @returns {Source[]}
 */
export function parseOneLine(text) {
  return [...text.matchAll(/^\s*deb\s+(?:\[([^\]]*)\]\s*)?(\S+)\s+(\S+)\s+([^#\n]*)/gm)].map(
    ([, options, uri, suite, components]) => ({
      uri,
      suites: [suite],
      components: words(components),
      signedBy: options ?? '',
    }),
  );
}

/** @param {string | undefined} text */
function words(text) {
  return (text ?? '').split(/\s+/).filter(Boolean);
}

/** @returns {Record<string, string>} */
function osRelease() {
  const text = readText('/etc/os-release') ?? '';
  return Object.fromEntries([...text.matchAll(/^(\w+)="?([^"\n]*)"?$/gm)].map(([, key, value]) => [key, value]));
}

/**
 * @param {{ stdout: string, stderr: string }} result
 * @returns {string} apt's own first error
 */
function reason(result) {
  const lines = `${result.stderr}\n${result.stdout}`.split('\n');
  return (
    lines.find((line) => line.startsWith('E: ')) ??
    lines.find((line) => line.startsWith('not finished')) ??
    lines.find(Boolean) ??
    'no reason given'
  ).replace(/^E: /, '');
}

/**
 * Unpacks a binary package's files.
 * @param {string} path
 * @param {string} folder
 * @param {string[]} [excluded] tar patterns, beginning with "./"
 * @returns {Promise<void>}
 */
export async function unpackPackage(path, folder, excluded = []) {
  mkdirSync(folder, { recursive: true });
  // A pipe's status is its last program's; tar notices a stream that ends early.
  await sh(
    'deb=$1; shift; dpkg-deb --fsys-tarfile "$deb" | tar -x "$@"',
    [path, '-C', folder, '--no-same-owner', ...excluded.map((pattern) => `--exclude=${pattern}`)],
    {
      what: `unpacking ${path}`,
    },
  );
}

/**
 * Unpacks a tarball without its top folder.
 * @param {import('../setup.mjs').Context} context
 * @param {string} component
 * @param {string} path
 * @param {string} folder
 * @param {string[]} [patterns] only what matches, with the top folder's name replaced by "*"
 * @returns {Promise<void>}
 */
export async function unpackTarball(context, component, path, folder, patterns = []) {
  if (path.endsWith('.xz') && !which('xz')) await aptInstall(context, component, ['xz-utils']);
  mkdirSync(folder, { recursive: true });
  await run(
    'tar',
    [
      '-xf',
      path,
      '-C',
      folder,
      '--strip-components=1',
      '--no-same-owner',
      ...(patterns.length ? ['--wildcards', '--no-wildcards-match-slash', ...patterns] : []),
    ],
    { what: `unpacking ${path}` },
  );
}
